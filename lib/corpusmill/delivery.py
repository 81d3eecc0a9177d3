"""Deliver files into ``raw_documents`` and ``quarantine``: each once, all of its records.

The order of the commits makes a crash harmless. Refusals go first (writing them again leaves no
trace), then the records, then whatever lost to a record with the same key moves over to
quarantine. A file counts as delivered when one of its records stands in ``raw_documents`` or lost
there; a file whose every record is refused is simply read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from corpusmill.digests import digest
from corpusmill.ingest.files import InputFile
from corpusmill.ingest.transform import (
    FILE_COLUMNS,
    losers,
    quarantine_rows,
    raw_rows,
    with_digests,
)
from corpusmill.mill import Mill
from corpusmill.refusal import Refused, Stopped
from corpusmill.warehouse import Change, Commit

_FILE = ["source", "path"]
_PLACE = [*_FILE, "record_number"]
_UNREAD = (
    "source string, location string, root string, path string, reader string, declaration string"
)
_REPEATED = ("repeated_record", "repeated_key")


def deliver(mill: Mill, files: Sequence[InputFile]) -> dict[str, Any]:
    """Read every file that is new or changed, and account for every record of all of them.

    Returns counts: files, records, accepted, quarantined by reason. Raises ``Stopped`` when records
    are missing or quarantine holds a larger share than ``runtime.guards.quarantine_share``.
    """
    for table in ("raw_documents", "quarantine"):
        mill.touch(table)
    unread = mill.spark.createDataFrame([astuple(file) for file in files], _UNREAD)
    arrived = with_digests(unread).collect()
    delivered = {tuple(row) for row in _delivered(mill).collect()}
    fresh = [row for row in arrived if (row.source, row.path, row.file_digest) not in delivered]
    if fresh:
        _refuse_other_roots(mill, fresh)
        mill.progress.say(f"{len(fresh)} of {len(files)} files are new or changed")
        _read(mill, mill.spark.createDataFrame(fresh, FILE_COLUMNS), _batch(fresh))
    _settle(mill)
    return _account(mill, unread.select(*_FILE), len(files))


def _delivered(mill: Mill) -> DataFrame:
    """Files of which every record is accounted for.

    A file with a record that lost to one which is no longer there has to be read again.
    """
    columns = [*_FILE, "file_digest"]
    lost = mill.warehouse.snapshot("quarantine").rows.where("doc_id is not null")
    raw = mill.warehouse.snapshot("raw_documents").rows
    orphaned = lost.join(raw.select("doc_id"), "doc_id", "left_anti").select(*columns)
    return raw.select(*columns).union(lost.select(*columns)).subtract(orphaned)


def _refuse_other_roots(mill: Mill, fresh: Sequence[Row]) -> None:
    """A name that stands may come again with other bytes, but only from the same folder."""
    names = mill.spark.createDataFrame(
        [(row.source, row.path, row.root) for row in fresh],
        "source string, path string, new_root string",
    )
    raw = mill.warehouse.snapshot("raw_documents").rows.select(*_FILE, "root").distinct()
    both = raw.join(F.broadcast(names), _FILE).where("root != new_root")
    for row in both.orderBy(*_FILE).limit(1).collect():
        raise Refused(
            f"--input {row.new_root}/{row.path}: source {row.source} has a file of this name from "
            f"{row.root}; set recipe.sources.{row.source}.root to a folder above both"
        )


def _batch(fresh: Sequence[Row]) -> dict[str, str]:
    """What identifies a delivery: the files that are new in it."""
    return {"files": f"{digest([list(row) for row in fresh])}@0"}


def _read(mill: Mill, fresh: DataFrame, batch: dict[str, str]) -> None:
    names = F.broadcast(fresh.select(*_FILE))
    refused = quarantine_rows(fresh, mill.recipe.sources)
    standing = mill.warehouse.snapshot("quarantine").rows.join(names, _FILE, "left_semi")
    made_of = _made_of(mill, "quarantine", batch)
    if standing.isEmpty():  # then nothing need be compared, and the files are read once less
        mill.publish("quarantine", Change(refused), made_of)
    else:
        mill.publish_difference("quarantine", refused, standing, _PLACE, made_of)
    raw = mill.warehouse.snapshot("raw_documents").rows
    replaced = raw.select(*_FILE).join(names, _FILE, "left_semi").distinct()
    rows = raw_rows(fresh, mill.recipe.sources)
    changed = not replaced.isEmpty()
    if changed or not mill.warehouse.ledger("raw_documents").parts or not rows.isEmpty():
        change = Change(rows, replaced if changed else None)
        mill.publish("raw_documents", change, _made_of(mill, "raw_documents", batch))


def _settle(mill: Mill) -> None:
    """Move the rows whose key an earlier row has from ``raw_documents`` to ``quarantine``."""
    snapshot = mill.warehouse.snapshot("raw_documents")
    raw = snapshot.rows
    if raw.groupBy("doc_id").count().where("count > 1").isEmpty():
        return
    beaten = losers(raw)
    standing = mill.warehouse.snapshot("quarantine").rows.join(beaten, _PLACE, "left_semi")
    settled = {"raw_documents": f"{snapshot.table_id}@{snapshot.version}"}
    made_of = _made_of(mill, "quarantine", settled)
    mill.publish_difference("quarantine", beaten, standing, _PLACE, made_of)
    change = Change(raw.limit(0), beaten.select(*_PLACE, "doc_id"))
    mill.publish("raw_documents", change, _made_of(mill, "raw_documents", settled))


def _made_of(mill: Mill, table: str, inputs: dict[str, str]) -> Commit:
    return replace(mill.commit(table, []), inputs=inputs)


def _account(mill: Mill, files: DataFrame, count: int) -> dict[str, Any]:
    names = F.broadcast(files)
    accepted = mill.warehouse.snapshot("raw_documents").rows.select(
        *_PLACE, F.lit("").alias("reason")
    )
    refused = mill.warehouse.snapshot("quarantine").rows.select(*_PLACE, "reason")
    both = accepted.union(refused).join(names, _FILE, "left_semi")
    by_file = both.groupBy(*_FILE).agg(
        F.count("*").alias("rows"), (F.max("record_number") + 1).alias("records")
    )
    wrong = by_file.where("rows != records").orderBy(*_FILE).limit(3).collect()
    if wrong:
        found = ", ".join(f"{r.source}/{r.path}: {r.rows} of {r.records}" for r in wrong)
        raise Stopped(f"records read and rows written differ: {found}")
    reasons = {row.reason: row["count"] for row in both.groupBy("reason").count().collect()}
    taken = reasons.pop("", 0)
    _guard(mill, taken, reasons)
    records = taken + sum(reasons.values())
    quarantined = dict(sorted(reasons.items()))
    return {"files": count, "records": records, "accepted": taken, "quarantined": quarantined}


def _guard(mill: Mill, accepted: int, reasons: dict[str, int]) -> None:
    """Repeated records are no sign of broken input, so they do not count."""
    broken = {name: n for name, n in reasons.items() if name not in _REPEATED}
    refused, share = sum(broken.values()), mill.runtime.guards.quarantine_share
    if refused > share * (refused + accepted):
        top = ", ".join(
            f"{n} {name}" for name, n in sorted(broken.items(), key=lambda r: -r[1])[:3]
        )
        raise Stopped(
            f"runtime.guards.quarantine_share: {refused} of {refused + accepted} records were "
            f"refused, more than {share:.0%} ({top}); table quarantine names them"
        )
