"""Documents to languages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.langid.model import load_model, predict
from corpusmill.langid.rules import UNKNOWN, LanguageRules


def identify_language(documents: DataFrame, model: Artefact, rules: LanguageRules) -> DataFrame:
    """Rows of ``documents`` (doc_id, text_digest, text) as rows of ``languages``, one for one.

    The file of the fastText ``model`` has to be readable on every worker.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(_kernel, model, rules), contract("languages").ddl)


def _kernel(artefact: Artefact, rules: LanguageRules) -> Kernel:
    model, schema = load_model(artefact), arrow_schema("languages")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        labels, scores = predict(model, batch.column("text").to_pylist(), rules.prefix)
        top = np.array(labels, dtype=object)
        sure = scores >= rules.threshold_millionths
        columns = {
            "doc_id": batch.column("doc_id"),
            "text_digest": batch.column("text_digest"),
            "language": np.where(sure, top, UNKNOWN),
            "top_language": top,
            "language_score": scores,
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel
