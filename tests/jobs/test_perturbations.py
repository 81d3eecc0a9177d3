"""What may differ between two runs and must change no byte of a shard set.

One run that is told many things otherwise at once is part of every check; the whole grid, one thing
at a time and each in a process of its own, is slow.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from golden_corpus import CORPUS, RECIPE, manifest_of, places

LATER = ("tokens", "mix_plan", "shard_sets", "pins")
CLUSTER = "local-cluster[2,1,1024]"
CORNERS = {
    "one core, one partition": {"master": "local[1]", "partitions": 1},
    "two cores, seven partitions": {"partitions": 7},
    "sixty-four partitions": {"partitions": 64},
    "two executors": {"master": CLUSTER},
    "no adaptive execution": {"spark": {"spark.sql.adaptive.enabled": "false"}},
    "batches of 10": {"sets": ["runtime.batch_rows=10"]},
    "batches of 10,000": {"sets": ["runtime.batch_rows=10000"]},
    "nothing is broadcast": {
        "sets": ["runtime.broadcast_rows=0"],
        "spark": {"spark.sql.autoBroadcastJoinThreshold": "-1"},
    },
    "clusters by Spark": {"sets": ["runtime.driver_edges=0"]},
    "another time zone": {"environment": {"TZ": "Pacific/Kiritimati"}},
    "another locale": {
        "environment": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        "sets": ["runtime.java_options=-Duser.language=tr -Duser.country=TR"],
    },
    "another hash seed": {"environment": {"PYTHONHASHSEED": "4711"}},
    "every task twice": {
        "spark": {
            "spark.speculation": "true",
            "spark.speculation.multiplier": "1.01",
            "spark.speculation.quantile": "0.1",
            "spark.speculation.minTaskRuntime": "1ms",
            "spark.speculation.interval": "10ms",
        },
        "master": CLUSTER,
    },
    "lines in reverse": {"cut": (1, True)},
    "five files": {"cut": (5, False)},
    "five files in reverse": {"cut": (5, True)},
}


def golden(milled):
    return json.loads(manifest_of(milled).read_text("utf-8"))["digest"]


def corpus(folder: Path, files: int = 1, reverse: bool = False) -> str:
    """The golden corpus dealt to so many files, its lines in their order or the other way."""
    folder.mkdir()
    lines = CORPUS.read_bytes().splitlines(keepends=True)
    lines = lines[::-1] if reverse else lines
    for number in range(files):
        (folder / f"part-{number}.jsonl").write_bytes(b"".join(lines[number::files]))
    return str(folder / "*.jsonl")


def command(folder, given, partitions=2, master="local[2]", sets=()):
    """A run from the command line, and in what environment."""
    options = [*places(folder), *RECIPE, "--input", given, "--source", "corpus"]
    told = [f"--set=runtime.shuffle_partitions={partitions}", *(f"--set={text}" for text in sets)]
    return [sys.executable, "-m", "corpusmill", "run", *options, "--master", master, *told]


def configured(folder, spark):
    """An environment in which Spark finds these settings before those of a run."""
    conf = folder / "conf"
    conf.mkdir()
    lines = [f"{key} {value}\n" for key, value in spark.items()]
    (conf / "spark-defaults.conf").write_text("".join(lines))
    return {"SPARK_CONF_DIR": str(conf)}


@pytest.mark.slow
@pytest.mark.parametrize("corner", CORNERS)
def test_the_shards_are_the_golden_ones(milled, tmp_path, corner):
    said = CORNERS[corner]
    run = {key: said[key] for key in ("partitions", "master", "sets") if key in said}
    given = corpus(tmp_path / "input", *said.get("cut", ()))
    settings = configured(tmp_path, said.get("spark", {}))
    environment = {**os.environ, **settings, **said.get("environment", {})}

    done = subprocess.run(
        command(tmp_path / "mill", given, **run), env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])["digest"] == golden(milled)


def executors(parent: int) -> list[int]:
    """Processes of executors below a process."""
    found = []
    for process in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.Error):  # it has ended meanwhile
            if "org.apache.spark.executor.CoarseGrainedExecutorBackend" in process.cmdline():
                found.append(process.pid)
    return found


@pytest.mark.slow
def test_an_executor_that_is_killed_changes_no_byte(milled, tmp_path):
    given = corpus(tmp_path / "input")
    killed = []
    with subprocess.Popen(
        command(tmp_path / "mill", given, master=CLUSTER),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        for line in run.stderr:  # a step has begun: its tasks are on the way
            if re.search(r"\] (dedup-minhash|redact-pii|build-shards)$", line):
                there = executors(run.pid)
                os.kill(there[0], signal.SIGKILL)
                killed.append(there[0])
                await_another(run, there)
        said = run.stdout.read()

    assert len(killed) == 3
    assert run.returncode == 0
    assert json.loads(said.splitlines()[-1])["digest"] == golden(milled)


def await_another(run, there):
    """Until there is an executor that was not, so that the next one can be killed too."""
    until = time.monotonic() + 60
    while run.poll() is None and time.monotonic() < until:
        if {*executors(run.pid)} - {*there}:
            return
        time.sleep(0.1)


def test_many_things_told_otherwise_at_once_change_no_byte(cli, milled, spark, tmp_path):
    given = corpus(tmp_path / "input", files=3, reverse=True)
    adaptive = "spark.sql.adaptive.enabled"
    spark.conf.set(adaptive, "false")
    try:
        code, line = cli(
            *("run", *places(tmp_path / "mill"), *RECIPE, "--input", given, "--source", "corpus"),
            *("--set=runtime.shuffle_partitions=5", "--set=runtime.batch_rows=3"),
            *("--set=runtime.broadcast_rows=0", "--set=runtime.world_size=4"),
        )
    finally:
        spark.conf.set(adaptive, "true")

    assert code == 0
    assert line["digest"] == golden(milled)


@pytest.mark.slow
def test_compacted_tables_give_the_same_shards(cli, copied):
    before = golden(copied)
    assert cli("maintain-tables", *places(copied), *RECIPE)[0] == 0
    for name in LATER:
        shutil.rmtree(copied / "warehouse" / name)
    shutil.rmtree(copied / "output" / "shards")

    for job in ("tokenize-documents", "build-shards"):
        code, line = cli(job, *places(copied), *RECIPE)
        assert code == 0, line

    assert line["digest"] == before
