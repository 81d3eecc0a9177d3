"""What makes a string look like a key, and what shows that it only stands for one.

All comparisons are between whole numbers, so that every platform answers alike.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from typing import Any

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = 6  # base62 digits that hold 32 bits
_PLACEHOLDER = re.compile(
    r"example|sample|placeholder|change[_-]?(?:me|it)|replace|redacted|dummy|default|insert"
    r"|your|x{4}|12345|abcdef|1a2b3c|a1b2c3|p[a@4][s$5]{1,2}w[o0]rd|passwd|passphrase"
    r"|\.\.\.|(.)\1{4}",
    re.IGNORECASE,
)
_PLACEHOLDER_OF_KEYS = re.compile(r"example|(.)\1{7}|x{6}|12345678|abcdefgh", re.IGNORECASE)
_REFERENCE = re.compile(r"[<>{}()\[\]|]|^[$%@&:]|%s|://|^arn:")
_LOUD = re.compile(r"[!#$%^&*~?]")
_WORDS = re.compile(r"[A-Z]?[a-z]{3,256}")
_PIECES = re.compile(r"[A-Za-z0-9]{1,256}")
_RUNS = re.compile(r"[a-z]{1,256}|[A-Z]{1,256}|[0-9]{1,256}|[^A-Za-z0-9]{1,256}")


def is_placeholder(value: str) -> bool:
    """Whether a value written by hand only stands for one, as ``changeme``, ``${KEY}``, a URL."""
    return bool(_REFERENCE.search(value) or _PLACEHOLDER.search(value))


def is_documented(key: str) -> bool:
    """Whether a key of a known shape is one that manuals print: ``EXAMPLE`` in it, ``xxxxxx``."""
    return bool(_PLACEHOLDER_OF_KEYS.search(key)) or not is_varied(key)


def is_varied(value: str) -> bool:
    """Whether at least five characters share the value evenly, or more unevenly.

    By collision entropy, with c how often each character stands in n: n * n >= 5 * sum(c * c).
    """
    return len(value) ** 2 >= 5 * sum(value.count(sign) ** 2 for sign in set(value))


def is_random(value: str) -> bool:
    """Whether a string looks drawn by lot: varied, mixed, restless.

    Mixed: digits stand among letters, or a sign that joins no words among both sizes of letters.
    Restless: in four neighbouring pairs of characters one or more changes between small letters,
    capitals, digits and signs. Words and names in programs change in one of six or less, random
    base62 in 62 of 100, random hex in 47.
    """
    if not is_varied(value) or not _is_mixed(value):
        return False
    changes = len(_RUNS.findall(value)) - 1
    return 4 * changes >= len(value)


def is_name(value: str, parts: int = 2) -> bool:
    """Whether words like those of ``testRSA2048PrivateKey`` make up more than half of a value, or
    of so many ``parts`` one."""
    words = _WORDS.findall(value)
    return not value.islower() and parts * sum(map(len, words)) > len(value)


def has_checksum(token: str) -> bool:
    """Whether the end of a GitHub or npm token is the CRC-32 of what follows its prefix."""
    body = token.partition("_")[2]
    return body[-_CHECKSUM:] == _base62(zlib.crc32(body[:-_CHECKSUM].encode()))


def is_signed_json(token: str) -> bool:
    """Whether a JWT's header names its algorithm, and its subject is not the one manuals print."""
    header, payload = (_json_of(part) for part in token.split(".")[:2])
    return "alg" in header and payload.get("sub") != "1234567890"


def names_an_account(token: str) -> bool:
    """Whether a Discord token begins with the number of an account."""
    digits = _decoded(token.partition(".")[0])
    return digits.isdigit() and 17 <= len(digits) <= 20


def _is_mixed(value: str) -> bool:
    if any(map(_has_digits_inside, _PIECES.findall(value))):
        return True
    return bool(_LOUD.search(value)) and value != value.lower() and value != value.upper()


def _has_digits_inside(piece: str) -> bool:
    """Whether digits stand among letters, not just a few after them as in ``sha256``."""
    stem = piece.rstrip("0123456789")
    return stem != "" and (not stem.isalpha() or len(piece) - len(stem) > 4)


def _base62(number: int) -> str:
    digits = ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits


def _decoded(part: str) -> bytes:
    """Base64url without padding as bytes; nothing when it is none."""
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return b""


def _json_of(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(part))
    except (ValueError, RecursionError):  # no JSON, or brackets in brackets to no end
        return {}
    return value if isinstance(value, dict) else {}
