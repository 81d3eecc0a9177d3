"""Shingles: hashes of runs of n consecutive words of the matching form of a text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.codepoints import CodePoints
from corpusmill.text.hashes import mix
from corpusmill.text.words import hash_words, split_words

_STEP = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True)
class Shingles:
    """Shingle hashes of a batch, text after text.

    hashes  uint64[shingles]
    first   int64[n + 1]      shingles of text ``i`` are ``first[i]:first[i + 1]``
    """

    hashes: NDArray[np.uint64]
    first: NDArray[np.int64]


def word_shingles(points: CodePoints, size: int) -> Shingles:
    """Hashes of all runs of ``size`` words of the folded texts.

    A text with fewer words than ``size`` but at least one has a single shingle of all its words
    *and their number*, so that it can only match a text of exactly the same words; a text without
    words has none.
    """
    folded = points.folded()
    words = split_words(folded)
    hashes = hash_words(folded, words)
    counts = words.counts()
    runs = np.where(counts >= size, counts - size + 1, np.minimum(counts, 1))
    first = np.concatenate([[0], np.cumsum(runs)]).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], runs)
    heads = np.repeat(words.first[:-1], runs) + within
    lengths = np.repeat(np.minimum(counts, size), runs)
    return Shingles(_combine(hashes, heads, lengths, size), first)


def _combine(
    hashes: NDArray[np.uint64],
    heads: NDArray[np.int64],
    lengths: NDArray[np.int64],
    size: int,
) -> NDArray[np.uint64]:
    """Order-dependent hash of ``lengths[i] <= size`` words from ``heads[i]`` on."""
    total = mix(lengths.astype(np.uint64))
    for offset in range(size):
        inside = lengths > offset
        at = np.where(inside, heads + offset, heads)
        total = np.where(inside, total * _STEP + hashes[at], total) if len(hashes) else total
    return mix(total)
