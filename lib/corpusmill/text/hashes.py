"""64-bit hashes of stretches of code points, by one prefix sum for all stretches of a batch."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64


def prefix_sums(codes: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Sums of the mixed codes before each place, each times a power of its place: uint64[n + 1]."""
    powers, _ = _powers().upto(len(codes))
    prefix = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(mix(codes.astype(np.uint64)) * powers[: len(codes)], out=prefix[1:])
    return prefix


def hashes_between(
    prefix: NDArray[np.uint64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hashes of stretches: equal codes, equal hashes, wherever they stand. uint64[stretches].

    A polynomial over mixed code points modulo 2^64, shifted back to each stretch's own start, then
    finalised by ``mix``.
    """
    _, inverse = _powers().upto(len(prefix))
    return mix((prefix[ends] - prefix[starts]) * inverse[starts])


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The splitmix64 finaliser, a bijection that spreads each bit over all. uint64 array."""
    mixed = values + _BASE
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


class _Powers:
    """Powers of ``_BASE`` and of its inverse, as many as the longest batch so far has asked for."""

    def __init__(self) -> None:
        self._tables = self._made(1 << 16)

    def upto(self, length: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """At least ``length`` of each, from the power 0 on."""
        if length > len(self._tables[0]):
            self._tables = self._made(1 << length.bit_length())
        return self._tables

    @staticmethod
    def _made(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        inverse_base = np.uint64(pow(int(_BASE), -1, 1 << 64))
        return _geometric(_BASE, count), _geometric(inverse_base, count)


@cache
def _powers() -> _Powers:
    return _Powers()


def _geometric(base: np.uint64, count: int) -> NDArray[np.uint64]:
    terms = np.full(count, base, dtype=np.uint64)
    terms[0] = 1
    return np.cumprod(terms, dtype=np.uint64)
