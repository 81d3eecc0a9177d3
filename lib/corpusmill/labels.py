"""Labelled documents for a classifier: by source, from the table ``labels``, from other tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from corpusmill.mill import Mill
from corpusmill.quality.classifier import PREFIX
from corpusmill.quality.classifier_rules import ClassifierRules, LabelledTable
from corpusmill.quality.examples import Example
from corpusmill.quality.transform import label_documents, label_rows, labels_of_documents
from corpusmill.refusal import Refused
from corpusmill.sampling import drawn
from corpusmill.tables import identifier_of, newest_version, rows_at

_LABELS = "labels"
_BAD_DATA = "22"  # what SQLSTATEs of values that cannot be computed with begin with
_UNNAMED = "quality"  # the classifier that rows of a table without the column `classifier` are for
_EXAMPLE = ("doc_id", "label", "source", "page", "chars", "text")


@dataclass(frozen=True)
class Labelled:
    """Examples in a fixed order, the versions they are of, and how many there were to draw from.

    ``contradicted`` documents have both labels and are no examples of either.
    """

    examples: tuple[Example, ...]
    pins: dict[str, str]
    found: dict[int, int]
    contradicted: int

    @property
    def counts(self) -> dict[str, int]:
        """How many documents there were to draw from, by what they are for."""
        sides = {"negative": self.found[0], "positive": self.found[1]}
        return {**sides, "contradicted": self.contradicted}


def labelled_documents(mill: Mill, name: str, rules: ClassifierRules) -> Labelled:
    """Examples for the classifier of that name, about ``rules.sample`` of each label.

    The table ``labels`` (doc_id, label, and where it has them page and classifier) outranks the
    labels by source. Those are weak: they say where a text comes from and stand in for what it is
    worth.
    """
    pins: dict[str, str] = {}
    parts: list[_Part] = []
    labels = _labels(mill, name, pins)
    if labels is not None or rules.positive or rules.negative:
        documents, raw = mill.read("documents"), mill.read("raw_documents")
        pins |= {read.name: read.pin for read in (documents, raw)}
        texts = documents.rows.select(
            "doc_id", "chars", F.substring("text", 1, PREFIX).alias("text")
        )
        parts.append(_Part(label_documents(documents.rows, raw.rows, labels, rules), texts))
        _tell_missing(mill, name, rules, documents.rows)
    for key, label in (("positive_tables", 1), ("negative_tables", 0)):
        for place, entry in enumerate(getattr(rules, key)):
            source = f"{key}[{place}]"
            said = f"recipe.quality.classifiers.{name}.{source}.table: {entry.table}"
            rows, pins[source] = _rows(mill, entry, said)
            parts.append(_Part(label_rows(rows, entry, label, source), None))
    try:
        return _examples(mill, rules, parts, pins)
    except PySparkException as error:
        wheres = [entry.where for entry in (*rules.positive_tables, *rules.negative_tables)]
        if not any(wheres) or not (error.getSqlState() or "").startswith(_BAD_DATA):
            raise
        said = f"recipe.quality.classifiers.{name}: a table's `where` fails on some row of it"
        raise Refused(
            f"{said} ({error.getCondition()}); try_cast is null where cast fails"
        ) from None


def _tell_missing(mill: Mill, name: str, rules: ClassifierRules, documents: DataFrame) -> None:
    """Sources that no document is of: names that are perhaps misspelt."""
    named = {*rules.positive, *rules.negative}
    if not named:
        return
    known = documents.where(F.col("source").isin(*named)).select("source").distinct()
    for source in sorted(named - {row.source for row in known.collect()}):
        mill.progress.say(f"recipe.quality.classifiers.{name}: no document is of source {source}")


@dataclass(frozen=True)
class _Part:
    """Labelled rows, and where their texts are (None: they have them)."""

    rows: DataFrame
    texts: DataFrame | None


def _labels(mill: Mill, name: str, pins: dict[str, str]) -> DataFrame | None:
    """What the table ``labels`` says for a classifier: doc_id, label, page."""
    if mill.warehouse.table_id(_LABELS) is None:
        return None
    table = mill.warehouse.snapshot(_LABELS)
    rows = table.rows
    missing = [column for column in ("doc_id", "label") if column not in rows.columns]
    if missing:
        raise Refused(f"table {_LABELS}: has no column {missing[0]}")
    if dict(rows.dtypes)["label"] not in ("tinyint", "smallint", "int", "bigint", "boolean"):
        raise Refused(f"table {_LABELS}: the column label must be a whole number or a boolean")
    if "classifier" in rows.columns:
        rows = rows.where(F.col("classifier") == name)
    elif name != _UNNAMED:
        return None
    pins[_LABELS] = table.pin
    page = F.col("page") if "page" in rows.columns else F.lit(None)
    label, page = F.col("label").cast("int"), page.cast("string")
    return rows.select("doc_id", label.alias("label"), page.alias("page"))


def _rows(mill: Mill, entry: LabelledTable, said: str) -> tuple[DataFrame, str]:
    """The rows of a user's table that are meant, and its pin. Raises ``Refused``, as ``said``."""
    identifier = _identifier(mill, entry.table)
    table_id, newest = newest_version(mill.spark, identifier, said)
    version = newest if entry.version is None else entry.version
    rows = rows_at(mill.spark, identifier, version, said)
    for key in ("text", "id", "page"):
        column = getattr(entry, key)
        if column is not None and column not in rows.columns:
            known = ", ".join(rows.columns[:20])
            raise Refused(f"{said} has no column {column} ({key}); it has {known}")
    if dict(rows.dtypes)[entry.text] != "string":
        raise Refused(f"{said}: the column {entry.text} holds no text")
    if entry.where is not None:
        try:
            rows = rows.where(entry.where)
            rows.columns  # noqa: B018  (asks Spark what it makes of the condition)
        except PySparkException as error:
            reason = error.getCondition() or type(error).__name__
            raise Refused(f"{said}: where cannot be understood ({reason})") from None
    return rows, f"{table_id}@{version}"


