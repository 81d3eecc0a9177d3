"""White space, in one of three ways.

keep  as it is
trim  none at line ends; no blank lines at either end of the text, hence no last line feed; no-break
      and other unusual spaces are plain ones; indentation and lines stay
fold  that, and no indentation, one space for a run of spaces and tabs, one blank line for many

The sets are written out as code points, so no Unicode table is asked and any Python does the same.
"""

from __future__ import annotations

import re
from collections import Counter
from operator import ne

WAYS = ("keep", "trim", "fold")

UNUSUAL = "\xa0\u1680\u2000-\u200a\u202f\u205f"
"""Spaces that are made plain ones, as ranges of code points."""

# U+3000 is as wide as a letter, and paragraphs of Chinese and Japanese begin with it: it stays but
# at the end of a line.
_AT_ENDS = " \t\u3000"

_UNUSUAL_SPACES = re.compile(f"[{UNUSUAL}]")
_INDENTS = re.compile("^[ \t]+", re.MULTILINE)
_RUNS = re.compile("[ \t]{2,}|\t")
_BLANK_LINES = re.compile("\n{3,}")

AT_ENDS = rf"[{_AT_ENDS}](?:\n|\z)|\A\n|\n\z"
"""What a text must match (RE2) for ``trimmed`` to change it."""
SUSPECT = {
    "keep": "",
    "trim": f"[{UNUSUAL}]",
    "fold": f"[{UNUSUAL}]|\t|  |(?m:^) |\n\n\n",
}
"""What a text must match (RE2) for more than its ends to change, by the way of white space."""


def with_plain_spaces(text: str, changes: Counter[str]) -> str:
    """No-break and other unusual spaces as plain ones; counts them."""
    if text.isascii():
        return text
    changes["white_space"] += text.count("\xa0")
    return _replaced(_UNUSUAL_SPACES, " ", text.replace("\xa0", " "), changes)


def trimmed(text: str, changes: Counter[str]) -> str:
    """No white space at line ends and no blank lines at either end; counts the places."""
    text = _without_line_ends(text, changes)
    begun = text.lstrip("\n")
    ended = begun.rstrip("\n")
    changes["white_space"] += (begun != text) + (ended != begun)
    return ended


def folded(text: str, changes: Counter[str]) -> str:
    """No indentation, one space for a run of spaces and tabs, one blank line for many; counts."""
    text = _replaced(_INDENTS, "", text, changes)
    text = _replaced(_RUNS, " ", text, changes)
    return _replaced(_BLANK_LINES, "\n\n", text, changes)


def _without_line_ends(text: str, changes: Counter[str]) -> str:
    # Line by line: a pattern for runs before a line feed is quadratic where a long run has none.
    if not text.endswith(tuple(_AT_ENDS)) and not any(f"{end}\n" in text for end in _AT_ENDS):
        return text
    lines = text.split("\n")
    stripped = [line.rstrip(_AT_ENDS) for line in lines]
    changes["white_space"] += sum(map(ne, lines, stripped))
    return "\n".join(stripped)


def _replaced(pattern: re.Pattern[str], by: str, text: str, changes: Counter[str]) -> str:
    if not pattern.search(text):  # several times as fast as replacing nothing
        return text
    text, places = pattern.subn(by, text)
    changes["white_space"] += places
    return text
