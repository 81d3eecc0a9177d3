"""Tables that hold what a job is in the middle of, and are gone when it ends.

A long chain of DataFrames is cut by writing it down: what Spark caches is lost with an executor,
and Spark Connect has no checkpoints.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.warehouse import Warehouse

PREFIX = "scratch_"  # no table of a contract begins so
_FEW = 100_000  # rows without texts that the driver may hold
_PROPERTIES = {
    "delta.deletedFileRetentionDuration": "interval 0 hours",  # VACUUM may take all that is old
    "delta.dataSkippingNumIndexedCols": "0",
}


class Scratch:
    """Frames written down by name; the last two of each name can be read."""

    def __init__(self, warehouse: Warehouse, owner: str) -> None:
        """Beside the tables of ``warehouse``, under names that begin with the ``owner``'s."""
        self._warehouse = warehouse
        self._owner = owner
        self._written: dict[str, int] = {}
        self._tables: set[str] = set()

    def keep(self, name: str, frame: DataFrame) -> DataFrame:
        """Write a frame down and read it back; goes over what another run left under the name.

        Of frames kept under one name the last two stand, so that one may be made of the other.
        """
        number = self._written.get(name, 0)
        self._written[name] = number + 1
        table = f"{PREFIX}{self._owner}_{name}_{number % 2}"
        self._tables.add(table)
        self._remove(table)
        identifier = self._warehouse.identifier(table)
        writer = frame.writeTo(identifier).using("delta")
        for key, value in _PROPERTIES.items():
            writer = writer.tableProperty(key, value)
        writer.createOrReplace()
        return self._warehouse.rows_of(table)

    def hold(self, name: str, frame: DataFrame) -> DataFrame:
        """Work a frame out now: few rows are held by the driver, more are written down.

        More than a few are worked out a second time for it.
        """
        few = at_hand(frame)
        return self.keep(name, frame) if few is None else few

    def remove(self) -> None:
        """Take away every table of this run."""
        while self._tables:
            self._remove(self._tables.pop())

    def _remove(self, table: str) -> None:
        """Drop a table, its files too.

        Where there are only URLs, SQL can take away the rows but not the log of an empty table.
        """
        warehouse = self._warehouse
        if warehouse.by_name:
            warehouse.spark.sql(f"DROP TABLE IF EXISTS {warehouse.identifier(table)}")
        elif warehouse.folder is not None:
            shutil.rmtree(warehouse.folder / table, ignore_errors=True)
        elif warehouse.table_id(table) is not None:
            warehouse.spark.sql(f"DELETE FROM {warehouse.identifier(table)}")
            warehouse.spark.sql(f"VACUUM {warehouse.identifier(table)}")


def few(frame: DataFrame) -> pa.Table | None:
    """The rows of a narrow frame; None where they are more than a few."""
    found = frame.limit(_FEW + 1).toArrow()
    return None if found.num_rows > _FEW else found


def at_hand(frame: DataFrame) -> DataFrame | None:
    """The rows of a narrow frame as the driver holds them; None where they are more than a few.

    A join with them sends them to the other side, which Spark would not do by its own bound.
    """
    found = few(frame)
    return None if found is None else F.broadcast(frame.sparkSession.createDataFrame(found))


@contextmanager
def scratch(warehouse: Warehouse, owner: str) -> Iterator[Scratch]:
    """Scratch tables of an owner (the table that is made of them), removed whatever the end is.

    What a killed run left lies there unseen until the next run of its kind goes over it. Two that
    write one table of one warehouse must not work at the same time, others may.
    """
    tables = Scratch(warehouse, owner)
    try:
        yield tables
    finally:
        tables.remove()
