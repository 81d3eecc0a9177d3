"""Cut long texts where the pre-tokenizer cuts for sure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CUT = re.compile(r"(?<=\S) ")


def pieces(text: str, limit: int) -> Iterator[str]:
    """The text in parts of at most ``limit`` characters, where there are places to cut.

    A part is longer where the next place is farther: places are before a space that follows no
    white space. See ``Description.pattern`` for the tokenizers that this changes no id of.
    """
    start = 0
    while len(text) - start > limit:
        cut = _last_cut(text, start, start + limit)
        if cut is None:
            found = _CUT.search(text, start + limit)
            if found is None:
                break
            cut = found.start()
        yield text[start:cut]
        start = cut
    yield text[start:]


def _last_cut(text: str, start: int, stop: int) -> int | None:
    """The last place to cut behind ``start``, at most at ``stop``."""
    at = text.rfind(" ", start + 1, stop + 1)
    while at > 0 and text[at - 1].isspace():
        at = text.rfind(" ", start + 1, at)
    return at if at > 0 else None
