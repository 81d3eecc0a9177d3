"""Write small files of the tables together; with --vacuum, take away files that no version needs.

Reads    the logs of all tables, pins
Writes   all tables: other files, the same rows
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.contracts import TABLES
from corpusmill.invocation import count
from corpusmill.maintenance import compact, vacuum
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.session import on_databricks


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument(
        "--table", action="append", choices=TABLES, metavar="NAME", help="only this one; repeatable"
    )
    parser.add_argument(
        "--vacuum",
        type=count,
        metavar="DAYS",
        help="take away files that no version of the last DAYS days needs, unless a pin does",
    )


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Compact, then vacuum where that is asked for and the platform does not do so by itself."""
    if arguments.vacuum is not None and on_databricks():
        raise Refused(
            "--vacuum: Databricks vacuums by itself, by the retention of a table, which this would "
            "shorten for a while; docs/databricks.md says how to get the space of old versions back"
        )
    wanted = arguments.table or TABLES
    tables = [name for name in wanted if mill.warehouse.table_id(name) is not None]
    counts = {"files_compacted": compact(mill, tables)}
    if arguments.vacuum is not None:
        counts["files_removed"] = vacuum(mill, tables, arguments.vacuum)
    return Outcome(counts=counts, status="done")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("maintain-tables", run, arguments, options, __doc__, by_recipe=False)


if __name__ == "__main__":
    raise SystemExit(main())
