"""Character classes and foldings from one pinned Unicode version, as lookup tables.

A kernel that asks Python what a letter is gets another answer from the next Python. These tables
are built once a process from the pinned packages ``regex`` and ``unicodedata2`` (both among the
engines of the resolved recipe), and a whole batch is classified by one numpy lookup.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import regex
import unicodedata2
from numpy.typing import NDArray

CODE_POINTS = 0x110000

WORD = 1  # letters, marks, digits, connectors: the \w of Unicode
LETTER = 2
DIGIT = 4
SPACE = 8
MARK = 16
UNSPACED = 32  # scripts written without spaces between words
CAPITAL = 64

_PATTERNS = {
    WORD: r"\w",
    LETTER: r"\p{L}",
    DIGIT: r"\p{Nd}",
    SPACE: r"\p{White_Space}",
    MARK: r"\p{M}",
    UNSPACED: (
        r"[[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
        r"&&\w]"
    ),
    CAPITAL: r"\p{Lu}",
}


@cache
def classes() -> NDArray[np.uint8]:
    """Class bits of each code point: uint8[0x110000]. Surrogates have none."""
    table = np.zeros(CODE_POINTS, dtype=np.uint8)
    for bit, pattern in _PATTERNS.items():
        table[codes_of(pattern)] |= bit
    return table


@cache
def assigned_planes() -> str:
    """All characters of the planes that have any (0 to 3, and 14) in order, surrogates left out.

    The other planes hold what no property speaks of: unassigned places and private use.
    """
    return "".join(map(chr, (*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0xF0000))))


def codes_of(pattern: str) -> NDArray[np.uint32]:
    """The code points that a pattern of ``regex`` for one character fits, ascending."""
    found = regex.findall(f"(?:{pattern})+", assigned_planes(), flags=regex.V1)
    return np.frombuffer("".join(found).encode("utf-32-le"), dtype="<u4")


@cache
def matching_fold() -> NDArray[np.uint32]:
    """What each code point is for matching: uint32[0x110000]; 0 deletes it, 0x20 separates words.

    Marks removed (also from composed letters), letters case-folded, digits to ``0``, everything
    that is no word character to a space. The fold is one to one in length (simple case folding,
    the first base character of a decomposition), so it vectorises; it serves to compare only.
    """
    kinds = classes()
    bases = np.full(CODE_POINTS, 0x20, dtype="<u4")
    for code in np.flatnonzero(kinds & WORD):
        bases[code] = _base(int(code))
    table = _case_folded(bases)
    table[(kinds & DIGIT) > 0] = ord("0")
    table[(kinds & MARK) > 0] = 0
    return table


@cache
def case_fold() -> NDArray[np.uint32]:
    """Each code point without case (simple case folding): uint32[0x110000]."""
    codes = np.arange(CODE_POINTS, dtype="<u4")
    codes[0xD800:0xE000] = 0x20  # no characters
    return _case_folded(codes)


def _case_folded(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    # The case data of the pinned package has no public door; Python's own differs by version.
    folded = regex._regex.fold_case(_SIMPLE_FOLD, codes.tobytes().decode("utf-32-le"))
    found = np.frombuffer(folded.encode("utf-32-le"), dtype="<u4").copy()
    found[found == ord("I")] = ord("i")  # the pinned table leaves it alone for Turkish's sake
    return found


_SIMPLE_FOLD = int(regex.IGNORECASE | regex.UNICODE)


def _base(code: int) -> int:
    """First character of the canonical decomposition; Hangul syllables stay whole."""
    if 0xAC00 <= code <= 0xD7A3:
        return code
    return ord(unicodedata2.normalize("NFD", chr(code))[0])
