"""Draw documents by keyed hash: the same ones in the same order, however rows are dealt."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_KEY = "sample_key"
_KEY_DIGITS = 13  # 52 bits of the keyed hash: exact in every number type on the way
_ALL = "g"  # above all hex digits
_PARTS = 100  # of an exponent
_SCALE = 1_000_000  # of a weight

Share = tuple[int, int]
"""A part and the whole."""


def sample(documents: DataFrame, purpose: str, seed: int, share: Share) -> DataFrame:
    """About ``share`` (part, whole) of the documents, by keyed hash of doc_id, in a fixed order.

    Which documents and in which order depends on seed, purpose and ids alone.
    """
    return _keyed(documents, purpose, seed, share).orderBy(_KEY, "doc_id").drop(_KEY)


def drawn(documents: DataFrame, purpose: str, seed: int, share: Share) -> DataFrame:
    """The same documents in no order."""
    return _keyed(documents, purpose, seed, share).drop(_KEY)


def sample_groups(
    documents: DataFrame, column: str, purpose: str, seed: int, shares: Mapping[str, Share]
) -> DataFrame:
    """The same with a share for each value of a column; without one, a value has no documents."""
    limits = F.create_map(
        *(F.lit(x) for name, share in shares.items() for x in (name, _limit(share)))
    )
    keyed = _with_key(documents, purpose, seed).where(F.col(_KEY) < limits[F.col(column)])
    return keyed.orderBy(_KEY, "doc_id").drop(_KEY)


def balanced_shares(sizes: Mapping[str, int], budget: int, balance: float) -> dict[str, Share]:
    """Which share of each group makes a sample of the size ``budget``.

    Groups have parts of it by their shares of the whole to the power of ``balance``, of which two
    places count: 1 takes the same share of all, 0 as much of each. A group that is smaller than its
    part is taken whole, and the others share what it leaves. Whole numbers alone: no rounding hangs
    on the machine.
    """
    exponent = round(balance * _PARTS)
    weights = {name: _power(size, exponent) for name, size in sorted(sizes.items()) if size}
    shares: dict[str, Share] = {}
    while weights:
        total = sum(weights.values())
        whole = [n for n, weight in weights.items() if budget * weight >= sizes[n] * total]
        if not whole:
            parted = {n: (budget * weight, sizes[n] * total) for n, weight in weights.items()}
            return {**shares, **parted}
        for name in whole:
            shares[name] = (1, 1)
            del weights[name]
            budget -= sizes[name]
    return shares


def _power(size: int, exponent: int) -> int:
    """``size`` to the power of so many hundredths, in millionths, rounded down."""
    goal = size**exponent * _SCALE**_PARTS
    low, high = 0, size * _SCALE + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**_PARTS <= goal else (low, middle)
    return low


def _keyed(documents: DataFrame, purpose: str, seed: int, share: Share) -> DataFrame:
    keyed, limit = _with_key(documents, purpose, seed), _limit(share)
    return keyed if limit == _ALL else keyed.where(F.col(_KEY) < limit)


def _with_key(documents: DataFrame, purpose: str, seed: int) -> DataFrame:
    digest = F.sha2(F.concat_ws("\0", F.lit(str(seed)), F.lit(purpose), "doc_id"), 256)
    return documents.withColumn(_KEY, F.substring(digest, 1, _KEY_DIGITS))


def _limit(share: Share) -> str:
    """What the keys of a share are below."""
    part, whole = share
    limit = 16**_KEY_DIGITS * part // max(1, whole)
    return f"{limit:0{_KEY_DIGITS}x}" if limit < 16**_KEY_DIGITS else _ALL
