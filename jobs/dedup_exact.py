"""Relate eligible documents of equal text.

Reads    documents, languages, quality
Writes   edges (relation exact)
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.dedup.transform import exact_edges
from corpusmill.mill import Mill, Outcome
from corpusmill.selection import eligible


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Draw the edges whole; only those that differ are written."""
    reads = [mill.read(name) for name in ("documents", "languages", "quality")]
    documents, languages, quality = (read.rows for read in reads)
    edges = exact_edges(documents, eligible(languages, quality, mill.policy))
    mill.publish_whole("edges.exact", edges, reads, ["a", "b", "relation"])
    return Outcome()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("dedup-exact", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
