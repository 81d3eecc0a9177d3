"""Blocks: the stretches of a file that are read apart, so that a huge one keeps no cluster waiting.

Where the cuts are changes nothing of what is read: a record belongs to the block that it begins in,
and its number is its place in the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """A stretch of a file, from ``start`` to before ``end`` (None: all that follows).

    Bytes of the file as it lies there, or row groups of Parquet. It holds ``records`` records, of
    which the first has the number ``first`` (0 while only planned).
    """

    start: int
    end: int | None
    first: int
    records: int


def spans(size: int, step: int) -> Iterator[tuple[int, int | None]]:
    """Cuts of ``size`` bytes into stretches of ``step``; the last one is open."""
    starts = range(0, max(1, size), step)
    for start in starts:
        yield start, None if start == starts[-1] else start + step
