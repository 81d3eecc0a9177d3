"""The matching form of stretches of text, as hashes: what is compared where letters alone count.

The matching form of a stretch is its words (``characters.matching_fold``: without case and marks,
digits as ``0``) with one space wherever something else stands between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import matching_fold
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.hashes import hashes_between, prefix_sums

_SPACE = 0x20

Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class MatchingForm:
    """A batch of texts in its matching form: fewer than 2^31 code points, as Arrow's batches have.

    codes   uint32[...]       words of all texts, one space behind each that something follows
    inked   int32[inked]      the places in ``codes`` that are no space
    before  int32[total + 1]  how many of these come from before each code point of the batch
    """

    codes: NDArray[np.uint32]
    inked: NDArray[np.int32]
    before: NDArray[np.int32]

    @classmethod
    def of(cls, points: CodePoints) -> MatchingForm:
        """Fold the whole batch."""
        fold = matching_fold()[points.codes]
        before = np.zeros(len(fold) + 1, dtype=np.int32)
        np.cumsum((fold != 0) & (fold != _SPACE), out=before[1:])
        folded = fold[fold != 0]
        ink = folded != _SPACE
        codes = folded[ink | np.append(False, ink[:-1])[: len(ink)]]
        return cls(codes, np.flatnonzero(codes != _SPACE).astype(np.int32), before)

    @cached_property
    def _prefix(self) -> NDArray[np.uint64]:
        return prefix_sums(self.codes)

    def hashed(self, starts: Offsets, ends: Offsets) -> tuple[NDArray[np.uint64], Offsets]:
        """Hash and characters of the matching form of stretches: uint64 and int64[stretches].

        No stretch ends inside a word or reaches into another text. One without words has no
        characters, and the hash 0.
        """
        first, last = self.before[starts], self.before[ends]
        worded = last > first
        heads = self.inked[first[worded]].astype(np.int64)
        tails = self.inked[last[worded] - 1].astype(np.int64) + 1
        hashes = np.zeros(len(starts), dtype=np.uint64)
        hashes[worded] = hashes_between(self._prefix, heads, tails)
        chars = np.zeros(len(starts), dtype=np.int64)
        chars[worded] = tails - heads
        return hashes, chars
