"""Raw documents to documents."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.digests import text_digest
from corpusmill.text.normalise import NormaliseRules, normalise


def normalise_documents(raw: DataFrame, _rules: NormaliseRules) -> DataFrame:
    """Rows of ``raw_documents`` as rows of ``documents``, one for one."""
    wanted = raw.select("doc_id", "source", "content_digest", "content")
    return map_batches(wanted, _kernel, contract("documents").ddl)


def _kernel() -> Kernel:
    schema = arrow_schema("documents")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = [normalise(text) for text in batch.column("content").to_pylist()]
        columns = {
            "doc_id": batch.column("doc_id"),
            "source": batch.column("source"),
            "content_digest": batch.column("content_digest"),
            "text_digest": [text_digest(text) for text in texts],
            "chars": [len(text) for text in texts],
            "text": texts,
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel
