"""Check a shard set against its manifest and plan; with --rebuild, make it again, byte by byte.

Reads    manifest.json, the files it names; with --rebuild the pinned tokens and mix_plan, with
         --deep the pinned raw_documents, languages and quality
Writes   nothing; with --repair, the shard files that are missing or wrong
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.replay import STEPS, replay
from corpusmill.shards.format import ShardEntry
from corpusmill.shards.manifest import Manifest
from corpusmill.verification import rebuild, verify


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument(
        "--manifest", required=True, metavar="PATH", help="manifest.json or its folder"
    )
    parser.add_argument(
        "--rebuild", action="store_true", help="build again from the pinned versions"
    )
    text = "replay every stage from the raw documents, in a warehouse of its own"
    parser.add_argument("--deep", action="store_true", help=text)
    parser.add_argument("--repair", action="store_true", help="with --rebuild: put the bytes back")


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Name every file that is missing or wrong, and why; exit 1 when there is one left."""
    if not arguments.deep:
        remake = rebuild if arguments.rebuild else None
        return verify(mill, arguments.manifest, remake, arguments.repair)
    rescored: dict[str, Any] = {}

    def remake_deeply(mill: Mill, manifest: Manifest, scratch: Path) -> list[ShardEntry]:
        steps = {name: import_module(f"corpusmill.jobs.{name}").run for name in STEPS}
        entries, found = replay(mill, manifest, scratch, steps)
        rescored.update({table: vars(counts) for table, counts in found.items()})
        return entries

    outcome = verify(mill, arguments.manifest, remake_deeply, arguments.repair)
    for table, counts in rescored.items():
        mill.progress.show(f"{table}: " + ", ".join(f"{v} {k}" for k, v in counts.items()))
    return replace(outcome, extra={**outcome.extra, "rescored": rescored}, status="replayed")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start(
        "verify-shards", run, arguments, options, __doc__, by_recipe=False, writes=False
    )


if __name__ == "__main__":
    raise SystemExit(main())
