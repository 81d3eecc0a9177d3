"""Join related documents into clusters and give each of them its place: the first one survives.

Reads    edges, raw_documents, documents, quality
Writes   duplicates: one row for each document that has a twin
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.dedup.clusters import cluster
from corpusmill.dedup.transform import choose_survivors
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Stopped


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Cluster on the driver: the edges are two ids each and are counted first."""
    reads = [mill.read(name) for name in ("edges", "raw_documents", "documents", "quality")]
    edges, raw, documents, quality = (read.rows for read in reads)
    count, bound = edges.count(), mill.runtime.guards.driver_edges
    if count > bound:
        raise Stopped(f"runtime.guards.driver_edges: {count} edges, more than {bound}")
    measured = documents.select("doc_id", "source", "chars")
    known = measured.join(raw.select("doc_id", "created"), "doc_id")
    members = mill.spark.createDataFrame(cluster(edges.toArrow()))
    rows = choose_survivors(members, known, quality, mill.recipe.dedup.survivors)
    mill.publish_whole("duplicates", rows, reads, ["doc_id"])
    return Outcome(counts={"edges": count})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("cluster-duplicates", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
