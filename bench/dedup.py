"""MinHash from texts to clusters beside the peers' on the same texts, and how it grows.

usage: python bench/dedup.py 'data/*.jsonl*' [--megabytes 10 50 300] [--batch 1]
           [--peer datatrove=PYTHON] [--peer data-juicer=PYTHON] [--peer pyspark=PYTHON]

Takes documents from the files until they make each size, and measures the jobs dedup-minhash and
cluster-duplicates: as commands (each starts a Spark), the same commands once more with nothing to
do (what a job costs whatever its size), and in a session that runs already, as in a run of the
whole mill. Peers run on the texts of the largest size, normalised, each with the Python of an
environment that has it. ``--batch`` adds so many per cent of further documents to the largest size
and measures what they cost. Rates are MB of text a second and core of wall time; ``cpu`` are
seconds of processors, which other work on the machine lengthens less.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dedup_corpora import documents, upto, written
from dedup_peers import PEERS
from dedup_runs import DEDUP, Mill, Total
from watched import processor_seconds, watch


@dataclass(frozen=True)
class Measured:
    """One size: MB of text, documents, seconds in a running session, and the commands."""

    size: float
    documents: int
    inside: float
    inside_cpu: float
    full: Total
    again: Total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of JSON Lines files, packed or not")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[10, 50, 300])
    parser.add_argument("--batch", type=float, default=0, help="per cent of the largest size")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    parser.add_argument("--work", help="folder for what is made on the way")
    arguments = parser.parse_args()
    peers = dict(text.split("=", 1) for text in arguments.peer)
    if unknown := set(peers) - set(PEERS):
        parser.error(f"--peer {min(unknown)}: there are {', '.join(PEERS)}")
    cores = int(re.search(r"\d+", arguments.master).group())
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-", dir=arguments.work) as name:
        folder = Path(name)
        warm = Mill(folder / "warm", arguments.master, arguments.sets)
        warm.prepare(written(upto(documents(arguments.input), 1), folder / "warm-input"))
        warm.dedup()
        found = []
        names = ("s", "MB/s/core", "cpu s", "MB/cpu s", "load")
        titles = (f"{name:>{size}}" for name, size in zip(names, (8, 11, 8, 10, 6), strict=True))
        print(f"{'':<14}{'MB':>7}{'docs':>9}{''.join(titles)}")
        for megabytes in sorted(arguments.megabytes):
            place = folder / f"{megabytes:g}"
            rows = upto(documents(arguments.input), megabytes)
            mill = Mill(place / "mill", arguments.master, arguments.sets)
            found.append(ours(mill, written(rows, place / "input"), place / "copy", cores))
        grown(found)
        for peer, python in peers.items():
            beside(peer, python, found[-1], mill, place / peer, cores)
        if arguments.batch:
            added(arguments, found[-1], place / "copy", folder / "more", warm)
    return 0


def ours(mill: Mill, pattern: str, copy: Path, cores: int) -> Measured:
    """Measure one size, as commands on a copy and in the running session."""
    mill.prepare(pattern)
    size, count = measure(mill)
    other = mill.copy(copy)
    full, again = Total.of(first := other.commands()), Total.of(other.commands())
    before = processor_seconds()
    inside = {name: line["seconds"] for name, line in mill.dedup().items()}
    cpu = processor_seconds() - before
    told("ours, commands", size, count, full.seconds, full.cpu, cores)
    told("with no work", size, count, again.seconds, again.cpu, cores)
    told("in a session", size, count, sum(inside.values()), cpu, cores)
    per_job = "; ".join(f"{name} {inside[name]:.1f} s" for name in DEDUP)
    print(f"    in a session: {per_job}; said: {json.dumps(first[DEDUP[1]].line['counts'])}")
    print(f"    peak {full.peak / 1e6 / cores:,.0f} MB a core; a document", end=" ")
    print(f"{full.shuffled / count:.0f} bytes shuffled, {full.read / count:.0f} read", flush=True)
    return Measured(size, count, sum(inside.values()), cpu, full, again)


def measure(mill: Mill) -> tuple[float, int]:
    """MB of normalised text, and documents."""
    from pyspark.sql import functions as F

    row = mill.table("documents").agg(F.sum(F.octet_length("text")), F.count("*")).first()
    return row[0] / 1e6, row[1]


def told(name: str, size: float, count: int, wall: float, cpu: float, cores: int) -> None:
    rate = f"{size / wall / cores:>11.2f}"
    processors = f"{cpu:>8.1f}{size / cpu:>10.2f}"
    load = f"{os.getloadavg()[0]:>6.1f}"
    print(f"{name:<14}{size:>7.1f}{count:>9}{wall:>8.1f}{rate}{processors}{load}", flush=True)


def grown(found: list[Measured]) -> None:
    """Exponents of time in size, between neighbours and over all."""
    pairs = [*pairwise(found), (found[0], found[-1])]
    for one, other in pairs if len(found) > 1 else []:
        sizes = math.log(other.size / one.size)
        times = {
            "in a session": (one.inside, other.inside),
            "its cpu": (one.inside_cpu, other.inside_cpu),
            "commands": (one.full.seconds, other.full.seconds),
            "commands beyond no work": (
                one.full.seconds - one.again.seconds,
                other.full.seconds - other.again.seconds,
            ),
            "their cpu beyond no work": (
                one.full.cpu - one.again.cpu,
                other.full.cpu - other.again.cpu,
            ),
        }
        said = [f"{name} {math.log(b / a) / sizes:.2f}" for name, (a, b) in times.items()]
        print(f"exponent {one.size:.0f} to {other.size:.0f} MB: {', '.join(said)}", flush=True)


def beside(peer: str, python: str, own: Measured, mill: Mill, work: Path, cores: int) -> None:
    """One peer on the texts of a warehouse, and how often ours is as fast."""
    texts = work.parent / "texts"
    if not texts.exists():
        rows = mill.table("documents").selectExpr("doc_id AS id", "text").toLocalIterator()
        written(((row.id, row.text) for row in rows), texts)
    script = Path(__file__).with_name("dedup_peers.py")
    command = [python, str(script), peer, str(texts), str(work), "--cores", str(cores)]
    done = watch(command)
    line = json.loads(done.said.splitlines()[-1])
    told(peer, own.size, own.documents, line["seconds"], done.cpu, cores)
    ratios = {
        "start of both included": done.seconds / own.full.seconds,
        "start of both excluded": line["seconds"] / own.inside,
        "processor seconds, both with their starts": done.cpu / own.full.cpu,
        "against ours in a session": done.cpu / own.inside_cpu,
    }
    times = ", ".join(f"{ratio:.1f} ({name})" for name, ratio in ratios.items())
    print(f"    ours is {times} times as fast; {peer} removes {line['removed']},", end=" ")
    print(f"peak {done.peak / 1e6 / cores:,.0f} MB a core", flush=True)


def added(
    arguments: argparse.Namespace, own: Measured, copy: Path, folder: Path, tiny: Mill
) -> None:
    """What a batch of further documents costs, on top of a warehouse that is up to date.

    Some of it any batch costs, whatever its size and the corpus: that is told by a batch of a few
    documents for the ``tiny`` warehouse, which has been through deduplication.
    """
    every = documents(arguments.input)
    for _ in upto(every, max(arguments.megabytes)):
        pass
    pattern = written(upto(every, own.size * arguments.batch / 100), folder / "batch")
    few = written(upto(every, 0.02), folder / "few")
    mill = Mill(copy, arguments.master, arguments.sets)
    mill.prepare(pattern)
    size, count = measure(mill)
    batch, again = Total.of(first := mill.commands()), Total.of(mill.commands())
    print(f"batch of {size - own.size:.1f} MB, {count - own.documents} documents:", end=" ")
    print(f"hashed {first[DEDUP[0]].line['counts'].get('hashed')}")
    tiny.prepare(few)
    least = Total.of(tiny.commands())
    print(f"{'':<16}{'s':>8}{'cpu s':>8}{'read MB':>9}{'shuffled MB':>13}")
    rows = (("full", own.full), ("batch", batch), ("few on 1 MB", least), ("no work", again))
    for name, total in rows:
        moved = f"{total.read / 1e6:>9.2f}{total.shuffled / 1e6:>13.2f}"
        print(f"{name:<16}{total.seconds:>8.1f}{total.cpu:>8.1f}{moved}")
    for name, fixed in (("few documents on 1 MB", least), ("no work", again)):
        seconds = (batch.seconds - fixed.seconds) / own.full.seconds
        cpu = (batch.cpu - fixed.cpu) / own.full.cpu
        print(f"beyond {name}: {100 * seconds:.1f} % of the full run (cpu {100 * cpu:.1f} %)")


if __name__ == "__main__":
    sys.exit(main())
