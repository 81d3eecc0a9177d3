"""Runs of consecutive words that come back in the same text, longer and longer.

A run of n + 1 words can only be repeated where its first n and its last n words are, so each length
is searched among what the length before left over, and a run is named by the pair of its two parts:
no hash is taken beyond that of the single word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpusmill.quality.batch import Counts, Pieces


@dataclass(frozen=True)
class RepeatedRuns:
    """All runs of ``size`` words that occur more than once in their text, overlapping ones too.

    positions  int64[runs]  number of the first word of the run in the batch, ascending
    names      int64[runs]  0, 1, ...: equal for equal runs of one text, else different
    """

    size: int
    positions: Counts
    names: Counts


def repeated_words(words: Pieces) -> RepeatedRuns:
    """The words that occur more than once in their text, as runs of one word."""
    names = _names(words.hashes)
    positions = np.flatnonzero(names >= 0)
    return _paired(1, positions, words.owners[positions], names[positions])


def lengthened(runs: RepeatedRuns) -> RepeatedRuns:
    """The repeated runs of one word more."""
    # Two texts meet only once, so a pair across them is never repeated and drops out by itself.
    left = np.flatnonzero(np.diff(runs.positions) == 1)
    return _paired(runs.size + 1, runs.positions[left], runs.names[left], runs.names[left + 1])


def top_run_characters(runs: RepeatedRuns, words: Pieces) -> Counts:
    """Occurrences of each text's most frequent run times its characters: int64[n].

    Words of a run are joined by one space; occurrences may overlap, so the product may exceed the
    text. Of equally frequent runs the first in the text counts; where none is repeated, that is the
    run at the text's start. 0 for texts of fewer words.
    """
    size, texts = runs.size, len(words.first) - 1
    heads = np.where(words.counts >= size, words.first[:-1], -1)
    often = (heads >= 0).astype(np.int64)
    if len(runs.names):
        counts = np.bincount(runs.names)
        firsts = np.full(len(counts), len(words))
        np.minimum.at(firsts, runs.names, runs.positions)
        order = np.lexsort((firsts, -counts, words.owners[firsts]))
        owners, best = np.unique(words.owners[firsts[order]], return_index=True)
        heads[owners], often[owners] = firsts[order][best], counts[order][best]
    found = heads >= 0
    characters = np.zeros(texts, dtype=np.int64)
    characters[found] = _characters(words, heads[found], size) + size - 1
    return often * characters


def duplicate_run_characters(runs: RepeatedRuns, words: Pieces) -> Counts:
    """Characters of each text in runs that were read before, each word counted once: int64[n].

    The text is read from the left: a run read before adds the characters of its words (joined by
    nothing) and is jumped over; any other is remembered, and reading moves on by one word.
    """
    again = runs.positions[_read_again(runs)]
    characters = np.zeros(len(words), dtype=np.int64)
    characters[again] = _characters(words, again, runs.size)
    return words.totals(characters)


def _read_again(runs: RepeatedRuns) -> list[int]:
    """Which runs the reading from the left adds. Unrepeated runs only move it on by one."""
    names = runs.names.tolist()
    after = np.searchsorted(runs.positions, runs.positions + runs.size).tolist()
    known = bytearray(max(names, default=-1) + 1)
    again = []
    at = 0
    while at < len(names):
        if known[names[at]]:
            again.append(at)
            at = after[at]
        else:
            known[names[at]] = 1
            at += 1
    return again


def _characters(words: Pieces, heads: Counts, size: int) -> Counts:
    """Characters of the ``size`` words from each head on."""
    before = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum(words.lengths, out=before[1:])
    characters: Counts = before[heads + size] - before[heads]
    return characters


def _paired(size: int, positions: Counts, left: Counts, right: Counts) -> RepeatedRuns:
    """Name pairs of numbers below 2^32, and keep those that come more than once."""
    pairs = (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)
    names = _names(pairs)
    kept = names >= 0
    return RepeatedRuns(size, positions[kept], names[kept])


def _names(keys: NDArray[np.uint64]) -> Counts:
    """A number for each key that occurs more than once, from 0 on; -1 for the others."""
    order = np.argsort(keys)
    ranked = keys[order]
    heads = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: len(keys)])
    sizes = np.diff(np.append(heads, len(keys)))
    repeated = sizes > 1
    numbers = np.where(repeated, np.cumsum(repeated) - 1, -1)
    names = np.empty(len(keys), dtype=np.int64)
    names[order] = np.repeat(numbers, sizes)
    return names
