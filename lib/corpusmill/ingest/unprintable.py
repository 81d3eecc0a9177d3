"""Characters that the extractor would delete, kept out of its sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import unicodedata2

_REFERENCE = re.compile(r"&(?:#([xX][0-9a-fA-F]{3,6}|[0-9]{4,7});?|zwn?j;)")
_APART = re.compile(r"[\s<>\u200c\u200d]")
_ASCII = bytes(range(128))
_JOINERS = "\u200c\u200d"  # non-joiner and joiner of letters
_SEEN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_IDEOGRAPHS = range(0x20000, 0x2A6D6)


class Hidden:
    """A page in which characters that the library would delete have others in their place.

    It deletes what Python calls unprintable. That is every character newer than Python's Unicode,
    so that a page would read otherwise under another Python; and the joiners without which Persian
    and the scripts of India are misspelt. Ideographs that the page does not hold stand in for them.
    """

    def __init__(self, text: str) -> None:
        """``text`` is the page as it was decoded."""
        self._original: dict[int, str] = {}
        self._stand_in: dict[str, str] = {}
        refers = "&#" in text or "&zw" in text
        self.text = _REFERENCE.sub(_referred, text) if refers else text
        beyond = _beyond_ascii(self.text)
        if _candidates().search(beyond):
            self._spare = _absent(beyond)
            self.text = _candidates().sub(self._hide, self.text)

    def restored(self, text: str) -> str:
        """What was taken from the page, with its own characters, in NFC."""
        if not self._original:
            return text
        whole: str = unicodedata2.normalize("NFC", text.translate(self._original))
        return whole

    def _hide(self, found: re.Match[str]) -> str:
        character, around = found[0], found.string[max(0, found.start() - 1) : found.end() + 1]
        joins = len(around) == 3 and not _APART.search(around[::2])
        if not (joins if character in _JOINERS else character in _deleted()):
            return character
        if character not in self._stand_in:
            self._stand_in[character] = next(self._spare)
            self._original[ord(self._stand_in[character])] = character
        return self._stand_in[character]


def _absent(text: str) -> Iterator[str]:
    """Ideographs that do not stand in a text."""
    held = frozenset(text)
    yield from (character for character in map(chr, _IDEOGRAPHS) if character not in held)


def _beyond_ascii(text: str) -> str:
    """The characters beyond ASCII, where any is beyond Latin-1 too."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode().translate(None, _ASCII).decode()
    return ""


def _referred(found: re.Match[str]) -> str:
    """A character reference as the character, where that one may have to be hidden."""
    number = found[1]
    if not number:
        return _JOINERS[found[0] == "&zwj;"]
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    character = chr(code) if code < 0x110000 else ""
    return character if _candidates().fullmatch(character) else found[0]


@cache
def _deleted() -> frozenset[str]:
    """Assigned characters that this Python calls unprintable, and format characters one can see."""
    planes = map(chr, (*range(0x100, 0xD800), *range(0xE000, 0x40000)))
    return frozenset(
        c
        for c in planes
        if c in _SEEN or (not c.isprintable() and unicodedata2.category(c)[0] in "LMNPS")
    )


@cache
def _candidates() -> re.Pattern[str]:
    """What has to be looked up in ``_deleted``: a class that is quick to search."""
    low = "".join(c for c in sorted(_deleted()) if c < "\U00010000")
    return re.compile(f"[{re.escape(low)}{_JOINERS}\U00010000-\U0010ffff]")
