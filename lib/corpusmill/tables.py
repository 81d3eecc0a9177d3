"""Delta tables as inputs: which version, and which rows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from corpusmill.digests import digest
from corpusmill.ingest.files import InputFile
from corpusmill.ingest.sources import Source
from corpusmill.ingest.transform import new_rows, numbered
from corpusmill.refusal import Refused


@dataclass(frozen=True)
class Table:
    """A version of a table: its rows, or those that are not in an earlier version."""

    spark: SparkSession
    identifier: str
    table_id: str
    version: int
    since: int | None

    @property
    def digest(self) -> str:
        """What stands for the bytes of a file: a version of a Delta table never changes."""
        return digest([self.table_id, self.version, self.since])

    def count(self) -> int:
        """How many rows are wanted."""
        return self._wanted().count()

    def rows(self) -> DataFrame:
        """Every wanted row as (record_number, fields)."""
        return numbered(self._wanted())

    def _wanted(self) -> DataFrame:
        rows = self._at(self.version)
        return rows if self.since is None else new_rows(rows, self._at(self.since))

    def _at(self, version: int) -> DataFrame:
        return rows_at(self.spark, self.identifier, version, self.identifier)


def find_table(spark: SparkSession, file: InputFile, sources: Mapping[str, Source]) -> Table:
    """The table of an input at the version that is wanted, the newest where none is.

    Raises ``Refused`` for a missing table, version or column, and for a table without ids: the
    place of a row changes whenever its table is compacted.
    """
    said = f"--input {file.location}"
    identifier = identifier_of(file.location)
    table_id, newest = newest_version(spark, identifier, said)
    version = newest if file.version is None else file.version
    table = Table(spark, identifier, table_id, version, file.since)
    for wanted in {table.version, file.since if file.since is not None else table.version}:
        _check(spark, identifier, file, wanted, sources.get(file.source, Source()))
    return table


def identifier_of(location: str) -> str:
    """How SQL calls a table: a folder (an absolute path or a URL), or a name in a catalog."""
    if location.startswith("/") or "://" in location:
        return f"delta.`{location.replace('`', '``')}`"
    return ".".join(f"`{part.replace('`', '``')}`" for part in location.split("."))


def newest_version(spark: SparkSession, identifier: str, said: str) -> tuple[str, int]:
    """Delta's id of a table, and its newest version.

    Raises ``Refused``, naming the table as it is ``said``.
    """
    try:
        detail = spark.sql(f"DESCRIBE DETAIL {identifier}").first()
        newest = spark.sql(f"DESCRIBE HISTORY {identifier} LIMIT 1").first()
    except PySparkException as error:
        raise Refused(f"{said}: {_named(error)}") from None
    if detail is None or newest is None or detail["format"] != "delta":
        raise Refused(f"{said}: not a Delta table")
    return str(detail["id"]), int(newest["version"])


def rows_at(spark: SparkSession, identifier: str, version: int, said: str) -> DataFrame:
    """The rows of a version. Raises ``Refused``, naming the table as it is ``said``."""
    try:
        rows = spark.sql(f"SELECT * FROM {identifier} VERSION AS OF {version:d}")
        rows.columns  # noqa: B018  (asks Spark whether it can be read)
    except PySparkException as error:
        raise Refused(f"{said}: version {version} cannot be read ({_named(error)})") from None
    return rows


def _check(
    spark: SparkSession, identifier: str, file: InputFile, version: int, source: Source
) -> None:
    names = rows_at(spark, identifier, version, f"--input {file.location}").columns
    columns = source.columns
    for key, column in (("id", columns.id), ("text", columns.text)):
        if column not in names:
            raise Refused(
                f"recipe.sources.{file.source}.columns.{key}: {file.location} has no column "
                f"{column}; it has {', '.join(names[:20])}"
            )


def _named(error: PySparkException) -> str:
    return error.getCondition() or type(error).__name__
