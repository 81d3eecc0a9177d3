"""Which characters end a sentence, and which may end a finished line.

The sentence terminals of all scripts are Unicode's property Sentence_Terminal as the pinned
``regex`` knows it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import regex
from numpy.typing import NDArray

from corpusmill.text.characters import CODE_POINTS

SENTENCE_END = 1  # full stop, question and exclamation mark of any script, ellipsis
NEEDS_SPACE = 2  # ends a sentence only before a space or closing mark: think of 3.14 and e.g.
LINE_END = 4  # a sentence end or a quotation mark

_ASCII_LIKE = ".!?…"
_QUOTES = "\"'“”‘’«»‹›「」『』"  # noqa: RUF001


@cache
def marks() -> NDArray[np.uint8]:
    """Bits of each code point: uint8[0x110000]."""
    table = np.zeros(CODE_POINTS, dtype=np.uint8)
    table[_codes(_sentence_terminals())] |= SENTENCE_END | LINE_END
    table[_codes(_ASCII_LIKE)] |= SENTENCE_END | NEEDS_SPACE | LINE_END
    table[_codes(_QUOTES)] |= LINE_END
    return table


def _sentence_terminals() -> str:
    plane = "".join(map(chr, (*range(0xD800), *range(0xE000, CODE_POINTS))))
    return "".join(regex.findall(r"\p{Sentence_Terminal}", plane))


def _codes(characters: str) -> list[int]:
    return [ord(character) for character in characters]
