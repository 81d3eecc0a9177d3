"""Documents with their language to quality rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.quality.classifier import load_classifier, score
from corpusmill.quality.filters import measure_all
from corpusmill.quality.rules import QualityRules

CLASSIFIER = "quality"


def score_quality(
    documents: DataFrame, rules: QualityRules, classifier: Artefact | None
) -> DataFrame:
    """Documents (doc_id, text_digest, language, text) as rows of ``quality``, one for one.

    The file of the ``classifier``, where there is one, has to be readable on every worker.
    """
    wanted = documents.select("doc_id", "text_digest", "language", "text")
    factory = partial(_kernel, rules.presets, classifier)
    return map_batches(wanted, factory, contract("quality").ddl)


def _kernel(presets: tuple[str, ...], classifier: Artefact | None) -> Kernel:
    model = None if classifier is None else load_classifier(classifier)
    schema = arrow_schema("quality")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = batch.column("text").to_pylist()
        signals, broken = measure_all(texts, batch.column("language").to_pylist(), presets)
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
