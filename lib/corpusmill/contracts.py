"""Table contracts, read from the ``.sql`` files of ``corpusmill.schemas``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import pyarrow as pa

_COLUMN = re.compile(
    r"^  (\w+) ([A-Z]+(?:<[A-Z, <>]+>)?)( NOT NULL)? COMMENT '((?:[^'\\]|\\.)*)',?$"
)
_PROPERTY = re.compile(r"^  '(delta\.\w+)' = '([^']*)',?$")
_CHECK = re.compile(r"^  'delta\.constraints\.(\w+)' = ")

TABLES = (
    "raw_documents",
    "quarantine",
    "documents",
    "languages",
    "quality",
    "lsh_index",
    "edges",
    "duplicates",
    "selection",
    "edits",
    "pii_spans",
    "clean_documents",
    "tokens",
    "mix_plan",
    "shard_sets",
    "pins",
    "runs",
)


@dataclass(frozen=True)
class Column:
    """One column: its SQL type in lower case, whether it may be null, and what it holds."""

    name: str
    type: str
    nullable: bool
    comment: str


@dataclass(frozen=True)
class Contract:
    """A table as its ``.sql`` file declares it."""

    name: str
    columns: tuple[Column, ...]
    checks: tuple[str, ...]
    properties: Mapping[str, str]
    statement: str

    @property
    def ddl(self) -> str:
        """The columns as Spark's DDL schema text."""
        return ", ".join(f"`{column.name}` {column.type}" for column in self.columns)

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    def create(self, identifier: str) -> str:
        """The CREATE TABLE statement for a table of another name or place."""
        return self.statement.replace(
            f"CREATE TABLE IF NOT EXISTS {self.name} (",
            f"CREATE TABLE IF NOT EXISTS {identifier} (",
        )


@cache
def contract(name: str) -> Contract:
    """The contract of one of ``TABLES``."""
    statement = resources.files("corpusmill.schemas").joinpath(f"{name}.sql").read_text("utf-8")
    lines = statement.splitlines()
    columns = tuple(
        Column(
            found[1],
            found[2].lower().replace(", ", ","),
            found[3] is None,
            found[4].replace("\\'", "'"),
        )
        for found in map(_COLUMN.match, lines)
        if found
    )
    checks = tuple(found[1] for found in map(_CHECK.match, lines) if found)
    properties = {found[1]: found[2] for found in map(_PROPERTY.match, lines) if found}
    return Contract(name, columns, checks, properties, statement.strip().rstrip(";"))


def arrow_schema(table: str) -> pa.Schema:
    """The contract of a table with the types its batches have in Arrow."""
    types = {
        "string": pa.string(),
        "bigint": pa.int64(),
        "int": pa.int32(),
        "boolean": pa.bool_(),
        "binary": pa.binary(),
        "array<string>": pa.list_(pa.string()),
        "array<int>": pa.list_(pa.int32()),
        "map<string,string>": pa.map_(pa.string(), pa.string()),
        "map<string,bigint>": pa.map_(pa.string(), pa.int64()),
        "map<string,int>": pa.map_(pa.string(), pa.int32()),
        "map<string,array<string>>": pa.map_(pa.string(), pa.list_(pa.string())),
    }
    return pa.schema([(column.name, types[column.type]) for column in contract(table).columns])
