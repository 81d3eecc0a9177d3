"""What stands for a value: surrogates, and the key that they are made with."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path

import unicodedata2

from corpusmill.digests import canonical

LEAST_KEY = 16  # bytes
NO_KEY = b"corpusmill"  # in the place of one that the recipe does not name
_OF_NUMBERS = frozenset({"Ll", "Lo", "Nd"})  # categories; signs between are told apart by nobody
_PLUS = "+"
_NUMBERS = frozenset({"PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN"})
_SHOWN = 16  # hex digits of a surrogate: 64 bits, two of 10^9 values meet with a chance of 3 %


class NoKey(Exception):
    """The key of surrogates cannot be had; the message names the place, never the key."""


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


def list_fingerprint(values: Iterable[str], key: bytes) -> str:
    """What may be told of a list of values, in any order and case: one HMAC-SHA-256 of all."""
    said = canonical(sorted({value.casefold() for value in values}))
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def surrogate(kind: str, value: str, key: bytes) -> str:
    """What stands for a value: its kind and 64 bits of HMAC-SHA-256, the same for the same value.

    Values are the same without regard to case, compatible forms (full width, ligatures) and, for
    numbers, all signs between their digits but a plus.
    """
    same = unicodedata2.normalize("NFKC", value).casefold()
    if kind in _NUMBERS:
        same = "".join(sign for sign in same if _is_of_number(sign))
    said = hmac.new(key, f"{kind}\0{same}".encode(), hashlib.sha256).hexdigest()
    return f"<{kind}_{said[:_SHOWN]}>"


def _is_of_number(sign: str) -> bool:
    return sign == _PLUS or unicodedata2.category(sign) in _OF_NUMBERS
