"""Cuts between buckets of equal character mass over the scores of a classifier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BUCKETS = 20


def fit_cuts(scores: NDArray[np.int64], characters: NDArray[np.int64]) -> list[int]:
    """The 19 cuts, rising, of scores (each once, any order) and the characters that have them.

    Cut k is the smallest score at which the documents up to it, ties included, hold at least k/20
    of all characters; a score is in the bucket whose number is how many cuts it has reached. So
    documents of one score share a bucket, the best score is always in the last, and a heavy score
    leaves the buckets below its own empty. No cuts where there are no characters.
    """
    order = np.argsort(scores)
    reached = np.cumsum(characters[order])
    if not len(reached) or reached[-1] == 0:
        return []
    parts = np.arange(1, BUCKETS) * reached[-1]
    return [int(score) for score in scores[order][np.searchsorted(reached * BUCKETS, parts)]]