def _identifier(mill: Mill, table: str) -> str:
    if "/" in table:
        return identifier_of(table if "://" in table else str(Path(table).expanduser().absolute()))
    return identifier_of(table) if "." in table else mill.warehouse.identifier(table)


def _examples(
    mill: Mill, rules: ClassifierRules, parts: Sequence[_Part], pins: dict[str, str]
) -> Labelled:
    if not parts:
        return Labelled((), pins, {0: 0, 1: 0}, 0)
    named = _union([part.rows.select("doc_id", "label") for part in parts])
    told = labels_of_documents(named)
    counts = {row.label: row["count"] for row in told.groupBy("label").count().collect()}
    found = {label: counts.get(label, 0) for label in (0, 1)}
    both = counts.get(None, 0)
    examples: tuple[Example, ...] = ()
    if min(found.values()):
        out = told.where("label is null").select("doc_id") if both else None
        texts = [
            _with_texts(mill, part, out, label, (rules.sample, count))
            for part in parts
            for label, count in found.items()
        ]
        examples = _in_order(_union(texts), mill.recipe.seed)
    return Labelled(examples, pins, found, both)


def _with_texts(
    mill: Mill, part: _Part, out: DataFrame | None, label: int, share: tuple[int, int]
) -> DataFrame:
    """The part's share of the examples of a label, but those that are ``out``."""
    rows = drawn(part.rows.where(F.col("label") == label), "labels", mill.recipe.seed, share)
    if out is not None:
        rows = rows.join(out, "doc_id", "left_anti")
    if part.texts is not None:
        rows = part.texts.join(mill.hinted(rows, share[0]), "doc_id")
    return rows.select(*_EXAMPLE)


def _in_order(rows: DataFrame, seed: int) -> tuple[Example, ...]:
    """Examples in the order of their ids' keyed hashes.

    Rows of one id say the same and are one example, of the first of their sources and pages.
    """

    def place(row: Row) -> tuple[str, ...]:
        key = hashlib.sha256(f"{seed}\0examples\0{row.doc_id}".encode()).hexdigest()
        return key, row.doc_id, row.source, row.page

    by_id = groupby(sorted(rows.collect(), key=place), key=lambda row: row.doc_id)
    first = (next(same) for _, same in by_id)
    return tuple(Example(row.text, row.label, row.chars, row.source, row.page) for row in first)


def _union(frames: Sequence[DataFrame]) -> DataFrame:
    return reduce(DataFrame.unionByName, frames)
