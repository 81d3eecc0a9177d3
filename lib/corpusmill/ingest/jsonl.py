"""JSON Lines: one object a line. Plain files are split by bytes, packed ones are not."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.lines import Line, Lines
from corpusmill.ingest.records import Reading, Record, Refusal, Unfit, record_of, refusal
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.unpack import Damaged, Stream, packing_of

MAX_DIGITS = 1000  # of a whole number
_PASSING = ("file_damaged", "trailing_garbage")  # what may be followed by frames that are whole


def plan(
    location: Path, start: int, end: int | None, _size: int, rules: IngestRules
) -> Iterator[Block]:
    """The one block of records that begin between two offsets, counted by lines alone."""
    count = sum(1 for line in _lines(location, start, end, rules) if not _is_blank(line))
    yield Block(start, end, 0, count)


def read(
    location: Path, block: Block, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    """The records of a block; a stretch that is damaged is one refusal. Blank lines are none."""
    number = block.first
    for line in _lines(location, block.start, block.end, how.rules):
        if _is_blank(line):
            continue
        if wanted is None or number in wanted:
            if isinstance(line, _Fault):
                yield line.refusal(number)
            else:
                yield _record(number, line, how)
        number += 1


@dataclass(frozen=True)
class _Fault:
    """Where the stream breaks: why, and what had come of the line by then."""

    reason: str
    rest: Line

    def refusal(self, number: int) -> Refusal:
        rest = self.rest
        digest = rest.digest if rest.data is None else refusal(0, rest.data, "").digest
        return Refusal(number, self.reason, rest.length, digest, rest.offset)


def _lines(
    location: Path, start: int, end: int | None, rules: IngestRules
) -> Iterator[Line | _Fault]:
    """Lines that begin at ``start`` or later and before ``end``, blank ones too, and faults.

    After a fault, reading goes on at the next frame that is whole. The line that it begins in is
    then no JSON, unless it begins a line; offsets do not count what was lost.
    """
    with location.open("rb") as file:
        offset = max(0, start - 1)  # a line begins at ``start`` if another ends right before
        file.seek(offset)
        stream = Stream(file, packing_of(location.name), rules.expansion, rules.unpacked_bytes)
        inside = start > 0
        while True:
            lines = Lines(stream.chunks(), rules.record_bytes, offset, inside)
            try:
                yield from lines.until(end)
            except Damaged as damaged:
                rest = lines.pending()
                yield _Fault(str(damaged), rest)
                if str(damaged) not in _PASSING or not stream.resume():
                    return
                offset, inside = rest.offset + rest.length, False
            else:
                return


def _is_blank(line: Line | _Fault) -> bool:
    return (
        isinstance(line, Line) and line.data is not None and (not line.data or line.data.isspace())
    )


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
        text = line.removeprefix(codecs.BOM_UTF8).decode()
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
