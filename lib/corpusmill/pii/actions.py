"""What becomes of findings: which are replaced, by what, and which cost a document its place."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import unicodedata2

from corpusmill.pii.rules import DROP, KEEP, PLACEHOLDER, PiiRules
from corpusmill.pii.spans import Span

LEAST_KEY = 16  # bytes
_SIGNS = frozenset(" \u00a0-.()/[]")  # between the digits of one number, told apart by nobody
_NUMBERS = frozenset({"PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN"})
_SHOWN = 16  # hex digits of a surrogate: 64 bits, two of 10^9 values meet with a chance of 3 %


class NoKey(Exception):
    """The key of surrogates cannot be had; the message names the place, never the key."""


def decided(spans: Sequence[Span], text: str, rules: PiiRules) -> list[tuple[Span, str]]:
    """Each span with its action: what ``rules.actions`` says of its kind, ``keep`` for allowed
    values, and ``drop`` for all others where a kind has more findings than ``drop_beyond``.

    Values that are allowed do not count.
    """
    allowed = {value.casefold() for value in rules.allow}
    kept = [_is_allowed(text[span.start : span.end], allowed) for span in spans]
    counts = Counter(span.kind for span, stays in zip(spans, kept, strict=True) if not stays)
    if any(counts[kind] > most for kind, most in rules.drop_beyond.items()):
        actions = dict.fromkeys(counts, DROP)
    else:
        actions = {kind: rules.actions.get(kind, PLACEHOLDER) for kind in counts}
    return [
        (span, KEEP if stays else actions[span.kind])
        for span, stays in zip(spans, kept, strict=True)
    ]


def load_key(reference: str) -> bytes:
    """The key of surrogates from where ``env:NAME`` or ``file:PATH`` says it is.

    Blanks around it do not count. Raises ``NoKey`` where there is none or it is shorter than
    ``LEAST_KEY`` bytes.
    """
    scheme, _, place = reference.partition(":")
    try:
        found = os.environb[os.fsencode(place)] if scheme == "env" else Path(place).read_bytes()
    except (KeyError, OSError, ValueError):
        raise NoKey(f"{reference}: no key is there") from None
    key = found.strip()
    if len(key) < LEAST_KEY:
        raise NoKey(f"{reference}: shorter than {LEAST_KEY} bytes")
    return key


def fingerprint(key: bytes) -> str:
    """What may be told of a key: another key has another one."""
    return hmac.new(key, b"corpusmill key", hashlib.sha256).hexdigest()


def surrogate(kind: str, value: str, key: bytes) -> str:
    """What stands for a value: its kind and 64 bits of HMAC-SHA-256, the same for the same value.

    Values are the same without regard to case, compatible forms (full width, ligatures) and, for
    numbers, the signs between their digits.
    """
    same = unicodedata2.normalize("NFKC", value).casefold()
    if kind in _NUMBERS:
        same = "".join(sign for sign in same if sign not in _SIGNS)
    said = hmac.new(key, f"{kind}\0{same}".encode(), hashlib.sha256).hexdigest()
    return f"<{kind}_{said[:_SHOWN]}>"


def _is_allowed(value: str, allowed: set[str]) -> bool:
    same = value.casefold()
    return same in allowed or ("@" in same and same[same.rindex("@") :] in allowed)
