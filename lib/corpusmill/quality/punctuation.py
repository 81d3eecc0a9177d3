"""What the filters hold for punctuation, as one table over all code points.

The sentence terminals and the punctuation of all scripts are Unicode's properties Sentence_Terminal
and Punctuation as the pinned ``regex`` knows them. What is no word is what datatrove counts as
punctuation, so that words are counted alike.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import CODE_POINTS, codes_of

TERMINAL = 1  # ends a sentence, or a finished line
PUNCTUATION = 2
NO_WORD = 4  # a word of such characters only is none

_NO_WORD = (
    r"[!-/:-@\[-`{-~\p{Cc}\p{Sentence_Terminal}"  # ASCII punctuation, controls
    "«»´–—’“”„…∶━►、。〈〉《》「」【】！％（），．：；？～１]"  # noqa: RUF001
)


@cache
def marks() -> NDArray[np.uint8]:
    """Bits of each code point: uint8[0x110000]."""
    table = np.zeros(CODE_POINTS, dtype=np.uint8)
    for bit, pattern in (
        (TERMINAL, r"\p{Sentence_Terminal}"),
        (PUNCTUATION, r"\p{P}"),
        (NO_WORD, _NO_WORD),
    ):
        table[codes_of(pattern)] |= bit
    return table
