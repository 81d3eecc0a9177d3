"""Build the canonical shards of every stage of the mix, their manifest, and the views by rank.

Reads    tokens, selection (the newest, or at --tokens-version N); clean_documents and
         raw_documents, where a stage asks for a source, language, kind or origin
Writes   mix_plan, shard files with manifest.json last, views by rank, shard_sets, pins
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.ledger import version_of
from corpusmill.lineage import made_of
from corpusmill.mill import Mill, Outcome
from corpusmill.mixing import plan_stages
from corpusmill.shard_set import build, manifests_of

_COUNTS = ("shards", "sequences", "tokens", "padding", "dropped")


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    text = "build from this version of tokens and the versions of other tables that it is made of"
    parser.add_argument("--tokens-version", type=int, metavar="N", help=text)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Plan, write, and sign with a manifest; a set that stands already is left as it is."""
    wanted = vars(arguments).get("tokens_version")
    if wanted is not None:
        behind = made_of(mill.warehouse, [mill.warehouse.snapshot("tokens", wanted)])
        mill.versions = {n: version_of(pin) for n, pin in behind.items()} | {**mill.versions}
    mixed = plan_stages(mill)
    mill.publish_whole("mix_plan", mixed.rows, mixed.reads, ["stage", "doc_id"])
    mix, tokens = mill.read("mix_plan"), mixed.reads[0]
    sets = [build(mill, tokens, mix, stage, said) for stage, said in mixed.reports.items()]
    counts = {name: sum(made.counts[name] for made in sets) for name in _COUNTS}
    return Outcome(counts=counts, extra={**manifests_of(sets), "mix": mixed.reports})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("build-shards", run, arguments, options, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
