"""Clean documents to token ids."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame
from tokenizers import Tokenizer

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.refusal import Refused


def tokenize_documents(documents: DataFrame, tokenizer: str) -> DataFrame:
    """Clean documents (doc_id, text_digest, text) as rows of ``tokens``, one for one.

    ``tokenizer`` is the path of a ``tokenizer.json``, readable on every worker. No special tokens
    are added: the end of a document is set where sequences are packed.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(_kernel, tokenizer), contract("tokens").ddl)


@lru_cache(maxsize=8)
def end_of_document(path: Path, token: str) -> tuple[int, int]:
    """Id of the end-of-document token and size of the vocabulary.

    Raises ``Refused`` for a file that is no tokenizer, or one without the token.
    """
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # the library raises bare exceptions
        raise Refused(f"recipe.tokenizer.path: {path} is no tokenizer.json") from None
    found = tokenizer.token_to_id(token)
    if found is None:
        raise Refused(f"recipe.tokenizer.eos: {path.name} has no token {token!r}")
    return int(found), int(tokenizer.get_vocab_size())


@lru_cache(maxsize=2)
def load_tokenizer(path: str) -> Tokenizer:
    """The tokenizer at a path, loaded once a process, on one thread: Spark has the cores."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    tokenizer = Tokenizer.from_file(path)
    tokenizer.encode_special_tokens = True  # a text that spells out a special token is only text
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _kernel(path: str) -> Kernel:
    tokenizer, schema = load_tokenizer(path), arrow_schema("tokens")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = batch.column("text").to_pylist()
        encoded = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ids = [encoding.ids for encoding in encoded]
        columns = {
            "doc_id": batch.column("doc_id"),
            "text_digest": batch.column("text_digest"),
            "token_count": [len(each) for each in ids],
            "token_ids": ids,
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel
