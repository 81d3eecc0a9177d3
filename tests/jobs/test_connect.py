"""All jobs through Spark Connect, which is all that shared and serverless compute offers.

The tasks of the asset bundle one by one, then the other jobs, in a process that has no other
session; tables by catalog name, as on Databricks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from bundle import command, tasks
from golden_corpus import CORPUS, RECIPE, manifest_of

from corpusmill.langid.model import installed_model

pytestmark = pytest.mark.slow
MILL = """
import json, sys
from pathlib import Path
from pyspark.sql.connect.session import SparkSession
from corpusmill.__main__ import main
from corpusmill.recipe import Runtime
from corpusmill.session import open_session

spark = open_session(Runtime(shuffle_partitions=2), Path(sys.argv[1]), verbose=False)
assert isinstance(spark, SparkSession)
spark.sql("CREATE DATABASE mill")
for line in sys.stdin:
    print("exit", main(json.loads(line)), flush=True)
"""


def test_every_job_runs_and_the_shards_are_the_golden_ones(milled, tmp_path):
    conf = tmp_path / "recipe.yaml"
    conf.write_text(
        json.dumps({"runtime": {"inputs": [{"glob": str(CORPUS), "source": "corpus"}]}})
    )
    given = {
        "conf": str(conf),
        "warehouse": "spark_catalog.mill",
        "output": str(tmp_path / "output"),
        "language_model": str(installed_model()),
    }
    places = ["--warehouse", given["warehouse"], "--output", given["output"], *RECIPE]
    golden = json.loads(manifest_of(milled).read_text("utf-8"))
    manifest = str(tmp_path / "output" / "shards" / manifest_of(milled).parent.name)
    shard = next(each["shard"] for each in golden["content"]["shards"] if each["sequences"])
    others = [
        ["run", "--conf", str(conf), "--verify"],
        ["verify-shards", "--manifest", manifest, "--deep"],
        ["build-shards", "--set=runtime.pin=materialised"],
        ["pins"],
        ["maintain-tables"],
        ["plan", "--conf", str(conf)],
        ["evaluate-tokenizer"],
        ["explain", "--manifest", manifest, "--shard", str(shard), "--sequence", "0"],
        ["export-shards", "--manifest", manifest, "--format", "olmo"],
        ["diff", manifest, str(manifest_of(milled))],
    ]
    lines = [[*command(task, given), *RECIPE] for task in tasks()]
    lines += [[words[0], *places, *words[1:]] for words in others]

    told = mill(tmp_path, lines)

    assert [code for code, _ in told] == [0] * len(lines)
    assert told[len(tasks()) - 2][1]["digest"] == golden["digest"]
    run, deep = told[len(tasks())][1], told[len(tasks()) + 1][1]
    assert (run["digest"], run["verified"]) == (golden["digest"], "rebuilt")
    assert run["status"] == "unchanged"
    assert (deep["digest"], deep["status"]) == (golden["digest"], "replayed")


def mill(folder, lines):
    """Exit code and last line of each command, all of them in one session of Spark Connect."""
    environment = {**os.environ, "SPARK_REMOTE": "local[2]"}
    done = subprocess.run(
        [sys.executable, "-c", MILL, str(folder)],
        input="".join(json.dumps(words) + "\n" for words in lines),
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    out = done.stdout.splitlines()
    ends = [number for number, line in enumerate(out) if line.startswith("exit ")]
    return [(int(out[number].split()[1]), json.loads(out[number - 1])) for number in ends]
