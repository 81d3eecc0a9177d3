"""Parquet: one row, one record; row groups are read apart."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.digests import canonical
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.records import Reading, Record, Refusal, Unfit, as_text, record_of, refusal
from corpusmill.ingest.rules import IngestRules

_ROWS, _BYTES = 256, 8 << 20  # read at once: the fewer of the two, but one row
_BUFFER = 1 << 20  # of a column; without one it is read whole
_UTF8 = 4  # bytes that a character has at most


def plan(
    location: Path, _start: int, _end: int | None, step: int, _rules: IngestRules
) -> Iterator[Block]:
    """Blocks of row groups, of about ``step`` bytes; a file without a footer has one record."""
    file = _opened(location)
    if file is None:
        yield Block(0, None, 0, 1)
        return
    start = size = count = 0
    groups = file.metadata.num_row_groups
    for at in range(groups):
        group = file.metadata.row_group(at)
        size += group.total_byte_size
        count += group.num_rows
        if size >= step or at + 1 == groups:
            yield Block(start, at + 1, 0, count)
            start, size, count = at + 1, 0, 0


def read(
    location: Path, block: Block, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    """The rows of a block. A row group that cannot be read is refused row by row."""
    file = _opened(location)
    if file is None:
        yield _damaged(block.first)
        return
    first = block.first
    for group in range(block.start, block.end or 0):
        after = first + file.metadata.row_group(group).num_rows
        yield from _group(file, group, range(first, after), how, wanted)
        first = after


def _group(
    file: pq.ParquetFile, group: int, numbers: range, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    left = iter(numbers)
    stated = file.metadata.row_group(group)
    rows = _BYTES * stated.num_rows // max(1, stated.total_byte_size)
    batches = file.iter_batches(min(_ROWS, max(1, rows)), row_groups=[group])
    while True:
        try:
            batch = next(batches, None)
        except (OSError, pa.ArrowException):
            batch = None
        if batch is None:
            break
        places = list(islice(left, batch.num_rows))
        yield from row_records(places, batch.slice(0, len(places)), how, wanted)
    yield from (_damaged(number) for number in left if wanted is None or number in wanted)


def _damaged(number: int) -> Refusal:
    return refusal(number, b"", "file_damaged")


def columns_of(location: Path) -> list[str] | None:
    """The names of a file's columns; None where it has no footer that can be read."""
    file = _opened(location)
    return None if file is None else list(file.schema_arrow.names)


def row_records(
    numbers: Sequence[int], rows: pa.RecordBatch, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    """The records of rows of a table. A row that Python cannot hold takes no other with it.

    There are strings that are not UTF-8, and times beyond the year 9999. Times are cut to
    microseconds; where two columns have one name, no row says what it means.
    """
    twice = len(set(rows.schema.names)) < rows.num_columns
    if not twice:
        rows = _in_microseconds(rows)
    try:
        fields = rows.to_pylist() if rows.nbytes <= 4 * _BYTES else None
    except (ValueError, OverflowError, LookupError, pa.ArrowException):
        fields = None
    for at, number in enumerate(numbers):
        if wanted is None or number in wanted:
            one = _row(rows, at) if fields is None else fields[at]
            if one is None or twice:
                reason = "duplicate_keys" if twice else "value_unreadable"
                yield refusal(number, b"", reason)
            else:
                yield _record(number, one, how)


def _in_microseconds(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Without the nanoseconds, which Python's times do not have."""
    columns = []
    for field, column in zip(rows.schema, rows.columns, strict=True):
        wanted = None
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            wanted = pa.timestamp("us", field.type.tz)
        elif pa.types.is_duration(field.type) and field.type.unit == "ns":
            wanted = pa.duration("us")
        elif pa.types.is_time64(field.type):
            wanted = pa.time64("us")
        columns.append(column if wanted is None else column.cast(wanted, safe=False))
    return pa.RecordBatch.from_arrays(columns, names=rows.schema.names)


def _row(rows: pa.RecordBatch, at: int) -> dict[str, Any] | None:
    try:
        return dict(rows.slice(at, 1).to_pylist()[0])
    except (ValueError, OverflowError, LookupError, pa.ArrowException):
        return None


def _record(number: int, fields: dict[str, Any], how: Reading) -> Record | Refusal:
    """The record that a row of a table makes, columns without a value left out.

    The bytes of a refused one are its canonical JSON.
    """
    fields = {name: value for name, value in fields.items() if value is not None}
    try:
        if sum(map(_most_bytes, fields.values())) > how.rules.record_bytes:
            size = sum(len(as_text(value).encode()) for value in fields.values())
            if size > how.rules.record_bytes:
                raise Unfit("record_too_long")
        return record_of(number, fields, how, None)
    except Unfit as unfit:
        told = {as_text(name): as_text(value) for name, value in fields.items()}
        return refusal(number, canonical(told), str(unfit))


def _most_bytes(value: Any) -> int:
    """Bytes that a value has as text, or more."""
    if isinstance(value, str):
        return _UTF8 * len(value)
    if isinstance(value, list | dict):
        return len(as_text(value)) * _UTF8
    return 2 * len(value) if isinstance(value, bytes) else 0


def _opened(location: Path) -> pq.ParquetFile | None:
    """None for a file whose footer cannot be read; raises ``OSError`` where a disk fails."""
    try:
        file = pq.ParquetFile(location, buffer_size=_BUFFER)
        _ = file.schema_arrow  # where a name is not UTF-8, it cannot be had
    except OSError as error:
        if error.errno is not None:
            raise
        return None
    except (pa.ArrowException, ValueError):
        return None
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    return file if all(group.num_rows >= 0 for group in groups) else None
