"""Clean documents to token ids."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.tokens.encode import encode, load_tokenizer


def tokenize_documents(documents: DataFrame, tokenizer: Artefact | None) -> DataFrame:
    """Clean documents (doc_id, text_digest, text) as rows of ``tokens``, one for one.

    The file of the ``tokenizer`` has to be readable on every worker. Without documents none is
    needed.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(_kernel, tokenizer), contract("tokens").ddl)


def _kernel(artefact: Artefact | None) -> Kernel:
    if artefact is None:
        raise ValueError("documents without a tokenizer")
    tokenizer, schema = load_tokenizer(artefact), arrow_schema("tokens")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        ids = encode(tokenizer, batch.column("text").to_pylist())
        columns = {
            "doc_id": batch.column("doc_id"),
            "text_digest": batch.column("text_digest"),
            "token_count": [len(each) for each in ids],
            "token_ids": ids,
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel
