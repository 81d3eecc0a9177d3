"""Clean documents to token ids."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.tokens.encode import load_encoder


def tokenize_documents(
    documents: DataFrame, tokenizer: Artefact | None, proof_limit: str | None
) -> DataFrame:
    """Clean documents (doc_id, text_digest, text) as rows of ``tokens``, one for one.

    The file of the ``tokenizer`` has to be readable on every worker. Without documents none is
    needed. With a ``proof_limit`` the fast path is taken where there is one, and documents with an
    id below the limit are encoded both ways; the work fails with ``FastPathDiffers`` where the ids
    differ. With None, all are encoded by the authority.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(_kernel, tokenizer, proof_limit), contract("tokens").ddl)


def _kernel(artefact: Artefact | None, proof_limit: str | None) -> Kernel:
    if artefact is None:
        raise ValueError("documents without a tokenizer")
    encoder, schema = load_encoder(artefact), arrow_schema("tokens")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = batch.column("text").to_pylist()
        if proof_limit is None:
            ids = encoder.encode(texts)
        else:
            ids = encoder.encode_proved(batch.column("doc_id").to_pylist(), texts, proof_limit)
        values = np.concatenate(ids)
        ends = np.cumsum([0, *map(len, ids)], dtype=np.int32)
        columns = {
            "doc_id": batch.column("doc_id"),
            "text_digest": batch.column("text_digest"),
            "token_count": np.diff(ends),
            "unknown_count": np.diff(np.append(0, np.cumsum(values == encoder.unknown))[ends]),
            "token_ids": pa.ListArray.from_arrays(ends, values),
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel
