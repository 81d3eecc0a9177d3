"""Documents to findings, findings to edits, edits to clean documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.pii.actions import Decided
from corpusmill.pii.rules import DROP, MASK, PLACEHOLDER, SURROGATE, PiiRules
from corpusmill.pii.spans import AnalysisFailed, Edit, apply_edits
from corpusmill.pii.surrogates import surrogate
from corpusmill.pii.tally import WHOLE

if TYPE_CHECKING:
    from corpusmill.pii.analyse import Analyser

KEYS = ("doc_id", "text_digest")
_FOUND = ("kind", "start", "end", "recogniser", "score", "action")
STEP = "pii"
STEPS = ("lines", "repeats", "frequent", STEP)  # the earlier, the more it may

_ANALYSERS: dict[str, Analyser] = {}  # as many as the recipe has policies


def find_pii(documents: DataFrame, rules: PiiRules) -> DataFrame:
    """Documents (doc_id, text_digest, source, language, text) as rows of ``pii_spans``, by document
    and start.

    The spans of a document that goes have the action ``drop``. One on which a recogniser broke down
    has a single row, of kind ``DOCUMENT``: nobody knows what it holds, so it goes no further.
    """
    wanted = documents.select("doc_id", "text_digest", "source", "language", "text")
    return map_batches(wanted, partial(_finding_kernel, rules), contract("pii_spans").ddl)


def analyser_of(rules: PiiRules) -> Analyser:
    """Built once a process and set of rules."""
    from corpusmill.pii.analyse import Analyser  # seconds of imports, which only workers need

    said = repr(rules)
    if said not in _ANALYSERS:
        _ANALYSERS[said] = Analyser(rules)
    return _ANALYSERS[said]


def edits_of(spans: DataFrame) -> DataFrame:
    """Rows of ``edits`` for the spans that become their kind in angle brackets or asterisks."""
    placeholder = F.concat(F.lit("<"), "kind", F.lit(">"))
    mask = F.expr("repeat('*', int(end - start))")
    replacement = F.when(F.col("action") == PLACEHOLDER, placeholder).otherwise(mask)
    rows = spans.where(F.col("action").isin(PLACEHOLDER, MASK)).select(
        *(*KEYS, F.lit(STEP).alias("step"), "start", "end"),
        replacement.alias("replacement"),
    )
    return rows.select(*contract("edits").column_names)


def with_surrogates(spans: DataFrame) -> DataFrame:
    """The documents with values that become surrogates: doc_id, text_digest, spans."""
    span = F.struct("start", "end", "kind")
    wanted = spans.where(F.col("action") == SURROGATE).groupBy(*KEYS)
    return wanted.agg(F.array_sort(F.collect_list(span)).alias("spans"))


def surrogate_edits(documents: DataFrame, key: bytes) -> DataFrame:
    """Documents (doc_id, text_digest, text, spans) as rows of ``edits``: values to surrogates."""
    wanted = documents.select(*KEYS, "text", "spans")
    return map_batches(wanted, partial(_surrogate_kernel, key), contract("edits").ddl)


def tallies(spans: DataFrame) -> DataFrame:
    """Rows of ``pii_spans`` as rows of ``Tally``."""
    lost_by = F.when(F.col("kind") == WHOLE, F.col("recogniser")).alias("recogniser")
    groups = spans.groupBy("kind", "action", lost_by)
    return groups.agg(F.count("*").alias("findings"), F.min("doc_id").alias("example"))


def dropped(spans: DataFrame) -> DataFrame:
    """The documents that go no further, each once: doc_id, text_digest, failed.

    ``failed`` says that a recogniser broke down, not that the recipe wants the document gone.
    """
    gone = spans.where(F.col("action") == DROP).groupBy("doc_id", "text_digest")
    return gone.agg(F.bool_or(F.col("kind") == WHOLE).alias("failed"))


def with_edits(ids: DataFrame, edits: DataFrame) -> DataFrame:
    """``ids`` (doc_id, text_digest, ...) with the edits of each document as one array.

    The steps in the order of ``STEPS``, as in ``precedence``.
    """
    place = F.array_position(F.array(*map(F.lit, STEPS)), F.col("step"))
    edit = F.struct(place.alias("place"), "start", "end", "step", "replacement")
    lists = edits.groupBy("doc_id").agg(F.array_sort(F.collect_list(edit)).alias("placed"))
    both = ids.join(lists, "doc_id", "left")
    return both.withColumn("edits", F.transform("placed", _unplaced)).select(*ids.columns, "edits")


def by_step(edits: DataFrame) -> DataFrame:
    """Steps with how many edits each asks for, and of how many characters: in order of step."""
    characters = F.sum(F.col("end") - F.col("start")).alias("characters")
    return edits.groupBy("step").agg(F.count("*").alias("edits"), characters).orderBy("step")


def precedence(edit: Mapping[str, Any]) -> tuple[int, int, int, str]:
    """What sorts the rows of ``edits`` of a document: the earlier, the more it may."""
    return STEPS.index(edit["step"]), edit["start"], edit["end"], edit["replacement"]


def clean_documents(documents: DataFrame) -> DataFrame:
    """Documents (..., language, text, edits) as rows of ``clean_documents``, edits applied once."""
    names = ["doc_id", "source", "language", "text_digest", "text", "edits"]
    return map_batches(documents.select(*names), _cleaning_kernel, contract("clean_documents").ddl)


def _unplaced(edit: Column) -> Column:
    return F.struct(edit["step"], edit["start"], edit["end"], edit["replacement"])


def _finding_kernel(rules: PiiRules) -> Kernel:
    schema = arrow_schema("pii_spans")
    analysers: dict[tuple[str, str], Analyser] = {}

    def analyser(source: str, language: str) -> Analyser:
        if (source, language) not in analysers:
            analysers[source, language] = analyser_of(rules.of(source, language))
        return analysers[source, language]

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts, *places = (batch.column(name).to_pylist() for name in ("text", "source", "language"))
        owners: list[int] = []
        rows: list[dict[str, Any]] = []
        for n, found in enumerate(_found(texts, list(map(analyser, *places)))):
            of_text = _rows(found, texts[n])
            owners += [n] * len(of_text)
            rows += of_text
        columns = {name: batch.column(name).take(pa.array(owners, pa.int64())) for name in KEYS}
        columns |= {name: [row[name] for row in rows] for name in _FOUND}
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def _found(
    texts: Sequence[str], analysers: Sequence[Analyser]
) -> list[list[Decided] | AnalysisFailed]:
    """What each text's analyser says of it; the texts of one analyser are one batch."""
    found: list[list[Decided] | AnalysisFailed] = [[] for _ in texts]
    for analyser in dict.fromkeys(analysers):
        places = [n for n, own in enumerate(analysers) if own is analyser]
        of_these = analyser.decide([texts[n] for n in places])
        for place, spans in zip(places, of_these, strict=True):
            found[place] = spans
    return found


