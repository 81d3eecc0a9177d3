"""Documents to findings, findings to edits, edits to clean documents."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.pii.rules import PiiRules
from corpusmill.pii.spans import AnalysisFailed, Edit, apply_edits

if TYPE_CHECKING:
    from corpusmill.pii.analyse import Analyser

STEP = "pii"
STEPS = ("lines", "repeats", "frequent", STEP)  # the earlier, the more it may
WHOLE = "DOCUMENT"


def find_pii(documents: DataFrame, rules: PiiRules) -> DataFrame:
    """Documents (doc_id, text_digest, text) as rows of ``pii_spans``, by document and start.

    A document on which a recogniser broke down has one row of kind ``DOCUMENT`` with action
    ``drop``: nobody knows what it holds, so it goes no further.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(_finding_kernel, rules), contract("pii_spans").ddl)


def edits_of(spans: DataFrame) -> DataFrame:
    """Rows of ``edits`` for the spans to replace: each becomes its kind in angle brackets."""
    replaced = spans.where("action = 'placeholder'")
    replacement = F.concat(F.lit("<"), "kind", F.lit(">")).alias("replacement")
    rows = replaced.select(
        "doc_id", "text_digest", F.lit(STEP).alias("step"), "start", "end", replacement
    )
    return rows.select(*contract("edits").column_names)


def with_edits(ids: DataFrame, edits: DataFrame) -> DataFrame:
    """``ids`` (doc_id, text_digest, ...) with the edits of each document as one array.

    The steps in the order of ``STEPS``.
    """
    place = F.array_position(F.array(*map(F.lit, STEPS)), F.col("step"))
    edit = F.struct(place.alias("place"), "start", "end", "step", "replacement")
    lists = edits.groupBy("doc_id").agg(F.array_sort(F.collect_list(edit)).alias("placed"))
    both = ids.join(lists, "doc_id", "left")
    return both.withColumn("edits", F.transform("placed", _unplaced)).select(*ids.columns, "edits")


def clean_documents(documents: DataFrame) -> DataFrame:
    """Documents (..., language, text, edits) as rows of ``clean_documents``, edits applied once."""
    names = ["doc_id", "source", "language", "text_digest", "text", "edits"]
    return map_batches(documents.select(*names), _cleaning_kernel, contract("clean_documents").ddl)


def _unplaced(edit: Column) -> Column:
    return F.struct(edit["step"], edit["start"], edit["end"], edit["replacement"])


@lru_cache(maxsize=2)
def _analyser(rules: PiiRules) -> Analyser:
    """Built once a process."""
    from corpusmill.pii.analyse import Analyser  # seconds of imports, which only workers need

    return Analyser(rules)


def _finding_kernel(rules: PiiRules) -> Kernel:
    analyser, schema = _analyser(rules), arrow_schema("pii_spans")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        rows: list[dict[str, Any]] = []
        for document in batch.to_pylist():
            known = {name: document[name] for name in ("doc_id", "text_digest")}
            rows += [{**known, **row} for row in _spans(analyser, document["text"])]
        yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return kernel


def _spans(analyser: Analyser, text: str) -> Iterator[dict[str, Any]]:
    try:
        for span in analyser.find_spans(text):
            yield {**vars(span), "action": "placeholder"}
    except AnalysisFailed as failed:
        place = {"kind": WHOLE, "start": 0, "end": len(text)}
        yield {**place, "recogniser": failed.recogniser, "score": 0, "action": "drop"}


def _cleaning_kernel() -> Kernel:
    schema = arrow_schema("clean_documents")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        columns = {name: batch.column(name) for name in schema.names}
        texts, edits = batch.column("text").to_pylist(), batch.column("edits").to_pylist()
        columns["text"] = [_applied(text, asked) for text, asked in zip(texts, edits, strict=True)]
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def _applied(text: str, asked: list[dict[str, Any]] | None) -> str:
    return apply_edits(text, [Edit(**edit) for edit in asked]) if asked else text
