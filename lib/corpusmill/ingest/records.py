"""One file becomes records and refusals, in file order: each record of it is one or the other.

A refused record keeps its number, length and digest; its text goes nowhere.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any, NoReturn, cast

import numpy as np

from corpusmill.ingest.sources import Columns

MAX_RECORD_BYTES = 16 << 20  # what kernels need of it stays below 1 GB
MAX_DEPTH = 200  # far below where any parser of JSON gives up
MAX_DIGITS = 1000  # of a whole number
# What every Python reads alike; from 3.11 on it would read more.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Record:
    """An accepted record. ``key`` is its own id, or None where it has none."""

    number: int
    content: str
    key: str | None = None
    url: str | None = None
    created: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """A record that was not accepted: why, how many bytes it had, and their SHA-256."""

    number: int
    reason: str
    length: int
    digest: str


class _Unfit(Exception):
    """Why a record is refused."""


def read_jsonl(location: Path, columns: Columns) -> Iterator[Record | Refusal]:
    """The records of a JSON Lines file (plain, .gz or .bz2); blank lines are no records."""
    number = 0
    for line, fault in _lines(location):
        if fault is None and not line.strip():
            continue
        yield _json_record(number, line, fault, columns)
        number += 1


def read_plain(location: Path, _columns: Columns) -> Iterator[Record | Refusal]:
    """A text file as one record: all of it, decoded as UTF-8; one of no bytes has no record."""
    with _opened(location) as file:
        try:
            data = file.read(MAX_RECORD_BYTES + 1)
            if len(data) > MAX_RECORD_BYTES:
                raise _Unfit("record_too_long")
            if data:
                yield Record(0, _text_of(_decode(data)))
        except _Unfit as unfit:
            yield _refusal(0, data, str(unfit))
        except (EOFError, OSError, zlib.error) as error:
            _raise_unless_damage(error)
            yield _refusal(0, b"", "file_damaged")


def count_jsonl(location: Path) -> int:
    """How many records ``read_jsonl`` answers for a file, without looking into them."""
    return sum(fault is not None or bool(line.strip()) for line, fault in _lines(location))


def count_plain(location: Path) -> int:
    """How many records ``read_plain`` answers for a file: one, or none where it is empty."""
    with _opened(location) as file:
        try:
            return 1 if file.read(1) else 0
        except (EOFError, OSError, zlib.error) as error:
            _raise_unless_damage(error)
            return 1


COUNTERS: dict[str, Callable[[Path], int]] = {"jsonl": count_jsonl, "plain": count_plain}
READERS: dict[str, Callable[[Path, Columns], Iterator[Record | Refusal]]] = {
    "jsonl": read_jsonl,
    "plain": read_plain,
}


def _lines(location: Path) -> Iterator[tuple[bytes, str | None]]:
    """Lines with what is wrong with them; a damaged file ends in one refusal."""
    with _opened(location) as file:
        while True:
            try:
                line = file.readline(MAX_RECORD_BYTES + 1)
            except (EOFError, OSError, zlib.error) as error:
                _raise_unless_damage(error)
                yield b"", "file_damaged"
                return
            if not line:
                return
            if len(line) <= MAX_RECORD_BYTES:
                yield line, None
            else:
                if not line.endswith(b"\n"):
                    _skip_line(file)
                yield line, "record_too_long"


def _skip_line(file: IO[bytes]) -> None:
    while block := file.readline(1 << 20):
        if block.endswith(b"\n"):
            return


def _raise_unless_damage(error: Exception) -> None:
    """An error with an errno is the disk's or the network's: it fails the task, to be repeated."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error


def _opened(location: Path) -> IO[bytes]:
    name = location.name.lower()
    if name.endswith(".gz"):
        return cast(IO[bytes], gzip.open(location))
    return bz2.open(location) if name.endswith(".bz2") else location.open("rb")


def _json_record(number: int, line: bytes, fault: str | None, columns: Columns) -> Record | Refusal:
    try:
        if fault is not None:
            raise _Unfit(fault)
        fields = _parse(_decode(line))
        taken = {columns.id, columns.text, columns.url, columns.created}
        created = _scalar(fields, columns.created)
        rest = {_as_text(name): _as_text(v) for name, v in fields.items() if name not in taken}
        moment = utc(created)
        if created is not None and moment is None:
            rest["created"] = created
        return Record(
            number=number,
            content=_text_of(fields.get(columns.text)),
            key=_key(fields, columns.id),
            url=_scalar(fields, columns.url),
            created=moment,
            metadata=dict(sorted(rest.items())),
        )
    except _Unfit as unfit:
        return _refusal(number, line, str(unfit))


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unfit("not_utf8") from None


def _parse(line: str) -> dict[str, Any]:
    if _is_deep(line):
        raise _Unfit("nested_too_deep")
    try:
        value = json.loads(
            line,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except ValueError:
        raise _Unfit("not_json") from None
    if not isinstance(value, dict):
        raise _Unfit("not_an_object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unfit("duplicate_keys")
    return found


def _is_deep(line: str) -> bool:
    """Whether brackets outside strings are open more than ``MAX_DEPTH`` deep at once.

    Counted here, because where the parser gives up depends on the Python and on its caller.
    """
    if line.count("[") + line.count("{") <= MAX_DEPTH:
        return False
    outside = "".join(line.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    codes = np.frombuffer(outside.encode("utf-8", "replace"), np.uint8)
    opening = (codes == ord("[")) | (codes == ord("{"))
    closing = (codes == ord("]")) | (codes == ord("}"))
    depths = np.cumsum(opening.astype(np.int32) - closing.astype(np.int32))
    return bool(depths.max(initial=0) > MAX_DEPTH)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Unfit("number_too_large")
    return number


def _bounded(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Unfit("number_too_large")
    return int(digits)


def _no_constant(_name: str) -> NoReturn:
    raise _Unfit("not_json")


def _text_of(value: Any) -> str:
    if value is None:
        raise _Unfit("text_missing")
    if not isinstance(value, str):
        raise _Unfit("text_is_no_string")
    if not value.strip():
        raise _Unfit("text_blank")
    if _SURROGATE.search(value):
        raise _Unfit("lone_surrogate")
    return value


def _key(fields: dict[str, Any], column: str | None) -> str | None:
    value = fields.get(column) if column is not None else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise _Unfit("id_is_no_string")
    key = str(value)
    if _SURROGATE.search(key):
        raise _Unfit("lone_surrogate")
    return key


def _scalar(fields: dict[str, Any], column: str | None) -> str | None:
    value = fields.get(column) if column is not None else None
    return None if value is None else _as_text(value)


def _as_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _SURROGATE.sub("\ufffd", text)


def utc(text: str | None) -> str | None:
    """An ISO 8601 date or time as ``YYYY-MM-DDTHH:MM:SSZ``; None for anything else.

    A time without a zone counts as UTC.
    """
    stated = (text or "").strip()
    if not _ISO.fullmatch(stated):
        return None
    try:
        moment = datetime.fromisoformat(stated.replace("Z", "+00:00"))
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        moment = zoned.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None)
        return f"{moment.isoformat()}Z"
    except (ValueError, OverflowError):
        return None


def _refusal(number: int, data: bytes, reason: str) -> Refusal:
    return Refusal(number, reason, len(data), hashlib.sha256(data).hexdigest())
