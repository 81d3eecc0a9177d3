"""The tables of a run as the report reads them: each once, at one version, or empty."""

from __future__ import annotations

from datetime import datetime, timezone

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.contracts import TABLES, contract
from corpusmill.mill import Mill
from corpusmill.report.facts import UNIDENTIFIED, TableState
from corpusmill.run_record import RUNS

OF_LICENCE = ("source", "kind", "origin", "licence")
NARROW = {
    "documents": ("chars",),
    "languages": ("language", "language_score"),
    "quality": ("words",),
    "selection": ("kept",),
    "duplicates": ("is_survivor",),
    "edits": (),
    "clean_documents": (),
    "tokens": ("token_count", "unknown_count"),
}
"""What is asked of a document, by table; of ``edits`` and ``clean_documents`` whether it is in."""


class Read:
    """The tables of a run as they are read once: empty where there is none."""

    def __init__(self, mill: Mill) -> None:
        """At the versions that the run names, else the newest."""
        self._mill = mill
        self.states = {name: self._state(name) for name in TABLES if name != RUNS}

    def rows(self, name: str) -> DataFrame:
        """The rows of a table."""
        state = self.states[name]
        if not state.rows:
            return self._mill.spark.createDataFrame([], contract(name).ddl)
        return self._mill.warehouse.snapshot(name, state.version).rows

    def chain(self, name: str) -> str | None:
        """The chain digest of what filled a table; None where nobody, or somebody else, did."""
        state = self.states[name]
        if state.version is None:
            return None
        made = self._mill.warehouse.ledger(name, state.version).parts.get("")
        return None if made is None else made.chain_digest

    def count(self, name: str) -> int:
        """How many they are."""
        return self.states[name].rows

    def described(self, *names: str) -> DataFrame:
        """Every accepted document, and what each of these tables has of it (null: nothing)."""
        both = self.rows("raw_documents").select("doc_id", "part", *OF_LICENCE)
        for name in names:
            found = self.rows(name).select("doc_id", *NARROW[name])
            found = found.distinct() if name == "edits" else found
            both = both.join(found.withColumn(f"in_{name}", F.lit(True)), "doc_id", "left")
        language = F.coalesce("language", F.lit(UNIDENTIFIED))
        return both.withColumn("language", language)

    def _state(self, name: str) -> TableState:
        warehouse = self._mill.warehouse
        if not warehouse.has(name):
            return TableState(name)
        version = self._mill.versions.get(name, warehouse.version(name))
        committed = warehouse.committed(name, version)
        rows = warehouse.count(name, version)
        is_filled = rows > 0 or warehouse.ledger(name, version).number > 0
        return TableState(name, version, rows, utc(committed), is_filled)


def utc(time: datetime | None) -> str:
    """A time as the page tells it."""
    return "" if time is None else time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