def _rows(found: list[Decided] | AnalysisFailed, text: str) -> list[dict[str, Any]]:
    if isinstance(found, AnalysisFailed):
        place = {"kind": WHOLE, "start": 0, "end": len(text)}
        return [{**place, "recogniser": found.recogniser, "score": 0, "action": DROP}]
    return [{**vars(span), "action": action} for span, action in found]


def _surrogate_kernel(key: bytes) -> Kernel:
    schema = arrow_schema("edits")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        rows = []
        for document in batch.to_pylist():
            known = {**{n: document[n] for n in ("doc_id", "text_digest")}, "step": STEP}
            for span in document["spans"]:
                start, end = span["start"], span["end"]
                stands = surrogate(span["kind"], document["text"][start:end], key)
                rows.append({**known, "start": start, "end": end, "replacement": stands})
        yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return kernel


def _cleaning_kernel() -> Kernel:
    schema = arrow_schema("clean_documents")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        columns = {name: batch.column(name) for name in schema.names}
        texts, edits = batch.column("text"), batch.column("edits")
        asked = pc.is_valid(edits)  # only these become Python's texts and go back
        pairs = zip(texts.filter(asked).to_pylist(), edits.filter(asked).to_pylist(), strict=True)
        edited = pa.array([_applied(text, own) for text, own in pairs], texts.type)
        columns["text"] = pc.replace_with_mask(texts, asked, edited)
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def _applied(text: str, asked: list[dict[str, Any]]) -> str:
    return apply_edits(text, [Edit(**edit) for edit in asked])
