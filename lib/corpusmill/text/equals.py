"""Equal keys of an array, found by scattering, not by sorting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEP = 0x9E3779B97F4A7C15  # odd: a product with it keeps keys apart, and spreads them


def first_equal(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each key the place of the first one that equals it: int64[n].

    The first key to come to each slot of a table stays there. Keys that meet another in their slot
    go on to the next round, of other slots; each round settles at least one key of every slot.
    """
    first, left = np.arange(len(keys)), np.arange(len(keys))
    factor = 1
    while len(left):
        factor = factor * _STEP % 2**64
        bits = len(left).bit_length() + 1
        asked = keys[left]
        slots = ((asked * np.uint64(factor)) >> np.uint64(64 - bits)).astype(np.int64)
        table = np.full(1 << bits, len(keys))
        np.minimum.at(table, slots, left)
        found = table[slots]
        equal = keys[found] == asked
        first[left[equal]] = found[equal]
        left = left[~equal]
    return first
