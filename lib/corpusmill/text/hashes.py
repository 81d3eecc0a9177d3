"""64-bit hashes of stretches of code points, by one prefix sum for all stretches of a batch."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
_BITS = 16  # of a place, for which powers are looked up: tables of half a megabyte stay in a cache
_BLOCK = 1 << _BITS


def prefix_sums(codes: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Sums of the mixed codes before each place, each times a power of its place: uint64[n + 1].

    Block by block, so that what is worked with on the way stays small.
    """
    low, high = _powers(_BASE)
    prefix = np.zeros(len(codes) + 1, dtype=np.uint64)
    for number, begin in enumerate(range(0, len(codes), _BLOCK)):
        terms = mix(codes[begin : begin + _BLOCK].astype(np.uint64))
        terms *= low[: len(terms)]
        sums = prefix[begin + 1 : begin + 1 + len(terms)]
        np.cumsum(terms, out=sums)
        sums *= high[number]
        sums += prefix[begin]
    return prefix


def hashes_between(
    prefix: NDArray[np.uint64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hashes of stretches: equal codes, equal hashes, wherever they stand. uint64[stretches].

    A polynomial over mixed code points modulo 2^64, shifted back to each stretch's own start, then
    finalised by ``mix``.
    """
    low, high = _powers(_inverse())
    sums = prefix[ends] - prefix[starts]
    sums *= low[starts & (_BLOCK - 1)]
    sums *= high[starts >> _BITS]
    return mix(sums)


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The splitmix64 finaliser, a bijection that spreads each bit over all. uint64 array."""
    mixed = values + _BASE
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


@cache
def _powers(base: np.uint64) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers 0 to 2^16 - 1 of a base, and of its 2^16th power: any below 2^32 is their product."""
    low = _geometric(base)
    return low, _geometric((low[-1:] * base)[0])  # an array: scalars warn where they overflow


@cache
def _inverse() -> np.uint64:
    return np.uint64(pow(int(_BASE), -1, 1 << 64))


def _geometric(base: np.uint64) -> NDArray[np.uint64]:
    terms = np.full(_BLOCK, base, dtype=np.uint64)
    terms[0] = 1
    return np.cumprod(terms, dtype=np.uint64)
