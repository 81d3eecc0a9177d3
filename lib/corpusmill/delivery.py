"""Deliver files into ``raw_documents`` and ``quarantine``: each once, all of its records.

Records go first; the numbers that are missing then are those of refused records, and only they are
read again. Every row says how many records its file has, so a file counts as delivered when its
rows of both tables, all of one revision, are as many; whatever a crash leaves behind is not, and is
read again. Last, records that lost to an earlier one with the same key move over to quarantine,
where their rows (with a doc_id) stay until what they lost to is gone, or their file is read again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.accounts import Revision, Standing, account, is_delivered, standing_of
from corpusmill.arrivals import Arrival, Name, arrived, blocks_of, dealt
from corpusmill.digests import digest
from corpusmill.ingest.files import InputFile
from corpusmill.ingest.rows import Told
from corpusmill.ingest.transform import (
    losers,
    quarantine_rows,
    raw_rows,
    shared_keys,
    table_quarantine_rows,
    table_raw_rows,
    unaccounted,
)
from corpusmill.ledger import Commit
from corpusmill.mill import Mill
from corpusmill.passes import Load
from corpusmill.publication import Change
from corpusmill.refusal import Refused

_TABLES = ("raw_documents", "quarantine")
_PLACE = ["input", "path", "record_number"]
_REFUSED_PLACE = ["source", "path", "record_number"]
_CHANGED = re.compile(r'FileChanged: changed while it was read: ("(?:[^"\\\n]|\\.)*")')


def deliver(mill: Mill, files: Sequence[InputFile], drop_unnamed: bool = False) -> dict[str, Any]:
    """Read every file that is new or changed, and account for every record of all of them.

    With ``drop_unnamed`` the rows of all other files go. Returns counts: files, records, accepted,
    quarantined by reason. Raises ``Refused`` for a file that changed under its name (unless the
    recipe says otherwise) or while it was read, and ``Stopped`` when records are missing or
    quarantine holds a larger share than ``runtime.guards.quarantine_share``.
    """
    mill.touch(*_TABLES)
    with _changes_told():
        found = arrived(mill, files)
    standing = standing_of(mill)
    for arrival in found:
        _refuse_another(mill, arrival, standing.of(arrival.name))
    if _settle(mill, standing):
        standing = standing_of(mill)
    if drop_unnamed and _drop(mill, set(standing.files) - {arrival.name for arrival in found}):
        standing = standing_of(mill)
    counted: dict[Name, int] = {}
    with _changes_told():
        while fresh := _fresh(mill, found, standing, counted):
            mill.progress.say(f"{len(fresh)} of {len(files)} files are new or changed")
            records, standing = _read(mill, fresh, standing)
            counted |= records
            if _settle(mill, standing):
                standing = standing_of(mill)
    _sign(mill)
    return account(mill, found, standing, counted)


def _refuse_another(mill: Mill, arrival: Arrival, stands: Sequence[Revision]) -> None:
    """A name that stands may come again with other bytes only from its folder, and if wanted."""
    file = arrival.file
    for revision in stands:
        if revision.root not in (None, file.root):
            raise Refused(
                f"--input {file.location}: source {file.source} has a file of this name from "
                f"{revision.root}; set recipe.sources.{file.source}.root to a folder above both"
            )
        other = revision.is_whole and revision.digest != arrival.digest
        changed = other and arrival.table is None
        if changed and mill.recipe.ingest.changed_files == "refuse":
            raise Refused(
                f"--input {file.location}: source {file.source} has read a file of this name "
                "with other bytes; give it another name, or let its records take the place of "
                "the old ones with recipe.ingest.changed_files: revise"
            )


def _fresh(
    mill: Mill, found: Sequence[Arrival], standing: Standing, done: Mapping[Name, int]
) -> list[Arrival]:
    """The files that are not delivered, nor read by this run (which can free a loser of others).

    Where somebody else changed rows, nobody knows what is delivered, and all are.
    """
    known = not _unsigned(mill)
    return [
        arrival
        for arrival in found
        if arrival.name not in done and not (known and is_delivered(arrival, standing))
    ]


def _unsigned(mill: Mill) -> list[str]:
    """Tables whose rows somebody else has changed, and ``raw_documents`` where it is new.

    A quarantine without rows needs no signature: nobody builds on it.
    """
    unsigned = [name for name in _TABLES if not mill.warehouse.ledger(name).parts]
    return [n for n in unsigned if n == "raw_documents" or not mill.warehouse.is_empty(n)]


def _sign(mill: Mill) -> None:
    """Sign for tables that turned out to hold what they should."""
    for name in _unsigned(mill):
        snapshot = mill.warehouse.snapshot(name)
        stands = {name: snapshot.pin}
        mill.publish(name, Change(snapshot.rows.limit(0)), _made_of(mill, name, stands))


def _read(
    mill: Mill, fresh: Sequence[Arrival], standing: Standing
) -> tuple[dict[Name, int], Standing]:
    """Read files, and publish their rows in place of what stands of them.

    Answers the records of each file, as they were counted, and what stands now.
    """
    told = Told(mill.recipe.sources, mill.recipe.ingest)
    blocks = blocks_of(mill, fresh, told)
    tables = [(arrival, arrival.table) for arrival in fresh if arrival.table is not None]
    counted = {arrival.name: 0 for arrival in fresh}
    for block in blocks:
        counted[block["source"], block["path"]] += block["records"]
    counted |= {arrival.name: table.count() for arrival, table in tables}
    replaced = [arrival.name for arrival in fresh if arrival.name in standing.files]
    if not replaced and not any(counted.values()):
        return counted, standing
    batch = _batch(fresh)
    frame = dealt(mill, blocks)
    accepted = raw_rows(frame, told)
    for arrival, table in tables:
        file = arrival.said(counted[arrival.name])
        accepted = accepted.union(table_raw_rows(table.rows(), file, told))
    gone = mill.spark.createDataFrame(replaced, "input string, path string") if replaced else None
    made_of = _made_of(mill, "raw_documents", batch)
    load = Load(sum(counted.values()), sum(arrival.size for arrival in fresh))
    at_once = not replaced and not tables  # rows of a table are numbered first, in a shuffle
    with mill.progress.through("raw_documents", load.documents, lambda: load, at_once):
        mill.publish("raw_documents", Change(accepted, gone), made_of)
    standing = standing_of(mill)
    if not all(_is_whole(standing.of(arrival.name), arrival, counted) for arrival in fresh):
        _publish_refused(mill, fresh, frame, counted, told, batch)
        standing = standing_of(mill)
    return counted, standing


def _is_whole(stands: Sequence[Revision], arrival: Arrival, counted: Mapping[Name, int]) -> bool:
    """Whether the rows of a file are as many as its records, and of no other revision."""
    rows = sum(revision.rows for revision in stands)
    return rows == counted[arrival.name] and all(revision.is_of(arrival) for revision in stands)


def _publish_refused(
    mill: Mill,
    fresh: Sequence[Arrival],
    blocks: DataFrame,
    counted: Mapping[Name, int],
    told: Told,
    batch: dict[str, str],
) -> None:
    """Rows of the records that are not in ``raw_documents``, in place of the files' old ones."""
    raw = mill.warehouse.snapshot("raw_documents").rows
    short = unaccounted(blocks, raw)
    refused = quarantine_rows(short, told)
    missing = not short.isEmpty()
    for arrival in fresh:
        if arrival.table is not None:
            file = arrival.said(counted[arrival.name])
            there = raw.where(F.col("input") == file["source"]).where(F.col("path") == file["path"])
            there = there.select("record_number").distinct()
            if there.count() < counted[arrival.name]:
                rest = arrival.table.rows().join(there, "record_number", "left_anti")
                refused = refused.union(table_quarantine_rows(rest, file, told))
                missing = True
    names = mill.spark.createDataFrame([a.name for a in fresh], "source string, path string")
    standing = mill.warehouse.snapshot("quarantine").rows
    standing = standing.join(F.broadcast(names), ["source", "path"], "left_semi")
    made_of = _made_of(mill, "quarantine", batch)
    if not standing.isEmpty():
        mill.publish_difference("quarantine", refused, standing, _REFUSED_PLACE, made_of)
    elif missing:
        mill.publish("quarantine", Change(refused), made_of)


