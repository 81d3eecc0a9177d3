"""Which chunks a process has seen lately, and where words begin inside them.

A table of sets of four: a chunk belongs to one set, and the last four to come to a set are in it.
What is remembered decides how fast an answer comes, never which, and the room it takes is fixed.
Places inside a chunk are bytes of one word of 64 bits, so that a whole batch is looked up and read
without a loop.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

UNKNOWN = 0
_WAYS = 4
_PLACES = 7  # bytes of a word but the lowest, which tells "no place" from UNKNOWN
_FARTHEST = 255

Keys = NDArray[np.uint64]
Offsets = NDArray[np.int64]


class SeenChunks:
    """Chunks by 64-bit key. A key stands for its chunk: two chunks of one key would be one."""

    def __init__(self, bits: int) -> None:
        """With room for 2^bits chunks, of 16 bytes each."""
        self._bits = np.uint64(bits - 2)
        self._keys = np.zeros((_WAYS, 1 << (bits - 2)), dtype=np.uint64)
        self._packed = np.zeros_like(self._keys)

    def find(self, keys: Keys) -> Keys:
        """What was kept for each key, ``UNKNOWN`` for others: uint64[n]."""
        found = np.full(len(keys), UNKNOWN, dtype=np.uint64)
        left, places = np.arange(len(keys)), self._places(keys)
        for way in range(_WAYS):
            hit = self._keys[way][places] == keys[left]
            found[left[hit]] = self._packed[way][places[hit]]
            left, places = left[~hit], places[~hit]
        return found

    def keep(self, keys: Keys, packed: Keys) -> None:
        """Remember what ``packed`` says of keys that are not here; ``UNKNOWN`` takes no place."""
        known = np.flatnonzero(packed != UNKNOWN)
        places, sample = np.unique(self._places(keys[known]), return_index=True)
        chosen = known[sample]  # of those that meet in a set
        for table, news in ((self._keys, keys), (self._packed, packed)):
            table[1:, places] = table[:-1, places]
            table[0, places] = news[chosen]

    def clear(self) -> None:
        """Forget everything."""
        self._keys[:] = 0
        self._packed[:] = UNKNOWN

    def _places(self, keys: Keys) -> Offsets:
        return (keys >> (np.uint64(64) - self._bits)).astype(np.int64)


def pack(breaks: Sequence[int]) -> int:
    """Ascending places inside a chunk as one number; ``UNKNOWN`` where they are too many or far."""
    if len(breaks) > _PLACES or (breaks and breaks[-1] > _FARTHEST):
        return UNKNOWN
    return int.from_bytes(bytes((1, *breaks)), "little")


def unpack(packed: Keys) -> tuple[Offsets, Offsets]:
    """All places of all the numbers, in order: which number each is of, and the place."""
    several = np.flatnonzero(packed > 1)
    places = packed[several].astype("<u8").view(np.uint8).reshape(-1, _PLACES + 1)[:, 1:]
    rows, columns = np.nonzero(places)
    return several[rows], places[rows, columns].astype(np.int64)
