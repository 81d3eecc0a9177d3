"""Deduplication of corpora that are all twins, against an ordinary one of the same size.

usage: python bench/dedup_hostile.py 'data/*.jsonl*' [--documents 200000] [--characters 1000]

All three corpora have so many documents of one length: pieces of the files' texts; the same with
one paragraph in 30 % of them (seven tenths of each: below most thresholds, and enough to share
buckets); and one of the pieces again and again. Seconds, processor seconds and peak memory are of
the commands dedup-minhash and cluster-duplicates, start of Spark included.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dedup_corpora import Document, documents, identical, pieces, sharing, written
from dedup_runs import DEDUP, Mill, Total

SHARE, PART = 0.3, 0.7
KINDS = ("ordinary", "boilerplate", "identical")


def corpus(kind: str, rows: Iterator[Document]) -> Iterator[Document]:
    if kind == "boilerplate":
        return sharing(rows, SHARE, PART)
    return identical(rows) if kind == "identical" else rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of JSON Lines files, packed or not")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    parser.add_argument("--work", help="folder for what is made on the way")
    arguments = parser.parse_args()
    cores = int(re.search(r"\d+", arguments.master).group())
    names = ("s", "times", "cpu s", "times", "MB/core", "edges", "load")
    print(f"{'':<12}", *(f"{name:>9}" for name in names), flush=True)
    ordinary = None
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="corpusmill-bench-", dir=arguments.work) as folder:
            rows = pieces(documents(arguments.input), arguments.documents, arguments.characters)
            mill = Mill(Path(folder) / "mill", arguments.master, arguments.sets)
            mill.prepare(written(corpus(kind, rows), Path(folder) / "input"))
            done = mill.commands()
        total = Total.of(done)
        ordinary = ordinary or total
        times = (total.seconds / ordinary.seconds, total.cpu / ordinary.cpu)
        figures = (
            *(f"{total.seconds:.1f}", f"{times[0]:.2f}", f"{total.cpu:.1f}", f"{times[1]:.2f}"),
            *(f"{total.peak / 1e6 / cores:,.0f}", f"{done[DEDUP[1]].line['counts']['edges']:,}"),
            f"{os.getloadavg()[0]:.1f}",
        )
        print(f"{kind:<12}", *(f"{figure:>9}" for figure in figures), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
