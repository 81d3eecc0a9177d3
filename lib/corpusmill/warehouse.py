"""Delta tables by path or by catalog name: created by contract, read by version, published once.

Every commit of ours says what it was made of (``corpusmill.ledger``). Publishing the same thing
twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from corpusmill.contracts import contract
from corpusmill.failure import is_missing_table
from corpusmill.ledger import (
    Commit,
    Committed,
    Ledger,
    commits_of,
    metadata_of,
    newest,
    newest_alike,
    recorded_by,
    rows_appended,
)
from corpusmill.publication import Change, exchange, fitting, lacking, of_part, told_clearly
from corpusmill.refusal import Refused
from corpusmill.retention import retaining, unreadable

_CATALOG_NAME = re.compile(r"[A-Za-z0-9_]+\.[A-Za-z0-9_]+")
_AT_ONCE = 4  # tables created at the same time
_HEAD = 50  # newest commits looked through for one of ours
_NO_NAMESPACE = ("SCHEMA_NOT_FOUND", "NAMESPACE", "CATALOG_NOT_FOUND", "CATALOG_PLUGIN")


def is_catalog_name(place: str) -> bool:
    """Whether a place is a ``catalog.schema``; anything else is a folder or a URL."""
    return bool(_CATALOG_NAME.fullmatch(place))


@dataclass(frozen=True)
class Snapshot:
    """One version of one table: who it is (asked for when somebody wants to know), and its rows."""

    name: str
    version: int
    rows: DataFrame
    identify: Callable[[], str] = field(repr=False)

    @property
    def table_id(self) -> str:
        """Delta's id of the table."""
        return self.identify()

    @property
    def pin(self) -> str:
        """The version as commits and manifests name what they were made of: ``id@version``."""
        return f"{self.table_id}@{self.version}"


