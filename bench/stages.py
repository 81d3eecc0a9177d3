"""Speed of each stage of the mill on a JSON Lines corpus: MB of text a second and core.

usage: python bench/stages.py 'data/*.jsonl.gz' [--master local[2]]

Mills the files into a fresh folder and divides the bytes of text by the seconds of each stage and
the cores. Spark's start-up is in the last line. Ratios within one run mean more than figures of
different days.
"""

from __future__ import annotations

import argparse
import glob
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.readers import READERS
from corpusmill.ingest.records import Reading, Record


def text_bytes(pattern: str) -> int:
    total = 0
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207
        records = READERS["jsonl"].read(Path(name), Block(0, None, 0, 1), Reading(), None)
        total += sum(len(r.content.encode()) for r in records if isinstance(r, Record))
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of JSON Lines files")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    arguments = parser.parse_args()
    cores = int(re.search(r"\d+", arguments.master).group())
    size = text_bytes(arguments.input) / 1e6
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
        command = [sys.executable, "-m", "corpusmill", "run", "--verify"]
        command += ["--input", arguments.input, "--master", arguments.master]
        command += ["--warehouse", f"{folder}/warehouse", "--output", f"{folder}/output"]
        command += [f"--set={text}" for text in arguments.sets]
        started = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        wall = time.monotonic() - started
    line = json.loads(done.stdout.splitlines()[-1])
    print(f"{size:.1f} MB of text, {cores} cores, tokens {line['counts']['tokens']:,}")
    print(f"{'stage':<28}{'seconds':>9}{'MB/s/core':>11}")
    for stage, seconds in line["stage_seconds"].items():
        print(f"{stage:<28}{seconds:>9.1f}{size / max(seconds, 0.05) / cores:>11.2f}")
    print(f"{'all, start-up included':<28}{wall:>9.1f}{size / wall / cores:>11.2f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest single process: {peak:,.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
