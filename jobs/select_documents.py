"""Decide on every document: kept or not, with every reason.

Reads    documents, languages, quality, duplicates, edges, raw_documents (no text)
Writes   selection; where a classifier has scored documents, cuts of buckets under <output>/models
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.buckets import pinned_cuts
from corpusmill.freshness import check_made_of
from corpusmill.invocation import refit_option
from corpusmill.losses import check_losses, losses
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.selection import select_documents

READS = ("documents", "languages", "quality", "duplicates", "raw_documents")


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Decide whole, hold the losses against the guards; only decisions that differ are written."""
    reads = [mill.read(name) for name in READS]
    clusters = next(read for read in reads if read.name == "duplicates")
    check_made_of(mill, clusters, [*reads, mill.read("edges")])
    documents, languages, quality, duplicates, raw = (read.rows for read in reads)
    cuts = pinned_cuts(mill, reads[0], reads[2], arguments.refit)
    addressed = raw.select("doc_id", "created", "url")
    described = documents.select(*KEYS, "source", "chars").join(addressed, "doc_id")
    rows = select_documents(languages, quality, duplicates, described, mill.policy, cuts)
    mill.touch("selection")
    if not mill.recipe.selection.keep_all:
        stands = mill.is_done("selection", mill.commit("selection", reads))
        decided = mill.warehouse.snapshot("selection").rows if stands else rows
        sources = documents.select("doc_id", "source")
        groups = sources.join(languages.select("doc_id", "language"), "doc_id")
        check_losses(losses(decided, groups), mill.runtime.guards, mill.recipe.language)
    mill.publish_whole("selection", rows, reads, ["doc_id"])
    return Outcome(extra={"buckets": mill.resolved.bucket_digest})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("select-documents", run, arguments, refit_option, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
