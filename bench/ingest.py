"""Speed of reading files into Delta, and of normalising them: MB of text a second and core.

usage: python bench/ingest.py 'data/*.jsonl' [--master local[2]] [--warm data/one-file.jsonl]

Both jobs run twice in one session: on one small file, so that the JVM has compiled what it runs,
and then on all files, into fresh tables. The seconds of the second time are those of the jobs as a
whole, table look-ups, digests, counting and accounts included.
"""

from __future__ import annotations

import argparse
import glob
import io
import json
import re
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from corpusmill.__main__ import main as corpusmill


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
    parser.add_argument("--warm", help="a small one of them (default: the first)")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    arguments = parser.parse_args()
    cores = int(re.search(r"\d+", arguments.master).group())
    first = sorted(glob.glob(arguments.input, recursive=True))[0]  # noqa: PTH207
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
        for name, given in (("warm", arguments.warm or first), ("all", arguments.input)):
            places = ["--warehouse", f"{folder}/{name}/w", "--output", f"{folder}/{name}/o"]
            places += ["--master", arguments.master, *(f"--set={text}" for text in arguments.sets)]
            ingested = job("ingest-documents", *places, "--input", given)
            normalised = job("normalise-documents", *places)
        size = text_bytes(Path(folder) / "all" / "w" / "raw_documents") / 1e6
    print(f"{size:.1f} MB of text in {ingested['counts']['accepted']:,} records, {cores} cores")
    for line in (ingested, normalised):
        speed = size / line["seconds"] / cores
        print(f"{line['job']:<24}{line['seconds']:>8.1f} s{speed:>9.1f} MB/s/core")
    return 0


def text_bytes(table: Path) -> int:
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    rows = SparkSession.getActiveSession().read.format("delta").load(str(table))
    return rows.agg(F.sum("bytes")).first()[0]


if __name__ == "__main__":
    raise SystemExit(main())
