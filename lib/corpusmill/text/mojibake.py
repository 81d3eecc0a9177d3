"""Mojibake: UTF-8 that was read in a code page of one byte a character, put right by ``ftfy``.

What looks like it and is none matters more here than what is missed. ``ftfy`` sees only lines that
its own heuristics may call bad, and what it makes of them needs evidence: ``_AMBIGUOUS`` sequences
alone are none, nor are letters of another alphabet that come one by one (``_is_plausible``).
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections import Counter

import unicodedata2
from ftfy import fix_encoding
from ftfy.chardata import CHARMAP_ENCODINGS

from corpusmill.text.badness import MAYBE_BAD
from corpusmill.text.controls import HIDDEN
from corpusmill.text.standins import apart_from

_PAGES = [bytes(range(0x80, 0x100)).decode(page) for page in CHARMAP_ENCODINGS]
_KNOWN = {character for page in _PAGES for character in page}
_LEADS = _KNOWN - {character for page in _PAGES for character in page[:0x40]}
_LATIN = [chr(code) for code in range(0xC0, 0x180)]
_SMALL = "a-z" + "".join(c for c in _LATIN if unicodedata2.category(c) == "Ll")
_CAPITALS = "".join(c for c in _LATIN if unicodedata2.category(c) == "Lu")

# Lines, and pieces of long ones: ftfy's time may grow with the square of what it is given. A line
# is cut at a space, or else before what is no later byte of a sequence in the usual code pages.
_LATER = "".join(sorted({character for page in _PAGES[:-2] for character in page[:0x40]}))
_PIECES = re.compile(
    rf"[^\n]{{1,500}}(?=[ \n]|\Z)|[^\n]{{1,500}}(?![{re.escape(_LATER)}])|[^\n]{{1,500}}|\n"
)

# ftfy asks Python's \w about what follows a quotation mark, and Pythons know different letters. It
# is shown the characters of its own code pages, on which they agree; the rest is behind stand-ins.
# So is U+FFFD: ftfy guesses at what was lost there and takes its neighbours along. So are runs of
# letters that only begin sequences of bytes: ftfy would unravel such a run one letter a step.
_FOREIGN = f"[^\x00-\x7f{''.join(sorted(_KNOWN))}]|[{''.join(sorted(_LEADS))}]{{3,}}"
# A capital at the end of a word and what may stand behind a word make two bytes of UTF-8 as well:
# upper-case Vietnamese and Icelandic, Welsh titles. After a small letter nobody writes a capital.
_AMBIGUOUS = re.compile(
    f"(?<![{_SMALL}])[{_CAPITALS}]"
    f"(?=[ \xa0]|[\x85\x91-\x97\xbb®™»“”‘’›…–—](?![A-Z{_CAPITALS}{_SMALL}]))"
)
_OF_PAGES = re.compile(f"[{''.join(sorted(_KNOWN))}]+")
_BOLD = re.compile(_FOREIGN)
_CAUTIOUS = re.compile(f"{_AMBIGUOUS.pattern}|{_FOREIGN}")

_ALONE = re.compile("(?<![\u0400-\u07ff])[\u0400-\u07ff](?![\u0400-\u07ff])")
_TOGETHER = re.compile("[\u0400-\u07ff]{2}")


def repaired(text: str, changes: Counter[str]) -> str:
    """The text with its mojibake undone as far as there is evidence; counts the lines changed.

    Ambiguous sequences are undone where others of the same text are. C1 controls that belong to no
    sequence are taken for Windows-1252, as browsers do. A line of more than 500 characters is
    looked at (and counted) in pieces.
    """
    if text.isascii() or not MAYBE_BAD.search(text):
        return text
    pieces = _PIECES.findall(text)
    bad = {place: piece for place, piece in enumerate(pieces) if MAYBE_BAD.search(piece)}
    found = {place: _repair(piece, _BOLD) for place, piece in bad.items()}
    if not any(_is_proof(piece, found[place]) for place, piece in bad.items()):
        found = {place: _repair(piece, _CAUTIOUS) for place, piece in bad.items()}
    changes["mojibake"] += sum(found[place] != piece for place, piece in bad.items())
    return "".join(found.get(place, piece) for place, piece in enumerate(pieces))


def without_code_pages(text: str, changes: Counter[str]) -> str:
    """The text with no character of a code page, ASCII apart, in lines that may yet be repaired."""
    lines = text.split("\n")
    bad = {n for n, line in enumerate(lines) if MAYBE_BAD.search(line) or HIDDEN.search(line)}
    changes["mojibake"] += len(bad)
    return "\n".join(_OF_PAGES.sub("", ln) if n in bad else ln for n, ln in enumerate(lines))


def _is_proof(line: str, made: str) -> bool:
    """Whether more sequences became characters (each at least one shorter) than are ambiguous."""
    return len(line) - len(made) > len(_AMBIGUOUS.findall(line))


def _repair(line: str, hidden: re.Pattern[str]) -> str:
    """What ftfy makes of a line while it does not see what ``hidden`` matches."""
    made = apart_from(hidden, line, fix_encoding)
    return made if _is_plausible(line, made) else line


def _is_plausible(line: str, made: str) -> bool:
    """No single letters from Cyrillic to N'Ko in a line that had none, and no two of them."""
    return not _ALONE.search(made) or bool(_TOGETHER.search(made) or _ALONE.search(line))
