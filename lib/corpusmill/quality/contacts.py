"""Texts that are lists of addresses: e-mail, IPv4 and telephone numbers, counted roughly.

Dolma drops documents with more than five of them and masks the others (Soldaini et al. 2024). What
is counted here only says how many there are about; finding and replacing is the work of
``redact_pii``. A telephone number has its groups apart and 9 to 15 digits; dates and addresses of
machines are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import regex

from corpusmill.quality.batch import Counts, Limits, Rule, TextBatch

SIGNALS = (
    ("e_mail_addresses", "what looks like an e-mail address"),
    ("ip_addresses", "what looks like an IPv4 address"),
    ("telephone_numbers", "what looks like a telephone number with its groups"),
    ("contacts", "all of these together"),
)

RULES = (Rule("many_contacts", "contacts", "max_contacts"),)

_E_MAIL = regex.compile(r"@(?:[\w-]{1,63}\.){1,4}\p{L}{2,24}\b")
_IP = regex.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]{0,9}\d)")
_GROUPS = regex.compile(
    r"(?<![\w.:/-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,5}\)|\d{2,5})(?:[ .-]\d{2,5}){1,4}(?![\w:/-])"
)
_DATE = regex.compile(r"\b(?:19|20)\d\d([ .-])\d\d\1\d\d\b|\b\d\d([ .-])\d\d\2(?:19|20)\d\d\b")
_DIGITS = range(9, 16)


@dataclass(frozen=True)
class Contacts:
    """The published limit. What reaches it keeps; None is no limit."""

    max_contacts: int | None = 5


def measure(batch: TextBatch, _limits: Limits) -> dict[str, Counts]:
    """The signals of every text."""
    whole = batch.points.whole
    bounds = batch.points.starts.tolist()
    texts = [whole[start:end] for start, end in pairwise(bounds)]
    found = np.array([_counts(text) for text in texts], dtype=np.int64).reshape(-1, 3).T
    names = [name for name, _ in SIGNALS]
    return dict(zip(names, [*found, found.sum(axis=0)], strict=True))


def _counts(text: str) -> tuple[int, int, int]:
    """E-mail addresses, IPv4 addresses and telephone numbers."""
    machines = len(_IP.findall(text))
    groups = (match.group() for match in _GROUPS.finditer(_IP.sub(" ", text) if machines else text))
    telephones = sum(
        sum(map(str.isdecimal, found)) in _DIGITS and not _DATE.search(found) for found in groups
    )
    return len(_E_MAIL.findall(text)), machines, telephones
