"""Build the canonical shards of every stage of the mix, their manifest, and the views by rank.

Reads    tokens, selection (at --table-version NAME=N, else the newest)
Writes   mix_plan, shard files with manifest.json last, shard_sets
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.shard_set import build, manifests_of
from corpusmill.shards.transform import mix_documents


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Plan, write, and sign with a manifest; a set that stands already is left as it is."""
    tokens, selection = mill.read("tokens"), mill.read("selection")
    repeats = {stage.name: stage.repeats for stage in mill.recipe.mix.stages}
    mix = mix_documents(tokens.rows, selection.rows, repeats)
    mill.publish_whole("mix_plan", mix, [tokens, selection], ["stage", "doc_id"])
    sets = [build(mill, tokens, mill.read("mix_plan"), stage) for stage in repeats]
    counts = {name: sum(made.counts[name] for made in sets) for name in ("shards", "sequences")}
    return Outcome(counts=counts, extra=manifests_of(sets))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("build-shards", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
