"""Tell every decision on one document, table by table.

Reads    all tables, document maps of the newest shard sets
Writes   nothing
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.explain import explain, lines
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument("doc_id", help="32 hexadecimal characters")


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Print one line a row, then the same as JSON."""
    if not re.fullmatch("[0-9a-f]{32}", arguments.doc_id):
        raise Refused("doc_id: expected 32 hexadecimal characters in lower case")
    found = explain(mill, arguments.doc_id)
    for line in lines(found):
        sys.stdout.write(f"{line}\n")
    return Outcome(extra={"doc_id": arguments.doc_id, "explanation": found}, status="explained")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("explain", run, arguments, options, __doc__, by_recipe=False, writes=False)


if __name__ == "__main__":
    raise SystemExit(main())
