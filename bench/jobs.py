"""Speed of the jobs of the mill, files into Delta and on: MB of text a second and core.

usage: python bench/jobs.py 'data/*.jsonl' [--until score-quality] [--master local[2]]
           [--set KEY=VALUE]...

All in one session: one small file twice (the first time, so that the JVM has compiled what it runs;
the second gives the seconds that a job takes whatever its size: look-ups, commits, accounts), then
all files twice, always into fresh tables. The JVM still compiles during the ``first`` of these, so
both are told; ``beyond`` is the rate of what goes beyond the small file. Last, what Spark alone
takes to parse the same files into a bare Delta table of their texts, and to copy that table: the
floor, on this machine in this hour.

Rates are by the text of all documents: a job that is shown only those that were kept is faster by
them. ``--set recipe.selection.keep_all=true --set recipe.selection.duplicates=keep`` keeps all.
"""

from __future__ import annotations

import argparse
import glob
import io
import json
import re
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

from corpusmill.__main__ import main as corpusmill

JOBS = (
    *("ingest-documents", "normalise-documents", "identify-language", "score-quality"),
    *("dedup-minhash", "dedup-exact", "cluster-duplicates", "select-documents", "redact-pii"),
    *("train-tokenizer", "tokenize-documents", "build-shards"),
)

_NOISE = 1.0  # seconds by which the same job differs from run to run


def job(name: str, *arguments: str) -> dict:
    """One job in this process; what its last line says."""
    said = io.StringIO()
    with redirect_stdout(said):
        code = corpusmill([name, "--preset", "local", *arguments])
    line = json.loads(said.getvalue().splitlines()[-1])
    if code:
        sys.exit(f"{name}: {line['message']}")
    return line


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of input files")
    parser.add_argument("--until", choices=JOBS, default="score-quality")
    parser.add_argument("--small", help="a small one of them (default: the first)")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    arguments = parser.parse_args()
    cores = int(re.search(r"\d+", arguments.master).group())
    small = arguments.small or min(glob.glob(arguments.input, recursive=True))  # noqa: PTH207
    jobs = JOBS[: JOBS.index(arguments.until) + 1]
    lines: dict[str, list[dict]] = {name: [] for name in jobs}
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
        whole = arguments.input
        runs = (("warm", small), ("small", small), ("first", whole), ("again", whole))
        for name, given in runs:
            places = ["--warehouse", f"{folder}/{name}/w", "--output", f"{folder}/{name}/o"]
            places += ["--master", arguments.master, *(f"--set={text}" for text in arguments.sets)]
            for stage in jobs:
                files = ["--input", given] if stage == JOBS[0] else []
                lines[stage].append(job(stage, *places, *files))
        sizes = [
            text_bytes(Path(folder) / name / "w" / "raw_documents") / 1e6
            for name in ("small", "again")
        ]
        bare = bare_seconds(arguments.input, f"{folder}/bare")
    print(f"{sizes[1]:.1f} MB of text, small file {sizes[0]:.1f} MB, {cores} cores; MB/s a core")
    print(f"{'':<20}{'small':>8}{'first':>8}{'again':>8}{'first':>8}{'again':>8}{'beyond':>8}")
    for name, timed in lines.items():
        least, first, spent = (run["seconds"] for run in timed[1:])
        beyond = (sizes[1] - sizes[0]) / (spent - least) if spent - least > _NOISE else None
        rates = (sizes[1] / first, sizes[1] / spent, beyond)
        told = "".join(f"{'-':>8}" if rate is None else f"{rate / cores:>8.1f}" for rate in rates)
        print(f"{name:<20}{least:>6.1f} s{first:>6.1f} s{spent:>6.1f} s{told}")
    for name, floor in zip(("bare parsing", "bare copying"), bare, strict=True):
        print(f"{name:<20}{'':>16}{floor:>6.1f} s{'':>8}{sizes[1] / floor / cores:>8.1f}")
    return 0


def bare_seconds(pattern: str, folder: str) -> list[float]:
    """Seconds of Spark alone: files into a Delta table of texts, and that table into another."""
    from pyspark.sql import SparkSession

    spark = SparkSession.getActiveSession()
    rows = spark.read.schema("id string, text string").json(pattern)
    seconds = []
    for name in ("parsed", "copied"):
        started = time.monotonic()
        rows.write.format("delta").save(f"{folder}/{name}")
        seconds.append(time.monotonic() - started)
        rows = spark.read.format("delta").load(f"{folder}/{name}")
    return seconds


def text_bytes(table: Path) -> int:
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    rows = SparkSession.getActiveSession().read.format("delta").load(str(table))
    return rows.agg(F.sum("bytes")).first()[0]


if __name__ == "__main__":
    raise SystemExit(main())
