"""What the matching form leaves out of words: digits and marks as they stand.

Texts of one matching form and equal details are the same words, case and punctuation apart. They
are to be in composed form (NFC), as ``documents.text`` is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import WORD, case_fold, classes, matching_fold
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.hashes import mix

_LOST = 2
_CODE_BITS = np.uint64(21)

Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class Details:
    """Characters of a batch of texts that are others in the matching form, or are not in it.

    offsets  int64[details]    where they are in the batch
    codes    uint32[details]   what they are, case apart
    before   int32[total + 1]  characters of words before each code point of the batch
    """

    offsets: Offsets
    codes: NDArray[np.uint32]
    before: NDArray[np.int32]

    @classmethod
    def of(cls, points: CodePoints) -> Details:
        """Find them in the whole batch."""
        kinds = _kinds()[points.codes]
        before = np.zeros(len(kinds) + 1, dtype=np.int32)
        np.cumsum(kinds & WORD, out=before[1:])
        offsets = np.flatnonzero(kinds & _LOST)
        return cls(offsets, case_fold()[points.codes[offsets]], before)

    def hashed(self, starts: Offsets, ends: Offsets) -> NDArray[np.uint64]:
        """Hash of the details of stretches and of their places among the characters of its words.

        uint64[stretches]: 0 where there is none, so that it changes no hash that it is added to.
        """
        first, last = np.searchsorted(self.offsets, starts), np.searchsorted(self.offsets, ends)
        bounds = np.concatenate([[0], np.cumsum(last - first)])
        which = np.arange(bounds[-1]) + np.repeat(first - bounds[:-1], last - first)
        places = self.before[self.offsets[which]] - np.repeat(self.before[starts], last - first)
        terms = mix((places.astype(np.uint64) << _CODE_BITS) + self.codes[which])
        sums = np.zeros(len(terms) + 1, dtype=np.uint64)
        np.cumsum(terms, out=sums[1:])
        found: NDArray[np.uint64] = sums[bounds[1:]] - sums[bounds[:-1]]
        return found


@cache
def _kinds() -> NDArray[np.uint8]:
    """Of each code point whether it is of a word (1), and another one in the matching form (2)."""
    is_word = classes() & WORD
    is_lost = case_fold() != matching_fold()
    found: NDArray[np.uint8] = is_word | _LOST * is_word * is_lost
    return found
