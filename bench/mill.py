"""The whole mill, `corpusmill run` from files to shards, by stages, and beside datatrove's.

usage: python bench/mill.py FOLDER|GLOB [--peer datatrove[=PYTHON]] [--growth] [--rounds 1]
           [--master local[2]] [--set KEY=VALUE]... [--tokenizer FILE] [--work DIR]
           [--order published|cheapest]

Takes the JSON Lines files of a folder or glob, and runs the mill over all of their records (with
``--growth`` also over a tenth and three tenths of them, every n-th) as a command: default recipe
with the ``fineweb`` filters, verification off. After each run its kernels are timed over the same
texts in one plain process, and with ``--peer`` datatrove does the same work: mill, kernels, peer,
then the next size or round. Of several rounds the one with the median time counts. Without
``--tokenizer`` the mill trains one in each run, and the peer is given it. The peer's filters come
in the order of its example, or in the one that is cheapest for it. Printed are Markdown tables as
they stand in docs/performance.md, and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mill_corpora import Corpus, files_of, shares
from mill_runs import Mill, Run, peer
from mill_tables import Round, Told
from watched import watch

ROOT = Path(__file__).resolve().parents[1]
PEER = "datatrove"
INSTALLED = ROOT / ".venv-peer" / "bin" / "python"
GROWTH = (10, 30, 100)


def main() -> int:
    asked = arguments()
    files = files_of(asked.input)
    if not files:
        sys.exit(f"{asked.input}: no .jsonl or .jsonl.gz file there")
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-", dir=asked.work) as name:
        folder = Path(name)
        corpora = shares(files, GROWTH if asked.growth else GROWTH[-1:], folder / "input")
        found = [
            measured(asked, corpus, folder / "round")
            for _ in range(asked.rounds)
            for corpus in corpora
        ]
    told = Told(found, asked.cores)
    print("\n".join(told.lines()))
    print(json.dumps({"arguments": sys.argv[1:], "cores": asked.cores, **told.figures()}))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="folder or glob of JSON Lines files, packed with gzip or not")
    parser.add_argument("--peer", type=python_of, metavar=f"{PEER}[=PYTHON]")
    parser.add_argument("--order", choices=("published", "cheapest"), default="published")
    parser.add_argument("--growth", action="store_true", help="10, 30 and 100 per cent of it")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="KEY=VALUE")
    parser.add_argument("--tokenizer", metavar="FILE", help="given to both sides; none is trained")
    parser.add_argument("--work", help="folder for what is made on the way")
    asked = parser.parse_args()
    if not (cores := re.fullmatch(r"local\[(\d+)\]", asked.master)):
        parser.error("--master: say how many cores, as in local[2]")
    asked.cores = int(cores[1])
    if asked.tokenizer:
        asked.sets.append(f"recipe.tokenizer.path={Path(asked.tokenizer).resolve()}")
    return asked


def python_of(text: str) -> str:
    """The Python of an environment that has the peer: given, or the one that `make` sets up."""
    name, _, path = text.partition("=")
    python = path or str(INSTALLED)
    if name != PEER:
        raise argparse.ArgumentTypeError(f"there is {PEER}")
    if shutil.which(python) is None:
        raise argparse.ArgumentTypeError(
            f"{python} is not there: make bench ARGS='--peer {PEER}' sets it up, or name another "
            f"as {PEER}=PYTHON"
        )
    return python


def measured(asked: argparse.Namespace, corpus: Corpus, folder: Path) -> Round:
    """One size in one round: the mill, its kernels, the peer."""
    mill = Mill(folder / "mill", corpus, asked.master, asked.sets)
    runs = [told(mill.run())]
    kernels = kernels_of(mill.options)
    if asked.peer:
        theirs = peer(asked.peer, mill, folder / "peer", asked.cores, asked.order)
        runs.append(told(theirs))
    shutil.rmtree(folder)
    return Round(corpus, runs[0], kernels, *runs[1:])


def told(run: Run) -> Run:
    """The run, once a line about it is on the terminal."""
    size, took = f"{run.corpus.size:.1f} MB", run.took
    sys.stderr.write(f"{run.side:<10}{size:>12}{took.seconds:>9.1f} s{took.cpu:>9.1f} cpu s\n")
    return run


def kernels_of(options: Sequence[str]) -> dict[str, Any]:
    script = Path(__file__).with_name("mill_kernels.py")
    return json.loads(watch([sys.executable, str(script), *options]).said.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
