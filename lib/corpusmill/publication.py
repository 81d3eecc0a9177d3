"""What a change to a table is made of: rows that fit its contract, keys that go, one statement.

What goes wrong on the way is told without the values it went wrong on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from corpusmill.contracts import Contract

_VIOLATED = re.compile(
    r"(?:CHECK constraint|NOT NULL constraint violated for column:?) (\w+)", re.I
)
_SOURCE = "corpusmill_change"  # the view that a MERGE reads
_USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_TXN = ("spark.databricks.delta.write.txnAppId", "spark.databricks.delta.write.txnVersion")


@dataclass(frozen=True)
class Change:
    """What a publication does to a table, in one commit.

    ``add`` is inserted (none: nothing is); ``remove`` holds the keys of rows that go first;
    ``replace`` empties the table, or the given part of it, before.
    """

    add: DataFrame | None
    remove: DataFrame | None = None
    replace: bool = False


class ContractError(Exception):
    """Rows do not fit the contract of their table; the message holds no values."""


class Overtaken(Exception):
    """Another run wrote to the same table at the same time."""

    def __init__(self, table: str) -> None:
        """``table`` is its name."""
        super().__init__(f"{table}: another run writes to it at the same time; let one finish")


def of_part(part: str) -> Column:
    """What is true for the rows of a part, which is named by its relations: ``exact+address``."""
    return F.col("relation").isin(*part.split("+"))


def lacking(frame: DataFrame, table: Contract) -> list[str]:
    """The columns of a contract that a frame does not have, or has of another type."""
    there = {(column.name, column.dataType.simpleString()) for column in frame.schema}
    return [each.name for each in table.columns if (each.name, each.type) not in there]


def fitting(frame: DataFrame, table: Contract) -> DataFrame:
    """The columns of a contract in its order. Raises ``ContractError`` where they are others."""
    actual = {column.name: column.dataType.simpleString() for column in frame.schema}
    wanted = {column.name: column.type for column in table.columns}
    if actual != wanted:
        differing = sorted(set(actual.items()) ^ set(wanted.items()))
        raise ContractError(f"{table.name}: columns differ from the contract: {differing}")
    return frame.select(*table.column_names)


def exchange(
    identifier: str,
    table: Contract,
    rows: DataFrame | None,
    remove: DataFrame,
    options: Mapping[str, str],
    standing: Callable[[], DataFrame],
) -> None:
    """Delete the rows that match a key of ``remove`` and insert ``rows``, in one commit.

    What a MERGE is made of can only be told by settings of the session. Where a platform takes
    none of them (serverless), the whole table is written again, which has ``options``
    (``userMetadata``, ``txnAppId``, ``txnVersion``, in this order); ``standing`` are its rows.
    """
    settings = dict(zip((_USER_METADATA, *_TXN), options.values(), strict=True))
    with _set_for_now(remove.sparkSession, settings) as is_set:
        if is_set:
            _merge(identifier, table, rows, remove)
            return
    stay = standing().join(remove, remove.columns, "left_anti").select(*table.column_names)
    whole = stay if rows is None else stay.unionByName(rows)
    whole.writeTo(identifier).options(**options).overwrite(F.lit(True))


def _merge(identifier: str, table: Contract, rows: DataFrame | None, remove: DataFrame) -> None:
    """One that inserts is a full outer join with the files that hold such rows, which shuffles
    them; one that only deletes is none."""
    keys, columns = remove.columns, table.column_names
    gone = reduce(
        lambda frame, column: frame.withColumn(column.name, F.lit(None).cast(column.type)),
        [column for column in table.columns if column.name not in keys],
        remove.distinct(),
    ).select(*columns, F.lit(True).alias("_gone"))
    source, insert = gone, ""
    if rows is not None:
        source = rows.select("*", F.lit(False).alias("_gone")).unionByName(gone)
        names, values = (
            ", ".join(f"{side}`{column}`" for column in columns) for side in ("", "c.")
        )
        insert = f"WHEN NOT MATCHED AND NOT c.`_gone` THEN INSERT ({names}) VALUES ({values})"
    source.createOrReplaceTempView(_SOURCE)
    match = " AND ".join(f"t.`{key}` = c.`{key}`" for key in keys)
    remove.sparkSession.sql(
        f"MERGE INTO {identifier} t USING {_SOURCE} c "
        f"ON c.`_gone` AND {match} WHEN MATCHED THEN DELETE {insert}"
    )


@contextmanager
def _set_for_now(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[bool]:
    """Settings of the session for a while; False where it may not have one of them."""
    taken = []
    with suppress(PySparkException):
        for key, value in settings.items():
            spark.conf.set(key, value)
            taken.append(key)
    try:
        yield len(taken) == len(settings)
    finally:
        for key in taken:
            spark.conf.unset(key)


@contextmanager
def told_clearly(name: str) -> Iterator[None]:
    """Delta prints the values of a row that breaks a check; ours are told by the check's name.

    Raises ``ContractError`` for such a row, ``Overtaken`` where Delta met the commit of another
    run, and whatever else was raised as it is.
    """
    try:
        yield
    except Exception as error:
        if type(error).__name__.startswith("Concurrent") or "DELTA_CONCURRENT" in str(error):
            raise Overtaken(name) from None
        found = _VIOLATED.search(str(error))
        if found is None:
            raise
        raise ContractError(f"{name}: a row breaks the check {found[1]}") from None
