"""Draw documents by keyed hash: the same ones in the same order, however rows are dealt."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_KEY = "sample_key"
_KEY_DIGITS = 13  # 52 bits of the keyed hash: exact in every number type on the way


def sample(documents: DataFrame, purpose: str, seed: int, share: tuple[int, int]) -> DataFrame:
    """About ``share`` (part, whole) of the documents, by keyed hash of doc_id, in a fixed order.

    Which documents and in which order depends on seed, purpose and ids alone.
    """
    return _keyed(documents, purpose, seed, share).orderBy(_KEY, "doc_id").drop(_KEY)


def drawn(documents: DataFrame, purpose: str, seed: int, share: tuple[int, int]) -> DataFrame:
    """The same documents in no order."""
    return _keyed(documents, purpose, seed, share).drop(_KEY)


def _keyed(documents: DataFrame, purpose: str, seed: int, share: tuple[int, int]) -> DataFrame:
    part, whole = share
    digest = F.sha2(F.concat_ws("\0", F.lit(str(seed)), F.lit(purpose), "doc_id"), 256)
    keyed = documents.withColumn(_KEY, F.substring(digest, 1, _KEY_DIGITS))
    limit = min(16**_KEY_DIGITS, 16**_KEY_DIGITS * part // max(1, whole))
    if limit < 16**_KEY_DIGITS:
        keyed = keyed.where(F.col(_KEY) < f"{limit:0{_KEY_DIGITS}x}")
    return keyed
