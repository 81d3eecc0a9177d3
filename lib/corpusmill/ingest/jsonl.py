"""JSON Lines: one object a line. Plain files are split by bytes, packed ones are not."""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.lines import Line, Lines
from corpusmill.ingest.records import Reading, Record, Refusal, Unfit, record_of, refusal
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.unpack import Damaged, Stream, packing_of

MAX_DIGITS = 1000  # of a whole number
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def plan(
    location: Path, start: int, end: int | None, _size: int, rules: IngestRules
) -> Iterator[Block]:
    """The one block of records that begin between two offsets, counted by lines alone."""
    count = 0
    try:
        count = sum(1 for line in _lines(location, start, end, rules) if not _is_blank(line))
    except _Broken as broken:
        count = broken.lines + 1
    yield Block(start, end, 0, count)


def read(
    location: Path, block: Block, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    """The records of a block; a damaged file ends in one refusal. Blank lines are no records."""
    number = block.first
    try:
        for line in _lines(location, block.start, block.end, how.rules):
            if _is_blank(line):
                continue
            if wanted is None or number in wanted:
                yield _record(number, line, how)
            number += 1
    except _Broken as broken:
        if wanted is None or number in wanted:
            rest = broken.rest
            digest = rest.digest if rest.data is None else refusal(0, rest.data, "").digest
            yield Refusal(number, broken.reason, rest.length, digest, rest.offset)


class _Broken(Exception):
    """The stream broke after so many lines that are not blank."""

    def __init__(self, reason: str, lines: int, rest: Line) -> None:
        super().__init__(reason)
        self.reason, self.lines, self.rest = reason, lines, rest


def _lines(location: Path, start: int, end: int | None, rules: IngestRules) -> Iterator[Line]:
    """Lines that begin at ``start`` or later and before ``end``, blank ones too."""
    with location.open("rb") as file:
        file.seek(max(0, start - 1))  # a line begins at ``start`` if another ends right before
        stream = Stream(file, packing_of(location.name), rules.expansion, rules.unpacked_bytes)
        lines = Lines(stream.chunks(), rules.record_bytes, max(0, start - 1), inside=start > 0)
        count = 0
        try:
            for line in lines.until(end):
                count += not _is_blank(line)
                yield line
        except Damaged as damaged:
            raise _Broken(str(damaged), count, lines.pending()) from None


def _is_blank(line: Line) -> bool:
    return line.data is not None and (not line.data or line.data.isspace())


def _record(number: int, line: Line, how: Reading) -> Record | Refusal:
    if line.data is None:
        return Refusal(number, "record_too_long", line.length, line.digest, line.offset)
    try:
        return record_of(number, parse(line.data, how.rules.depth), how, line.offset)
    except Unfit as unfit:
        return refusal(number, line.data, str(unfit), line.offset)


def parse(line: bytes, depth: int) -> dict[str, Any]:
    """The object that a line holds, read strictly. Raises ``Unfit``."""
    try:
        text = line.removeprefix(_BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError:
        raise Unfit("not_utf8") from None
    if _is_deep(text, depth):
        raise Unfit("nested_too_deep")
    try:
        value = _DECODER.decode(text)
    except ValueError:
        raise Unfit("not_json") from None
    if not isinstance(value, dict):
        raise Unfit("not_an_object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unfit("duplicate_keys")
    return found


def _is_deep(text: str, depth: int) -> bool:
    """Whether brackets outside strings are open more than ``depth`` deep at once.

    Counted here, because where the parser gives up depends on the Python and on its caller.
    """
    if text.count("[") + text.count("{") <= depth:
        return False
    outside = "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    codes = np.frombuffer(outside.encode("utf-8", "replace"), np.uint8)
    opening = (codes == ord("[")) | (codes == ord("{"))
    closing = (codes == ord("]")) | (codes == ord("}"))
    depths = np.cumsum(opening.astype(np.int32) - closing.astype(np.int32))
    return bool(depths.max(initial=0) > depth)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Unfit("number_too_large")
    return number


def _bounded(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Unfit("number_too_large")
    return int(digits)


def _no_constant(_name: str) -> NoReturn:
    raise Unfit("not_json")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_no_constant,
    parse_float=_finite,
    parse_int=_bounded,
)
