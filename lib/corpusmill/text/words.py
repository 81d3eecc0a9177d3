"""Words: one documented splitter, and 64-bit hashes of words, for a whole batch at once.

A word is a maximal run of Unicode word characters (letters, marks, digits, connectors). In scripts
written without spaces (Han, kana, Thai, Lao, Khmer, Burmese, Tibetan) each letter with its marks is
a word. Punctuation and symbols belong to no word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import MARK, UNSPACED, WORD, classes
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.hashes import hashes_between


@dataclass(frozen=True)
class Words:
    """Where the words of a batch are.

    starts, ends  int64[words]  code point offsets into the batch, ``ends`` exclusive
    first         int64[n + 1]  words of text ``i`` are ``first[i]:first[i + 1]``
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of words in the batch."""
        return len(self.starts)

    def counts(self) -> NDArray[np.int64]:
        """Words a text: int64[n]."""
        return np.diff(self.first)


def split_words(points: CodePoints) -> Words:
    """The words of every text of the batch, in order."""
    kinds = classes()[points.codes]
    inside = (kinds & WORD) > 0
    begins = inside & ~_left_of(inside, False)
    if (kinds & UNSPACED).any():
        letter = (kinds & MARK) == 0
        letter[points.starts[:-1][points.starts[:-1] < len(kinds)]] = (
            True  # no text leans on another
        )
        base = np.maximum.accumulate(np.where(letter, np.arange(len(kinds)), 0))
        unspaced = (kinds[base] & UNSPACED) > 0  # a mark is written as the letter before it is
        begins |= inside & letter & (unspaced | _left_of(unspaced, False))
    text_starts = points.starts[:-1][points.starts[:-1] < len(points.codes)]
    begins[text_starts] |= inside[text_starts]

    starts = np.flatnonzero(begins)
    stops = np.flatnonzero(inside & ~np.append(inside[1:], False)) + 1
    run_end = stops[np.searchsorted(stops, starts, side="right")] if len(starts) else starts
    following = np.append(starts[1:], len(points.codes))
    return Words(starts, np.minimum(run_end, following), np.searchsorted(starts, points.starts))


def hash_words(points: CodePoints, words: Words) -> NDArray[np.uint64]:
    """64-bit hash of each word: equal words, equal hashes, wherever they stand. uint64[words]."""
    return hashes_between(points.prefix_sums, words.starts, words.ends)


def _left_of(flags: NDArray[np.bool_], edge: bool) -> NDArray[np.bool_]:
    return np.concatenate([[edge], flags[:-1]]) if len(flags) else flags
