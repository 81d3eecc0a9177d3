"""Relate eligible documents of equal text, or of equal words, and of one address.

Reads    documents, languages, quality; where the recipe asks for it lsh_index or raw_documents
Writes   edges (relations exact and address)
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill import cli
from corpusmill.dedup.edges import address_edges, exact_edges
from corpusmill.freshness import mark
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.selection import eligible
from corpusmill.warehouse import Snapshot

STAGE = "edges.exact+address"


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Draw the edges whole; only those that differ are written."""
    rules = mill.recipe.dedup
    names = ["documents", "languages", "quality"]
    names += ["lsh_index"] * (rules.exact == "words") + ["raw_documents"] * rules.urls
    reads = {name: mill.read(name) for name in names}
    passing = eligible(reads["languages"].rows, reads["quality"].rows, mill.policy)
    ids = passing.select("doc_id")
    edges = exact_edges(_keyed(reads).join(passing, KEYS, "left_semi"))
    if rules.urls:
        addressed = reads["raw_documents"].rows.select("doc_id", "url", "part")
        edges = edges.unionByName(address_edges(addressed.join(ids, "doc_id", "left_semi")))
    mill.publish_whole(STAGE, edges, list(reads.values()), ["a", "b", "relation"])
    mark(mill, STAGE, list(reads.values()))
    return Outcome()


def _keyed(reads: dict[str, Snapshot]) -> DataFrame:
    """What documents are compared by: doc_id, text_digest, key (without words, by the text)."""
    if "lsh_index" in reads:
        first = reads["lsh_index"].rows.where("band = 0")
        doc_id = F.lower(F.hex("doc_id")).alias("doc_id")
        key = F.coalesce(F.hex("words_digest"), "text_digest").alias("key")
        return first.select(doc_id, "text_digest", key)
    return reads["documents"].rows.select(*KEYS, F.col("text_digest").alias("key"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("dedup-exact", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