@contextmanager
def _changes_told() -> Iterator[None]:
    """A task that met a file that changes has failed; what it says of the file is passed on."""
    try:
        yield
    except Exception as error:
        found = _CHANGED.search(str(error))
        if found is None:
            raise
        raise Refused(
            f"--input {json.loads(found[1])}: the file changed while it was read; run the same "
            "command when it is whole"
        ) from None


def _batch(fresh: Sequence[Arrival]) -> dict[str, str]:
    """What identifies a delivery: the files that are new in it."""
    said = [[*a.name, a.file.root, a.declaration, a.digest] for a in fresh]
    return {"files": f"{digest(said)}@0"}


def _settle(mill: Mill, standing: Standing) -> bool:
    """Move records whose key an earlier one has to ``quarantine``, and say whether there were any.

    Of two commits the first adds, so that a record stands twice, never nowhere, in between.
    """
    if not standing.twice:
        return False
    snapshot = mill.warehouse.snapshot("raw_documents")
    if shared_keys(snapshot.rows).isEmpty():  # two hashes met by chance
        return False
    beaten = losers(snapshot.rows)
    settled = {"raw_documents": snapshot.pin}
    stands = mill.warehouse.snapshot("quarantine").rows
    stands = stands.join(beaten.select(*_REFUSED_PLACE), _REFUSED_PLACE, "left_semi")
    made_of = _made_of(mill, "quarantine", settled)
    mill.publish_difference("quarantine", beaten, stands, _REFUSED_PLACE, made_of)
    gone = beaten.select(F.col("source").alias("input"), "path", "record_number")
    mill.publish("raw_documents", Change(None, gone), _made_of(mill, "raw_documents", settled))
    return True


def _drop(mill: Mill, names: set[Name]) -> bool:
    """Take the rows of these files out of both tables, and say whether there were any.

    Records that lost to one of them are read again, as after any change of what they lost to.
    """
    if not names:
        return False
    for table, source in zip(_TABLES, ("input", "source"), strict=True):
        gone = mill.spark.createDataFrame(sorted(names), f"{source} string, path string")
        stands = mill.warehouse.snapshot(table)
        if stands.rows.join(F.broadcast(gone), gone.columns, "left_semi").isEmpty():
            continue
        dropped = {"dropped": f"{digest(sorted(names))}@0", table: stands.pin}
        mill.publish(table, Change(None, gone), _made_of(mill, table, dropped))
    mill.progress.say(f"{len(names)} files that this run does not name are taken out")
    return True


def _made_of(mill: Mill, table: str, inputs: dict[str, str]) -> Commit:
    return replace(mill.commit(table, []), inputs=inputs)
