"""Tell every decision on one document, or which documents one sequence of a shard set is made of.

Reads    all tables, document maps of the newest shard sets or of the one named
Writes   nothing
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any

from corpusmill import cli
from corpusmill.explain import explain, explain_sequence, lines
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument("doc_id", nargs="?", help="32 hexadecimal characters")
    parser.add_argument("--manifest", metavar="PATH", help="manifest.json or its folder")
    parser.add_argument("--shard", type=number, metavar="S", help="canonical shard of the set")
    parser.add_argument("--sequence", type=number, metavar="N", help="sequence in that shard")


def number(text: str) -> int:
    """The number of a shard or a sequence."""
    if not re.fullmatch("[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError("a whole number from 0")
    return int(text)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Print one line a row, then the same as JSON."""
    place = (arguments.manifest, arguments.shard, arguments.sequence)
    given = [part is not None for part in place]
    if any(given) == (arguments.doc_id is not None) or any(given) != all(given):
        raise Refused("give a doc_id, or else --manifest, --shard and --sequence")
    if arguments.doc_id is None:
        found = explain_sequence(mill, *place)
        said: dict[str, Any] = {"explanation": found}
    else:
        if not re.fullmatch("[0-9a-f]{32}", arguments.doc_id):
            raise Refused("doc_id: expected 32 hexadecimal characters in lower case")
        found = explain(mill, arguments.doc_id)
        said = {"doc_id": arguments.doc_id, "explanation": found}
    for line in lines(found):
        mill.progress.answer(line)
    return Outcome(extra=said, status="explained")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("explain", run, arguments, options, __doc__, by_recipe=False, writes=False)


if __name__ == "__main__":
    raise SystemExit(main())
