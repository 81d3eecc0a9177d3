"""Draw documents by keyed hash: the same ones in the same order, however rows are dealt."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_KEY_DIGITS = 13  # 52 bits of the keyed hash: exact in every number type on the way


def sample(documents: DataFrame, purpose: str, seed: int, share: tuple[int, int]) -> DataFrame:
    """About ``share`` (part, whole) of the documents, by keyed hash of doc_id, in a fixed order.

    Which documents and in which order depends on seed, purpose and ids alone.
    """
    part, whole = share
    digest = F.sha2(F.concat_ws("\0", F.lit(str(seed)), F.lit(purpose), "doc_id"), 256)
    keyed = documents.withColumn("sample_key", F.substring(digest, 1, _KEY_DIGITS))
    limit = min(16**_KEY_DIGITS, 16**_KEY_DIGITS * part // max(1, whole))
    if limit < 16**_KEY_DIGITS:
        keyed = keyed.where(F.col("sample_key") < f"{limit:0{_KEY_DIGITS}x}")
    return keyed.orderBy("sample_key", "doc_id").drop("sample_key")
