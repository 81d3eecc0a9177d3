"""Canonical composition (NFC) by the pinned ``unicodedata2``, whatever Unicode Python knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from operator import ne

import unicodedata2

_LAST = 0x30000  # planes from 3 on have neither compositions nor combining marks; tested
_HANGUL_VOWELS_AND_ENDS = (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))


def composed(text: str, changes: Counter[str]) -> str:
    """The text in NFC; counts the lines that differ (a line feed composes with nothing)."""
    if text.isascii():
        return text
    made: str = unicodedata2.normalize("NFC", text)
    if made != text:
        changes["composed"] += sum(map(ne, text.split("\n"), made.split("\n")))
    return made


@cache
def suspect() -> str:
    """What a text must match (RE2) not to be in NFC.

    A character that NFC never holds, one that may compose with what stands before it, or two marks
    in a row, whose order may be wrong.
    """
    characters = [chr(code) for code in range(0x80, _LAST) if not 0xD800 <= code < 0xE000]
    never = {c for c in characters if unicodedata2.normalize("NFC", c) != c}
    marks = [c for c in characters if unicodedata2.combining(c)]
    mappings = [unicodedata2.decomposition(c).split() for c in characters]
    pairs = [parts for parts in mappings if len(parts) == 2 and not parts[0].startswith("<")]
    joining = {chr(int(second, 16)) for _, second in pairs}
    joining.update(map(chr, _HANGUL_VOWELS_AND_ENDS))
    return f"{_set(never | joining)}|{_set(marks)}{_set(marks)}"


def _set(characters: Iterable[str]) -> str:
    """A bracket expression of ranges."""
    codes = sorted(map(ord, characters))
    starts = [code for code, before in zip(codes, [-1, *codes], strict=False) if code != before + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], -1], strict=True) if code != after - 1]
    return "[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True)) + "]"
