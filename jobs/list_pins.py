"""Tell how the table versions do that shard sets need: protected, at risk, or broken and why.

Reads    pins, the logs of the tables that they name
Writes   nothing; with --release, takes rows out of pins
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timezone

from corpusmill import cli
from corpusmill.mill import Mill, Outcome
from corpusmill.pins import BROKEN, health, pins_of, release


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    text = "let go of what the shard set of this digest needs; its first digits do"
    parser.add_argument("--release", metavar="DIGEST", help=text)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """A line a pin; exit 1 where one that a rebuild needs is broken."""
    released = release(mill, arguments.release) if arguments.release else 0
    now = datetime.now(timezone.utc)
    told, failed = [], []
    for pin in pins_of(mill.warehouse):
        found = health(mill.warehouse, pin, now)
        place = f"{pin.table_name} @ {pin.version}"
        line = f"{pin.digest[:16]} {place:<24} {pin.need:<8} {found.level:<13} {found.state}"
        mill.progress.show(f"{line}: {found.why}")
        if found.state == BROKEN and pin.need == "rebuild":
            failed.append(f"{pin.digest[:16]} {place}")
        said = {"digest": pin.digest, "manifest": pin.manifest, "table": pin.table_name}
        told.append({**said, "version": pin.version, "need": pin.need, **vars(found)})
    states = Counter(pin["state"] for pin in told)
    message = f"broken: {', '.join(failed[:5])}" if failed else None
    counts = {**states, "released": released}
    return Outcome(counts=counts, extra={"pins": told}, failed=message, status="listed")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("pins", run, arguments, options, __doc__, by_recipe=False)


if __name__ == "__main__":
    raise SystemExit(main())
