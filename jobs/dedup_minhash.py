"""Hash eligible documents into the MinHash index, and relate those that share a bucket.

Reads    documents, languages, quality, lsh_index
Writes   lsh_index, edges (relation near)

The index keeps whatever was ever hashed; policy is asked again before edges are drawn.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from pyspark.sql import functions as F

from corpusmill import cli
from corpusmill.dedup.transform import index_documents, near_edges
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.selection import eligible


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Hash what is newly eligible, then draw the edges whole."""
    reads = [mill.read(name) for name in ("documents", "languages", "quality")]
    documents, languages, quality = (read.rows for read in reads)
    passing = eligible(languages, quality, mill.policy)
    mill.touch("lsh_index")
    index = mill.warehouse.snapshot("lsh_index").rows
    hashed = index.where("band = 0").select(F.lower(F.hex("doc_id")).alias("doc_id"), "text_digest")
    keep = documents.select(*KEYS)
    work = mill.work("lsh_index", passing, reads, done=hashed, keep=keep)
    if work.stale is not None:
        work = replace(work, stale=work.stale.select(F.unhex("doc_id").alias("doc_id")).distinct())
    rows = index_documents(mill.attach(documents, work), mill.recipe.dedup.params)
    mill.publish_work(rows, work)
    reads.append(mill.read("lsh_index"))
    edges = near_edges(reads[-1].rows, passing)
    mill.publish_whole("edges.near", edges, reads, ["a", "b", "relation"])
    return Outcome(counts={"hashed": work.count})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("dedup-minhash", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
