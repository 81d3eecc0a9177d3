"""Plain text and Markdown: one file, one document."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import IO

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.charset import MARKS
from corpusmill.ingest.records import Reading, Record, Refusal, Unfit, refusal, text_of
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.unpack import Damaged, Stream, packing_of

# No page is in UTF-32, but texts are; its marks go first, for one begins as a mark of UTF-16 does.
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), *MARKS)


def plan(
    location: Path, _start: int, _end: int | None, _size: int, rules: IngestRules
) -> Iterator[Block]:
    """One block of one record, or of none where the file is empty."""
    with location.open("rb") as file:
        try:
            count = int(any(_stream(file, location, rules).chunks()))
        except Damaged:
            count = 1
    yield Block(0, None, 0, count)


def read(
    location: Path, block: Block, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    """The file as one record: all of it, decoded as UTF-8."""

    def document(data: bytes) -> Record:
        return Record(block.first, text_of(decoded(data)), 0)

    return only_record(location, block, how.rules, wanted, document)


def only_record(
    location: Path,
    block: Block,
    rules: IngestRules,
    wanted: Container[int] | None,
    document: Callable[[bytes], Record],
) -> Iterator[Record | Refusal]:
    """The one record of a file: what ``document`` makes of all its bytes, or raises ``Unfit``."""
    if wanted is not None and block.first not in wanted:
        return
    data = _whole(location, block.first, rules)
    if isinstance(data, Refusal):
        yield data
    elif data:
        try:
            yield document(data)
        except Unfit as unfit:
            yield refusal(block.first, data, str(unfit), 0)


def _whole(location: Path, number: int, rules: IngestRules) -> bytes | Refusal:
    """All bytes of a file, unpacked, or why they cannot be had."""
    pieces: list[bytes] = []
    running, length = hashlib.sha256(), 0
    reason = "record_too_long"
    with location.open("rb") as file:
        try:
            for chunk in _stream(file, location, rules).chunks():
                running.update(chunk)
                length += len(chunk)
                if length <= rules.record_bytes:
                    pieces.append(chunk)
                else:
                    pieces.clear()
            if length <= rules.record_bytes:
                return b"".join(pieces)
        except Damaged as damaged:
            reason = str(damaged)
    return Refusal(number, reason, length, running.hexdigest(), 0)


def decoded(data: bytes) -> str:
    """UTF-8, or what a byte order mark says. Raises ``Unfit``.

    Nothing is guessed: a file does not state its character set, and nobody notices a wrong guess.
    """
    mark, codec = next((each for each in _MARKS if data.startswith(each[0])), (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(codec)
    except UnicodeDecodeError:
        raise Unfit("not_utf8") from None


def _stream(file: IO[bytes], location: Path, rules: IngestRules) -> Stream:
    return Stream(file, packing_of(location.name), rules.expansion, rules.unpacked_bytes)
