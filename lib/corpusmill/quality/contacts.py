"""Texts that are lists of addresses: e-mail, IPv4 and telephone numbers, counted roughly.

Dolma drops documents with more than five of them and masks the others (Soldaini et al. 2024). What
is counted here only says how many there are about; finding and replacing is the work of
``redact_pii``. No pattern looks further than a bounded stretch.
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

_PATTERNS = {
    "e_mail_addresses": regex.compile(r"@(?:[\w-]{1,63}\.){1,4}\p{L}{2,24}\b"),
    "ip_addresses": regex.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)"),
    "telephone_numbers": regex.compile(
        r"(?<![\w.:/-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,5}\)|\d{2,5})(?:[ .-]\d{2,5}){2,4}(?![\w:/-])"
    ),
}


@dataclass(frozen=True)
class Contacts:
    """The published limit. What reaches it keeps; None is no limit."""

    max_contacts: int | None = 5


def measure(batch: TextBatch, _limits: Limits) -> dict[str, Counts]:
    """The signals of every text."""
    whole = batch.points.codes.tobytes().decode("utf-32-le", "replace")
    bounds = batch.points.starts.tolist()
    texts = [whole[start:end] for start, end in pairwise(bounds)]
    found = {
        name: np.array([len(pattern.findall(text)) for text in texts], dtype=np.int64)
        for name, pattern in _PATTERNS.items()
    }
    together: Counts = np.sum(list(found.values()), axis=0, dtype=np.int64)
    return {**found, "contacts": together}
