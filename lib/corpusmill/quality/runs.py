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
from corpusmill.text.equals import first_equal
from corpusmill.text.hashes import mix

_LAST = 2**32 - 1  # no batch has as many words


@dataclass(frozen=True)
class RepeatedRuns:
    """All runs of ``size`` words that occur more than once in their text, overlapping ones too.

    positions  int64[runs]  number of the first word of the run in the batch, ascending
    names      int64[runs]  the position of the first run of its text that equals it
    """

    size: int
    positions: Counts
    names: Counts


def repeated_words(words: Pieces) -> RepeatedRuns:
    """The words that occur more than once in their text, as runs of one word."""
    of_texts = mix(np.arange(len(words.first) - 1, dtype=np.uint64))
    return _repeated(1, np.arange(len(words)), words.hashes ^ of_texts[words.owners])


def lengthened(runs: RepeatedRuns) -> RepeatedRuns:
    """The repeated runs of one word more."""
    # Two texts meet only once, so a pair across them is never repeated and drops out by itself.
    left = np.flatnonzero(np.diff(runs.positions) == 1)
    names = runs.names.astype(np.uint64)
    pairs = (names[left] << np.uint64(32)) | names[left + 1]
    return _repeated(runs.size + 1, runs.positions[left], pairs)


def top_run_characters(runs: RepeatedRuns, words: Pieces) -> Counts:
    """Occurrences of each text's most frequent run times its characters: int64[n].

    Words of a run are joined by one space; occurrences may overlap, so the product may exceed the
    text. Of equally frequent runs the first in the text counts; where none is repeated, that is the
    run at the text's start. 0 for texts of fewer words.
    """
    size = runs.size
    heads = np.where(words.counts >= size, words.first[:-1], -1)
    often = (heads >= 0).astype(np.int64)
    counts = np.bincount(runs.names, minlength=len(words))
    firsts = np.flatnonzero(counts)
    bounds = np.searchsorted(firsts, words.first)
    texts = np.flatnonzero(np.diff(bounds))
    if len(texts):
        ranked = (counts[firsts] << 32) | (_LAST - firsts)  # the most frequent, of those the first
        best = np.maximum.reduceat(ranked, bounds[texts])
        often[texts] = best >> 32
        heads[texts] = _LAST - (best & _LAST)
    found = heads >= 0
    characters = np.zeros(len(heads), dtype=np.int64)
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
    known = bytearray(int(runs.names.max(initial=-1)) + 1)
    again = []
    free = 0  # the word that reading has come to
    spans = zip(runs.positions.tolist(), runs.names.tolist(), strict=True)
    for number, (position, name) in enumerate(spans):
        if position < free:
            continue
        if known[name]:
            again.append(number)
            free = position + runs.size
        known[name] = 1
    return again


def _characters(words: Pieces, heads: Counts, size: int) -> Counts:
    """Characters of the ``size`` words from each head on."""
    before = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum(words.lengths, out=before[1:])
    characters: Counts = before[heads + size] - before[heads]
    return characters


def _repeated(size: int, positions: Counts, keys: NDArray[np.uint64]) -> RepeatedRuns:
    """The runs at the positions, named by their keys, that come more than once."""
    first = first_equal(keys)
    kept = np.bincount(first, minlength=len(first))[first] > 1
    return RepeatedRuns(size, positions[kept], positions[first[kept]])
