"""Join related documents into clusters and give each of them its place: the first one survives.

Up to ``runtime.driver_edges`` edges are clustered on the driver, more by Spark: the same clusters.

Reads    edges, lsh_index, raw_documents, documents, languages, quality
Writes   duplicates: one row for each document that has a twin
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.clustering import clustered
from corpusmill.dedup.transform import choose_survivors, named
from corpusmill.freshness import check_made_of, mark
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.removals import check_clusters, check_removals
from corpusmill.scratch import scratch
from corpusmill.selection import eligible
from corpusmill.text.transform import without_documents

READS = ("edges", "raw_documents", "documents", "languages", "quality")


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Cluster, hold what would be removed against the guards; only rows that differ are written."""
    reads = [mill.read(name) for name in READS]
    # Edges between texts of equal words are made of the index.
    check_made_of(mill, reads[0], [*reads[1:], mill.read("lsh_index")])
    edges, raw, documents, languages, quality = (read.rows for read in reads)
    passing = eligible(languages, quality, mill.policy)
    looked_at = documents.select(*KEYS, "source").join(passing, KEYS, "left_semi")
    guards = mill.runtime.guards
    mill.touch("duplicates")
    if mill.is_done("duplicates", mill.commit("duplicates", reads)):
        rows = mill.warehouse.snapshot("duplicates").rows
        check_clusters(rows, looked_at, guards)
        check_removals(rows, looked_at, guards)
        return Outcome(counts={"edges": mill.warehouse.count("edges", reads[0].version)})
    for name in without_documents(documents, mill.recipe.dedup.sources):
        mill.progress.say(f"recipe.dedup.sources: no document is of source {name}")
    measured = documents.select("doc_id", "source", "chars")
    known = measured.join(raw.select("doc_id", "created"), "doc_id")
    with clustered(mill, edges) as clusters, scratch(mill.warehouse, "duplicates") as tables:
        check_clusters(named(clusters.members), looked_at, guards)
        rows = choose_survivors(clusters.members, known, quality, mill.recipe.dedup.survivors)
        rows = tables.hold("survivors", rows)
        check_removals(rows, looked_at, guards)
        mill.publish_whole("duplicates", rows, reads, ["doc_id"])
    mark(mill, "duplicates", reads)  # or the next job would take them for those of earlier edges
    return Outcome(counts={"edges": clusters.edges, "rounds": clusters.rounds})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("cluster-duplicates", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
