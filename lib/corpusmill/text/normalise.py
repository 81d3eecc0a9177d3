"""The stored form of a text: what ``documents.text`` holds and ``text_digest`` is taken of."""

from __future__ import annotations

import re
from dataclasses import dataclass

import unicodedata2

# Fixed sets of code points: no Unicode table is asked, so any Python's ``re`` does the same.
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")


@dataclass(frozen=True)
class NormaliseRules:
    """The Unicode normal form of stored text; its table is the pinned ``unicodedata2``'s."""

    form: str = "NFC"

    def __post_init__(self) -> None:
        if self.form != "NFC":
            raise ValueError(f"form {self.form}: allowed is NFC")


def normalise(text: str) -> str:
    """NFC, lines (and pages) ended by a line feed, no other control characters but tabs, no BOM.

    Every other character stays, white space and joiners included. Idempotent.
    """
    lines = _NEWLINES.sub("\n", text)
    clean = _DROPPED.sub("", lines)
    return clean if clean.isascii() else unicodedata2.normalize("NFC", clean)
