"""Extensions of phone numbers: which digits of a text are one, by the phone library's labels.

Digits behind a label (``ext.``, ``#``) belong to the digits before it, however many blanks, tabs
and commas stand between. They change what the library finds, and so have to be seen with a number:
it asks for a national prefix in number and extension written together, so an extension makes some
digits a number; and no number begins in one.
"""

from __future__ import annotations

import regex

from corpusmill.pii.phones import JOINED, JOINTS

_LABEL = (
    r"(?:[ \u00a0\t,]*+(?:e?xt(?:ensi(?:o\u0301?|\u00f3))?n?|\uff45?\uff58\uff54\uff4e?|доб|anexo"
    r"|[x\uff58#\uff03~\uff5e]|int|\uff49\uff4e\uff54)[:.\uff0e]?[ \u00a0\t,-]*+|;ext=)"
)
_BARE = r"[- ]++\d{1,6}+"  # an extension without a label, where # follows
_BEHIND = regex.compile(rf"{_LABEL}\d{{1,20}}+#?|{_BARE}#|(?<=[- ]\d{{1,6}})#", regex.IGNORECASE)
_BEFORE = regex.compile(  # read from its end to its start
    rf"(?r)(?:(?:\d[{JOINTS}]{{0,{JOINED}}})*+\d(?:{_BARE}(?=#))?{_LABEL})+", regex.IGNORECASE
)
_HASHED = regex.compile(r"\d{1,6}#")


def end_of_extension(text: str, end: int) -> int:
    """Where the extension ends of digits that end at ``end``; there, where they have none."""
    match = _BEHIND.match(text, end)
    return match.end() if match else end


def start_of_extended(text: str, low: int, start: int) -> int:
    """Where the digits begin, from ``low`` on, that what starts at ``start`` may be an extension
    of, and those that they may be one of; at ``start``, where there are none."""
    hashed = _HASHED.match(text, start)
    match = _BEFORE.match(text, low, hashed.end() if hashed else start)
    return match.start() if match else start
