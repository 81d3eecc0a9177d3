"""Characters that show nothing: newline forms, controls, byte order, zero-width and bidi marks.

All sets are written out as code points, so no Unicode table is asked and any Python does the same.
"""

from __future__ import annotations

import re
from collections import Counter

# A byte 85 may be part of a UTF-8 sequence that was read as Latin-1; it is a newline only where no
# other byte of such a sequence can stand before it. The rest is looked at once more after repair.
_RARE_NEWLINES = re.compile("[\x0b\x0c\x85\u2028\u2029](?<![\x80-\x84\x86-\xf4]\x85)")
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_DROPPED = {
    "control": re.compile("[\x00-\x08\x0e-\x1f\x7f]+"),
    "byte_order_mark": re.compile("\ufeff+"),
    "zero_width": re.compile("[\u200b\u2060]+"),
    "bidi": re.compile(f"[{_BIDI}]+"),
}
# Joiners and the Mongolian vowel separator belong to the spelling of the scripts that have them,
# and to emoji. None of those ever puts one behind an ASCII character, behind white space or first.
_SPACES = "\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_JOINERS = "\u180e\u200c\u200d"
_LOST_JOINERS = re.compile(f"[{_JOINERS}](?<![^\x00-\x7f{_SPACES}].)[{_JOINERS}]*", re.DOTALL)
_SHOWN_BY_NONE = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\u2060\ufeff"
HIDDEN = re.compile(f"[\x85{_SHOWN_BY_NONE}{_JOINERS}{_BIDI}]")
"""What ``without_hidden`` may drop or replace, carriage returns apart."""

LATIN = re.compile("[\x80-\x9f\xad]")
"""What ``without_latin_controls`` drops or replaces."""
_LATIN_DROPPED = {
    "control": re.compile("[\x80-\x84\x86-\x9f]+"),
    "zero_width": re.compile("\xad+"),
}

SUSPECT = (
    f"[\x80-\x9f\xad{_SHOWN_BY_NONE}{_BIDI}]"
    rf"|(?:\A|[\x00-\x7f{_SPACES}])[{_JOINERS}]"
)
"""What a text must match (RE2) for a function here to change more than carriage returns."""


def without_hidden(text: str, changes: Counter[str]) -> str:
    """Newlines as line feeds; no C0 controls but tabs, no marks that show nothing.

    Counts newline forms replaced and characters dropped. Leaves alone what may be a byte of broken
    UTF-8: C1 controls and soft hyphens.
    """
    text = without_returns(text, changes)
    if not HIDDEN.search(text):
        return text
    text, changed = _RARE_NEWLINES.subn("\n", text)
    changes["newline"] += changed
    for kind, pattern in _DROPPED.items():
        text = _without(pattern, text, kind, changes)
    return _without(_LOST_JOINERS, text, "zero_width", changes)


def without_returns(text: str, changes: Counter[str]) -> str:
    """Line feeds for carriage returns, and for those with a line feed; counts them as newlines."""
    if "\r" in text:
        for newline in ("\r\n", "\r"):
            changes["newline"] += text.count(newline)
            text = text.replace(newline, "\n")
    return text


def without_latin_controls(text: str, changes: Counter[str]) -> str:
    """The same for C1 controls, of which U+0085 is a newline, and soft hyphens."""
    if text.isascii() or not LATIN.search(text):
        return text
    for kind, pattern in _LATIN_DROPPED.items():
        text = _without(pattern, text, kind, changes)
    changes["newline"] += text.count("\x85")
    return text.replace("\x85", "\n")


def _without(pattern: re.Pattern[str], text: str, kind: str, changes: Counter[str]) -> str:
    if not pattern.search(text):  # several times as fast as replacing nothing
        return text
    clean = pattern.sub("", text)
    changes[kind] += len(text) - len(clean)
    return clean
