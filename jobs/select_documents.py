"""Decide on every document: kept or not, with every reason.

Reads    languages, quality, duplicates
Writes   selection
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.selection import select_documents


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Decide whole; only decisions that differ are written."""
    reads = [mill.read(name) for name in ("languages", "quality", "duplicates")]
    languages, quality, duplicates = (read.rows for read in reads)
    rows = select_documents(languages, quality, duplicates, mill.policy)
    mill.publish_whole("selection", rows, reads, ["doc_id"])
    return Outcome()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("select-documents", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
