"""Keys, tokens and passwords of a text: what a data set must not teach.

Three ways to one: a published format (``secret_formats``), a block of a private key, or a value
that looks drawn by lot and is given to a name such as ``api_key``. What stands for a secret in
manuals is none. A hash or UUID counts where such a name stands before it, and nowhere else. All of
it takes time linear in the text; a text with no mark of a secret costs two quick scans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from corpusmill.pii.secret_formats import CERTAIN, FORMATS, Format
from corpusmill.pii.secret_shapes import is_documented, is_name, is_placeholder, is_random
from corpusmill.pii.spans import Span, resolve_overlaps

KIND = "SECRET"
LONGEST_BLOCK = 32_768  # twice the longest RSA key in use, and many a PGP key with its subkeys
LONGEST_NAME = 48
LONGEST_VALUE = 2_048  # session tokens of AWS
LEAST_BARE = 12
AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")

_KEY_MARKS = ("PRIVATE KEY", "Private-Lines: ")
_DASHES = "----"
_BEGIN = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"|---- BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY ----"  # of SSH2
)
_END = re.compile(r"-----END [A-Z0-9 ]{1,48}-----|---- END [A-Z0-9 ]{1,48} ----")
_PUTTY = re.compile(
    r"Private-Lines: [0-9]{1,3}(?=(?P<body>(?:(?:\s|\\[nr]){1,16}[A-Za-z0-9+/]{4,64}={0,2}){1,999})"
    r"(?:\s|\\[nr]){1,16}Private-(?:MAC|Hash): )"
)
_SEPARATOR = r"(?:\s|\\[nr]|[\"'+,#>|*]){1,32}"
_OPEN_BODY = re.compile(
    rf"(?:{_SEPARATOR}[A-Za-z-]{{3,24}}: [^\n\\]{{1,200}}(?=[\n\\])){{0,8}}"
    rf"(?:{_SEPARATOR})?[A-Za-z0-9+/]{{40,{LONGEST_BLOCK}}}"
    rf"(?:{_SEPARATOR}[A-Za-z0-9+/]{{16,{LONGEST_BLOCK}}}){{0,1024}}={{0,2}}"
)
_DENSE = re.compile(r"[A-Za-z0-9+/]{40}")
_SCHEME = r"(?:(?:Bearer|bearer|Basic|Token|token) )?"
_ASSIGNED = re.compile(  # what is between tags is given to them, so > is a sign of it
    r"[:=>](?=[=>]?[ \t]{0,4}(?:"
    rf"\\?[\"'`]{_SCHEME}(?P<quoted>[^\s\"'`\\]{{8,{LONGEST_VALUE}}})\\?[\"'`]"
    rf"|{_SCHEME}(?P<bare>[A-Za-z0-9_+/~!@#$%^*.-]{{{LEAST_BARE},{LONGEST_VALUE}}}={{0,2}})"
    r"(?=[\s,;&<\"'`)\]}\\\x80-\U0010ffff]|\Z)))"
)
_SECRET_NAMES = (
    *("password", "passwd", "passphrase", "pass", "pwd", "secret", "token"),
    *("credential", "credentials"),
    *("apikey", "accesskey", "secretkey", "privatekey", "authkey", "accountkey", "masterkey"),
    *("encryptionkey", "signingkey", "sharedkey", "secretkeybase", "authorization"),
)
_HARMLESS_NAMES = (  # of a place in a list, of one request: they open nothing
    *("publickeytoken", "pagetoken", "nexttoken", "continuationtoken"),
    *("locktoken", "changetoken", "clienttoken", "idempotencytoken", "amzcredential"),
    *("bypass", "compass"),
)
_JOINTS = str.maketrans("", "", "_- ")
_ASSIGNED_SCORE = 600_000
_KEY_BLOCK = "PrivateKeyBlock"


def _sign(form: Format) -> str:
    return form.mark[0]


def _marks_of(formats: list[Format]) -> re.Pattern[str]:
    """The marks of formats that are sorted by sign, a group each: a quick scan for a few signs."""
    marks = [
        re.escape(sign) + "(?:" + "|".join(f"{form.mark[1:]}()" for form in forms) + ")"
        for sign, forms in groupby(formats, _sign)
    ]
    return re.compile("|".join(marks), re.ASCII)


_MARKED = sorted(FORMATS, key=_sign)
_MARKS = _marks_of(_MARKED)


def find_secrets(text: str) -> list[Span]:
    """The secrets of a text, kind ``SECRET``, by start, none overlapping another."""
    spans = [*_published(text), *_assigned(text)]
    return resolve_overlaps(spans)


def _published(text: str) -> Iterator[Span]:
    for group in sorted({match.lastindex or 0 for match in _MARKS.finditer(text)}):
        yield from _of_format(text, _MARKED[group - 1])
    if any(mark in text for mark in _KEY_MARKS):
        yield from _key_blocks(text)


def _of_format(text: str, form: Format) -> Iterator[Span]:
    for match in form.pattern.finditer(text):
        start, end = match.span(form.pattern.groups)
        if form.accepts(text[start:end]):
            yield Span(KIND, start, end, form.name, form.score)


def _key_blocks(text: str) -> Iterator[Span]:
    """Private keys from their first dash to their last, or as far as an unended one goes on."""
    for begin in _BEGIN.finditer(text):
        end = _end_of_block(text, begin.end())
        if end is not None:
            yield Span(KIND, begin.start(), end, _KEY_BLOCK, CERTAIN)
    for putty in _PUTTY.finditer(text):
        if not is_documented(putty["body"].strip()):
            yield Span(KIND, *putty.span("body"), _KEY_BLOCK, CERTAIN)


def _end_of_block(text: str, start: int) -> int | None:
    """Where the key ends whose body starts at ``start``; None where there is no key."""
    limit = start + LONGEST_BLOCK
    closing = _END.match(text, max(start, text.find(_DASHES, start, limit)))
    if closing:
        dense = _DENSE.search(text, start, closing.start())
        return closing.end() if dense and not is_documented(dense[0]) else None
    body = _OPEN_BODY.match(text, start, limit)
    return body.end() if body else None


def _assigned(text: str) -> Iterator[Span]:
    """Values that look drawn by lot, given to a name that says they are secret."""
    for match in _ASSIGNED.finditer(text):
        name = _name_before(text, match.start())
        if not name.endswith(_SECRET_NAMES) or name.endswith(_HARMLESS_NAMES):
            continue
        group = "quoted" if match["quoted"] else "bare"
        value = match[group]
        if is_placeholder(value) or not is_random(value) or (group == "bare" and _is_code(value)):
            continue
        yield Span(KIND, *match.span(group), *_format_and_score(name, value))


def _name_before(text: str, at: int) -> str:
    """The name that ends at ``at``, small and in one: ``"API-Key2" `` is ``apikey``."""
    written = text[max(0, at - LONGEST_NAME) : at].rstrip(" \t\\\"'`]:").rstrip("0123456789")
    return written.lower().translate(_JOINTS)


def _is_code(value: str) -> bool:
    """Whether a value without quotes is a name, or has dots and no key between them."""
    if "." not in value:
        return is_name(value)
    pieces = [piece for piece in value.split(".") if len(piece) >= LEAST_BARE]
    return not any(is_random(piece) and not is_name(piece, parts=3) for piece in pieces)


def _format_and_score(name: str, value: str) -> tuple[str, int]:
    if AWS_SECRET.fullmatch(value) and ("aws" in name or name.endswith("secretaccesskey")):
        return "AwsSecretKey", CERTAIN
    return "AssignedSecret", _ASSIGNED_SCORE
