"""Tell what a run would read and write, without doing it.

Reads    the sizes of the input files, the first records of them, the resolved recipe
Writes   nothing
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.forecast import forecast
from corpusmill.ingest.files import list_files
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused, Stopped
from corpusmill.shards.rules import too_large


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Estimate from the files; every number of the answer says what it stands for."""
    files = list_files(mill.runtime.inputs, mill.recipe.sources)
    if not files:
        raise Refused("nothing to plan for: give --input GLOB")
    found = forecast(files, mill.recipe, mill.runtime)
    refused = {f"sample_refused.{reason}": number for reason, number in found.refused.items()}
    for name, value in {**found.counts, **refused}.items():
        mill.progress.answer(f"{name:<36}{value:>20,}")
    if found.stop is not None:
        raise Stopped(found.stop)
    count, largest = mill.recipe.shards.count, found.counts["shard_bytes_at_most_about"]
    bound = mill.runtime.guards.shard_bytes
    if largest > bound * count:
        raise Stopped(f"recipe.shards.count: {too_large(count, largest // count, bound)}")
    counts = {**found.counts, "sample_refused": found.refused}
    return Outcome(counts=counts, status="planned")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("plan", run, arguments, summary=__doc__, writes=False)


if __name__ == "__main__":
    raise SystemExit(main())
