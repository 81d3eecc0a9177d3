"""Hash eligible documents into the MinHash index, and relate those that share a bucket.

Reads    documents, languages, quality, lsh_index
Writes   lsh_index, edges (relation near)

The index keeps whatever was ever hashed; policy is asked again before edges are drawn.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.freshness import mark
from corpusmill.invocation import rehash_option
from corpusmill.lsh import READS, STAGE, hash_documents, relate
from corpusmill.mill import Mill, Outcome


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Hash what is newly eligible, then redraw the edges of the buckets that it came to."""
    for key in mill.recipe.dedup.unheard:
        mill.progress.say(f"recipe.dedup.{key} has nothing to say where verify is none")
    reads = [mill.read(name) for name in READS]
    work = hash_documents(mill, reads, arguments.rehash)
    index = mill.read("lsh_index")
    related = relate(mill, [*reads, index])
    # Or the next run would look at what is other now again, and at more and more of it.
    mark(mill, STAGE, [*reads, index])
    longest = mill.recipe.dedup.params.longest
    counts = {
        "hashed": work.count,
        "cut_short": index.rows.where(f"band = 0 and shingles > {longest}").count(),
        "related_again": related.changed,
        "crowded_buckets": related.crowded_buckets,
        "in_crowded_buckets": related.in_crowded_buckets,
    }
    return Outcome(counts=counts)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("dedup-minhash", run, arguments, rehash_option, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