class Warehouse:
    """The tables under one folder, or in one ``catalog.schema``."""

    def __init__(self, spark: SparkSession, place: str) -> None:
        """``place`` is ``catalog.schema``, or else a folder (local paths are made absolute)."""
        self.spark = spark
        self.by_name = is_catalog_name(place)
        local = self.by_name or "://" in place
        self.place = place if local else str(Path(place).expanduser().absolute())
        self._there: set[str] = set()
        self._ids: dict[str, str] = {}
        self._heads: dict[str, list[Row]] = {}
        self._counts: dict[tuple[str, int], int] = {}

    @property
    def folder(self) -> Path | None:
        """The folder of the tables on a disk; None for a catalog or an object store."""
        return None if self.by_name or "://" in self.place else Path(self.place)

    def identifier(self, name: str) -> str:
        """How SQL calls a table."""
        if self.by_name:
            return ".".join(f"`{part}`" for part in (*self.place.split("."), name))
        return f"delta.`{self.place.replace('`', '``')}/{name}`"

    def ensure(self, *names: str, unread: Sequence[str] = ()) -> None:
        """Create the tables of these contracts that are not there, and read their histories.

        The histories of those ``unread`` are not asked for before somebody wants to know.
        """
        wanted = dict.fromkeys((*names, *unread))
        unknown = [name for name in wanted if name not in self._there]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._ensure, unknown, [name in names for name in unknown]))
        self._there.update(unknown)

    def _ensure(self, name: str, is_read: bool) -> None:
        try:
            self.spark.sql(contract(name).create(self.identifier(name)))
        except PySparkException as error:
            condition = error.getCondition() or ""
            if self.by_name and any(sign in condition for sign in _NO_NAMESPACE):
                advice = f"create it, or write ./{self.place} for a folder"
                raise Refused(f"runtime.warehouse: no schema {self.place}; {advice}") from None
            raise
        if is_read:
            self._head(name)

    def table_id(self, name: str) -> str | None:
        """Delta's id of the table, or None where there is none.

        Asked once: nobody but this run drops or makes tables while it goes on.
        """
        if name in self._ids:
            return self._ids[name]
        try:
            told = newest(self._head(name), None) or Ledger()
            self._ids[name] = told.table or str(self.detail(name)["id"])
        except PySparkException as error:
            if not is_missing_table(error):
                raise
        return self._ids.get(name)

    def has(self, name: str) -> bool:
        """Whether a table is there."""
        return name in self._there or self.table_id(name) is not None

    def detail(self, name: str) -> Row:
        """What Delta says of a table as it is now: ``id``, ``numFiles``, ``properties``, ..."""
        [detail] = self.spark.sql(f"DESCRIBE DETAIL {self.identifier(name)}").collect()
        return detail

    def version(self, name: str) -> int:
        """The newest version of a table."""
        return int(self._head(name)[0]["version"])

    def snapshot(self, name: str, version: int | None = None) -> Snapshot:
        """A version of a table (none given: the newest).

        Raises ``Refused`` where the table or the version is missing, may no longer be read, or
        lacks columns of its contract.
        """
        if not self.has(name):
            raise Refused(
                f"table {name} does not exist in {self.place}; run the job that writes it"
            )
        number = self.version(name) if version is None else version
        try:
            rows = self._rows(name, number)
        except PySparkException as error:
            reason = error.getCondition() or type(error).__name__
            told = unreadable(self.identifier(name), name, number, reason)
            raise Refused(told) from None
        if missed := lacking(rows, contract(name)):
            raise Refused(
                f"table {name} in {self.place} was made by another release of Corpusmill (it has "
                f"no {', '.join(missed)}); mill into another runtime.warehouse"
            )
        return Snapshot(name, number, rows, lambda: str(self.table_id(name)))

    def alike(self, name: str, version: int) -> Snapshot:
        """The rows of an older version, out of the newest version that has the same.

        Once files were made one and the old ones taken away, that is the one that can be read.
        Raises ``Refused`` as ``snapshot`` does.
        """
        return self.snapshot(name, newest_alike(self._back_to(name, version), version))

    def is_empty(self, name: str) -> bool:
        """Whether a table has no rows, as its history tells; False where that does not say."""
        return self._appended(name, self.version(name)) == 0

    def count(self, name: str, version: int) -> int:
        """Rows of a version of a table."""
        if (name, version) not in self._counts:
            told = self._appended(name, version)
            rows = self._rows(name, version).count() if told is None else told
            self._counts[name, version] = rows
        return self._counts[name, version]

    def _appended(self, name: str, version: int) -> int | None:
        return rows_appended(
            self._head(name),
            version,
            {at: rows for (table, at), rows in self._counts.items() if table == name},
        )

    def ledger(self, name: str, version: int | None = None) -> Ledger:
        """What our newest commit on a table (up to a version) says; others' are passed over."""
        found = newest(self._head(name), version)
        if found is None and len(self._head(name)) == _HEAD:
            found = newest(self._history(name, None), version)
        return found or Ledger()

    def commits(self, name: str) -> list[Committed]:
        """Our commits among the newest on a table, newest first."""
        return commits_of(self._head(name))

    def committed(self, name: str, version: int) -> datetime | None:
        """When a version of a table was committed, where its history still says so."""
        rows = self._back_to(name, version)
        return next((row["timestamp"] for row in rows if row["version"] == version), None)

    def publish(self, name: str, change: Change, commit: Commit) -> int:
        """Make the change in one commit and return the version that came of it.

        A change of the same identity as the last one to the same part has been made already (a
        driver may die before it hears of its commit), so it is left alone.

        Raises ``ContractError`` when columns or types are not the contract's, or a row breaks one
        of its checks, and ``Overtaken`` when Delta meets the commit of another run.
        """
        rows = None if change.add is None else fitting(change.add, contract(name))
        ledger = self.ledger(name)
        last = ledger.parts.get(commit.part)
        if last is not None and last.identity == commit.identity:
            return self.version(name)
        number = ledger.number + 1
        parts = {**ledger.parts, commit.part: commit}
        metadata = metadata_of(str(self.table_id(name)), number, parts, commit)
        options = {
            "userMetadata": metadata,
            "txnAppId": f"corpusmill/{name}",
            "txnVersion": str(number),
        }
        is_empty = self.is_empty(name)
        self._heads.pop(name, None)
        with told_clearly(name):
            if change.remove is not None:
                place = (self.identifier(name), contract(name))
                exchange(*place, rows, change.remove, options, partial(self.rows_of, name))
            elif rows is not None:
                writer = rows.writeTo(self.identifier(name)).options(**options)
                if change.replace and commit.part:
                    writer.overwrite(of_part(commit.part))
                elif change.replace and not is_empty:  # Delta would look for files to remove
                    writer.overwrite(F.lit(True))
                else:
                    writer.append()
        return self.version(name)  # Delta skips a commit whose number it has seen

    def recorded(self, name: str) -> dict[str, str]:
        """What the notes in a table say is recorded there (``id@version`` by table), read anew."""
        self._heads.pop(name, None)
        found = recorded_by(self._head(name))
        if not found and len(self._head(name)) == _HEAD:
            found = recorded_by(self._history(name, None))
        return found

    def note(self, name: str, rows: DataFrame, metadata: str) -> None:
        """Append rows to a table in which nobody looks for what is left to do.

        Without a transaction number, for which Delta would put the state of the table together.
        """
        rows = fitting(rows, contract(name))
        self._heads.pop(name, None)
        with told_clearly(name):
            writer = rows.writeTo(self.identifier(name))
            writer.option("userMetadata", metadata).append()

    def erase(self, name: str, where: str) -> None:
        """Delete rows of a table of notes, by a condition that quotes no text."""
        self._heads.pop(name, None)
        self.spark.sql(f"DELETE FROM {self.identifier(name)} WHERE {where}")

    def retain(self, name: str, interval: str) -> None:
        """Have Delta keep old versions of a table for an ``interval``, in a commit of no row."""
        self._heads.pop(name, None)
        self.spark.sql(retaining(self.identifier(name), contract(name), interval))

    def rows_of(self, name: str) -> DataFrame:
        """The newest version of any Delta table of this place, as it is now and stays."""
        [newest] = self._history(name, 1)
        return self._rows(name, newest["version"])

    def _rows(self, name: str, version: int) -> DataFrame:
        return self.spark.sql(f"SELECT * FROM {self.identifier(name)} VERSION AS OF {version:d}")

    def _head(self, name: str) -> list[Row]:
        """The newest commits, read again only after a commit of our own."""
        if name not in self._heads:
            self._heads[name] = self._history(name, _HEAD)
        return self._heads[name]

    def _back_to(self, name: str, version: int) -> list[Row]:
        """The commits from the newest back to a version at least."""
        head = self._head(name)
        return head if version >= head[-1]["version"] else self._history(name, None)

    def _history(self, name: str, limit: int | None) -> list[Row]:
        bound = "" if limit is None else f" LIMIT {limit}"
        return self.spark.sql(f"DESCRIBE HISTORY {self.identifier(name)}{bound}").collect()
