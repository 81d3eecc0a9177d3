"""Documents with their language to quality rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.quality.batch import TextBatch
from corpusmill.quality.c4_lines import judge_lines, removed_spans
from corpusmill.quality.classifier import load_classifier, score
from corpusmill.quality.filters import ByLanguage, measure_all
from corpusmill.quality.rules import QualityRules

CLASSIFIER = "quality"
LINES = "lines"
KEYS = ("doc_id", "text_digest")


def score_quality(
    documents: DataFrame, rules: QualityRules, classifier: Artefact | None
) -> DataFrame:
    """Documents (doc_id, text_digest, language, text) as rows of ``quality``, one for one.

    The file of the ``classifier``, where there is one, has to be readable on every worker.
    """
    wanted = documents.select("doc_id", "text_digest", "language", "text")
    factory = partial(_kernel, rules.filters, classifier)
    return map_batches(wanted, factory, contract("quality").ddl)


def line_edits(documents: DataFrame, limits: dict[str, ByLanguage]) -> DataFrame:
    """Documents (doc_id, text_digest, language, text) as rows of ``edits`` that cut lines out.

    ``limits`` are those of the filters whose line rules are asked for (``c4``); without any there
    is no row. A removed line goes with its line feed.
    """
    wanted = documents.select("doc_id", "text_digest", "language", "text")
    if not limits:
        wanted = wanted.limit(0)
    return map_batches(wanted, partial(_line_kernel, limits), contract("edits").ddl)


def _line_kernel(limits: dict[str, ByLanguage]) -> Kernel:
    schema = arrow_schema("edits")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        languages = batch.column("language").to_pylist()
        texts = TextBatch.of(batch.column("text").to_pylist(), languages)
        judged = judge_lines(texts, limits["c4"].of(languages))
        text, start, end = removed_spans(texts, judged)
        columns = {name: batch.column(name).take(pa.array(text)) for name in KEYS}
        columns |= {"step": [LINES] * len(text), "start": start, "end": end}
        columns["replacement"] = [""] * len(text)
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def _kernel(limits: dict[str, ByLanguage], classifier: Artefact | None) -> Kernel:
    model = None if classifier is None else load_classifier(classifier)
    schema = arrow_schema("quality")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = batch.column("text").to_pylist()
        signals, broken = measure_all(texts, batch.column("language").to_pylist(), limits)
        scores = [[] for _ in texts] if model is None else _named(score(model, texts).tolist())
        columns = {
            **signals,
            "doc_id": batch.column("doc_id"),
            "text_digest": batch.column("text_digest"),
            "broken_rules": [list(rules.items()) for rules in broken],
            "classifier_scores": scores,
        }
        missing = pa.nulls(len(texts))
        arrays = [columns.get(name, missing) for name in schema.names]
        yield pa.RecordBatch.from_pydict(
            dict(zip(schema.names, arrays, strict=True)), schema=schema
        )

    return kernel


def _named(scores: list[int]) -> list[list[tuple[str, int]]]:
    return [[(CLASSIFIER, value)] for value in scores]
