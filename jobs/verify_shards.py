"""Check a shard set against its manifest; with --rebuild, make it again and compare every byte.

Reads    manifest.json, the files it names; with --rebuild the table versions it names
Writes   nothing; with --repair, the shard files that are missing or wrong
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.shard_set import verify


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument(
        "--manifest", required=True, metavar="PATH", help="manifest.json or its folder"
    )
    parser.add_argument(
        "--rebuild", action="store_true", help="build again from the pinned versions"
    )
    parser.add_argument("--repair", action="store_true", help="with --rebuild: put the bytes back")


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Name every file that is missing or wrong; exit 1 when there is one left."""
    return verify(mill, arguments.manifest, arguments.rebuild, arguments.repair)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start(
        "verify-shards", run, arguments, options, __doc__, by_recipe=False, writes=False
    )


if __name__ == "__main__":
    raise SystemExit(main())
