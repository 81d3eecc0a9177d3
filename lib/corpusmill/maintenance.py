"""Small files made one, old files taken away: what tables need now and then, and pins allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from corpusmill.contracts import contract
from corpusmill.mill import Mill
from corpusmill.pins import Pin, guarded_files
from corpusmill.refusal import Refused
from corpusmill.retention import RETENTION

_TOLD = 3  # pins that a message names


def compact(mill: Mill, tables: Sequence[str]) -> dict[str, int]:
    """Have Delta write small files of each table together; how many files each has fewer.

    No row changes, and old versions keep their files.
    """
    found = {}
    for name in tables:
        before = mill.warehouse.detail(name)["numFiles"]
        mill.spark.sql(f"OPTIMIZE {mill.warehouse.identifier(name)}").collect()
        found[name] = before - mill.warehouse.detail(name)["numFiles"]
    return found


def vacuum(mill: Mill, tables: Sequence[str], days: int) -> dict[str, int]:
    """Take away files that no version of the last ``days`` needs; how many of each table.

    Raises ``Refused``, and takes nothing away from any table, where a pin without copies needs one
    of them. While it works, versions older than that cannot be read: nobody else should be at work.
    """
    for name in tables:  # or versions that can be read again would guard nothing
        mill.warehouse.retain(name, contract(name).properties[RETENTION])
    guarded = {name: guarded_files(mill.warehouse, name) for name in tables}
    with _retention_of(mill, tables, days):
        doomed = {name: _doomed(mill, name) for name in tables}
        for name, files in doomed.items():
            pins = {pin.digest: pin for file in files for pin in guarded[name].get(file, ())}
            if pins:
                raise Refused(_held(name, days, list(pins.values())))
        for name, files in doomed.items():
            if files:
                mill.spark.sql(f"VACUUM {mill.warehouse.identifier(name)}").collect()
    return {name: len(files) for name, files in doomed.items()}


def _doomed(mill: Mill, name: str) -> list[str]:
    rows = mill.spark.sql(f"VACUUM {mill.warehouse.identifier(name)} DRY RUN").collect()
    return [row["path"].rpartition("/")[2] for row in rows]


def _held(name: str, days: int, pins: Sequence[Pin]) -> str:
    told = ", ".join(f"{pin.digest[:16]} ({pin.manifest})" for pin in pins[:_TOLD])
    return (
        f"--vacuum {days}: {len(pins)} shard sets need old versions of table {name}: {told}; "
        "nothing was taken away; copy what they need (build-shards --set "
        "runtime.pin=materialised), let them go (pins --release DIGEST), or keep more days"
    )


@contextmanager
def _retention_of(mill: Mill, tables: Sequence[str], days: int) -> Iterator[None]:
    """Tables with another retention for a while, for Delta's VACUUM asks for no other; then, and
    after a run that was killed in between, that of their contract again."""
    try:
        for name in tables:
            mill.warehouse.retain(name, f"interval {days} days")
        yield
    finally:
        for name in tables:
            mill.warehouse.retain(name, contract(name).properties[RETENTION])
