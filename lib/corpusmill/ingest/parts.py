"""A document that is too long, in parts: cut at paragraph ends, no character lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_REACH = 10  # a cut gives up at most the last tenth of a part for a better place


def parts(text: str, characters: int) -> Iterator[str]:
    """Pieces of at most so many characters that make up ``text`` when joined.

    Each ends after the last empty line that leaves it nine tenths full; else after the last line,
    else after the last white space there; else it is cut where it is full.
    """
    start = 0
    while len(text) - start > characters:
        end = _cut(text, start, start + characters)
        yield text[start:end]
        start = end
    yield text[start:]


def _cut(text: str, start: int, full: int) -> int:
    least = full - (full - start) // _REACH
    ends = [found.end() for found in _PARAGRAPH.finditer(text, least, full)]
    if ends:
        return ends[-1]
    line = text.rfind("\n", least, full)
    if line >= 0:
        return line + 1
    at = full
    while at > least and not text[at - 1].isspace():
        at -= 1
    return at if at > least else full
