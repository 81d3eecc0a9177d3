"""Deliver files into ``raw_documents`` and ``quarantine``: each once, all of its records.

The order of the commits makes a crash harmless. Refusals go first, then the records, then whatever
lost to a record with the same key moves over to quarantine, where its row (with a doc_id) stays
until the file has been read again. A file counts as delivered when records of it stand in
``raw_documents`` or lost there, all of its rows are of one revision, and all that its losers lost
to still stands; a file whose every record is refused is simply read again.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
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
    record_counts,
    with_digests,
)
from corpusmill.mill import Mill
from corpusmill.refusal import Refused, Stopped
from corpusmill.warehouse import Change, Commit

_TABLES = ("raw_documents", "quarantine")
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
    mill.touch(*_TABLES)
    unread = mill.spark.createDataFrame([astuple(file) for file in files], _UNREAD)
    arrived = with_digests(unread).collect()
    _settle(mill)
    counted: dict[tuple[str, str], int] = {}
    while fresh := _fresh(mill, arrived, counted):
        _refuse_other_roots(mill, fresh)
        mill.progress.say(f"{len(fresh)} of {len(files)} files are new or changed")
        frame = mill.spark.createDataFrame(fresh, FILE_COLUMNS)
        found = {(row.source, row.path): row.records for row in record_counts(frame).collect()}
        if any(found.values()) or _stands(mill, frame):
            _read(mill, frame, _batch(fresh))
            _settle(mill)
        counted |= found
    _sign(mill)
    return _account(mill, unread.select(*_FILE), counted, len(files))


def _fresh(mill: Mill, arrived: Sequence[Row], done: Container[tuple[str, str]]) -> list[Row]:
    """The files that are not delivered, nor read by this run (which can free a loser of others).

    Where somebody else changed rows, nobody knows what is delivered, and all are.
    """
    known = not _unsigned(mill)
    delivered = {tuple(row) for row in _delivered(mill).collect()} if known else set()
    return [
        row
        for row in arrived
        if (row.source, row.path, row.file_digest) not in delivered
        and (row.source, row.path) not in done
    ]


def _delivered(mill: Mill) -> DataFrame:
    """Files (source, path, file_digest) of which every record is accounted for."""
    columns = [*_FILE, "file_digest"]
    quarantine = mill.warehouse.snapshot("quarantine").rows
    lost = quarantine.where("doc_id is not null")
    raw = mill.warehouse.snapshot("raw_documents").rows
    orphaned = lost.join(raw.select("doc_id"), "doc_id", "left_anti").select(*columns)
    every = raw.select(*columns).union(quarantine.select(*columns)).distinct()
    torn = every.groupBy(*_FILE).count().where("count > 1")
    standing = raw.select(*columns).union(lost.select(*columns)).subtract(orphaned)
    return standing.join(torn, _FILE, "left_anti")


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


def _unsigned(mill: Mill) -> list[str]:
    """Tables that are new, or whose rows somebody else has changed."""
    return [name for name in _TABLES if not mill.warehouse.ledger(name).parts]


def _sign(mill: Mill) -> None:
    """Sign for tables that turned out to hold what they should."""
    for name in _unsigned(mill):
        snapshot = mill.warehouse.snapshot(name)
        stands = {name: f"{snapshot.table_id}@{snapshot.version}"}
        mill.publish(name, Change(snapshot.rows.limit(0)), _made_of(mill, name, stands))


def _stands(mill: Mill, files: DataFrame) -> bool:
    """Whether any row is of one of the files, in whatever revision."""
    names = F.broadcast(files.select(*_FILE))
    rows = [mill.warehouse.snapshot(name).rows.select(*_FILE) for name in _TABLES]
    return not rows[0].union(rows[1]).join(names, _FILE, "left_semi").isEmpty()


def _batch(fresh: Sequence[Row]) -> dict[str, str]:
    """What identifies a delivery: the files that are new in it."""
    return {"files": f"{digest([list(row) for row in fresh])}@0"}


def _read(mill: Mill, fresh: DataFrame, batch: dict[str, str]) -> None:
    names = F.broadcast(fresh.select(*_FILE))
    refused = quarantine_rows(fresh, mill.recipe.sources)
    standing = mill.warehouse.snapshot("quarantine").rows.where("doc_id is null")
    standing = standing.join(names, _FILE, "left_semi")
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
    """Move rows whose key an earlier row has to ``quarantine``; take back what lost no longer.

    A row of quarantine that lost is out of date when its record stands in ``raw_documents`` again,
    or any row is of another revision of its file.
    """
    snapshot = mill.warehouse.snapshot("raw_documents")
    raw = snapshot.rows
    quarantine = mill.warehouse.snapshot("quarantine").rows
    lost = quarantine.where("doc_id is not null")
    twice = not raw.groupBy("doc_id").count().where("count > 1").isEmpty()
    refused = quarantine.where("doc_id is null").select(*_FILE, "file_digest")
    revisions = raw.select(*_FILE, "file_digest").union(refused).distinct()
    revisions = revisions.withColumnRenamed("file_digest", "revision")
    others = lost.join(revisions, _FILE).where("file_digest != revision").select(*_PLACE)
    again = lost.join(raw.select(*_PLACE), _PLACE, "left_semi").select(*_PLACE)
    outdated = lost.join(others.union(again).distinct(), _PLACE, "left_semi")
    if not twice and outdated.isEmpty():
        return
    beaten = losers(raw) if twice else lost.limit(0)
    settled = {"raw_documents": f"{snapshot.table_id}@{snapshot.version}"}
    made_of = _made_of(mill, "quarantine", settled)
    mill.publish_difference("quarantine", beaten, outdated, _PLACE, made_of)
    if twice:
        change = Change(None, beaten.select(*_PLACE, "doc_id"))
        mill.publish("raw_documents", change, _made_of(mill, "raw_documents", settled))


def _made_of(mill: Mill, table: str, inputs: dict[str, str]) -> Commit:
    return replace(mill.commit(table, []), inputs=inputs)


def _account(
    mill: Mill, files: DataFrame, counted: dict[tuple[str, str], int], count: int
) -> dict[str, Any]:
    """Hold rows against records: those of files read now were counted apart from their rows."""
    names = F.broadcast(files)
    accepted = mill.warehouse.snapshot("raw_documents").rows.select(
        *_PLACE, F.lit("").alias("reason")
    )
    refused = mill.warehouse.snapshot("quarantine").rows.select(*_PLACE, "reason")
    both = accepted.union(refused).join(names, _FILE, "left_semi")
    by_file = both.groupBy(*_FILE).agg(
        F.count("*").alias("rows"), (F.max("record_number") + 1).alias("records")
    )
    found = {(row.source, row.path): (row.rows, row.records) for row in by_file.collect()}
    known = {file: records for file, (_, records) in found.items()} | counted
    wrong = [
        f"{'/'.join(file)}: {found.get(file, (0, 0))[0]} of {records}"
        for file, records in sorted(known.items())
        if found.get(file, (0, 0)) != (records, records)
    ]
    if wrong:
        raise Stopped(f"records read and rows written differ: {', '.join(wrong[:3])}")
    reasons = {row.reason: row["count"] for row in both.groupBy("reason").count().collect()}
    taken = reasons.pop("", 0)
    others = mill.warehouse.snapshot("raw_documents").rows.count() - taken
    if others:
        mill.progress.say(f"{others} records stand from files that this run does not name")
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
