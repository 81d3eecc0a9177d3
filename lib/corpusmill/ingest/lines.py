"""Lines of a stream, each bounded: one too long is hashed while it goes by, never held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line with its end.

    ``offset`` is its place in the stream. Of a line past the bound ``data`` is None, and ``length``
    and ``digest`` (SHA-256 hex) stand for it.
    """

    offset: int
    data: bytes | None
    length: int
    digest: str = ""


class Lines:
    """Cuts chunks into lines; the first chunk begins ``offset`` bytes into the stream."""

    def __init__(
        self, chunks: Iterable[bytes], limit: int, offset: int = 0, inside: bool = False
    ) -> None:
        """``limit`` is the most bytes a line may have, its end included.

        ``inside`` says that the first chunk begins inside a line, which is not told.
        """
        self._chunks = iter(chunks)
        self._limit = limit
        self._offset = offset
        self._pieces: list[bytes] = []
        self._size = 0
        self._running = hashlib.sha256()
        self._inside = inside

    def until(self, end: int | None) -> Iterator[Line]:
        """Every line that begins before ``end`` (None: every line).

        Whatever the chunks raise passes through; ``pending`` tells what came of the last line.
        """
        for chunk in self._chunks:
            *whole, rest = chunk.split(b"\n")
            for piece in whole:
                if end is not None and self._offset >= end:
                    return
                line = self._line(piece + b"\n")
                if not self._inside:
                    yield line
                self._inside = False
            if rest:
                self._hold(rest)
            reached = self._offset + (self._size if self._inside else 0)
            if end is not None and reached >= end:
                return
        if self._size and not self._inside and (end is None or self._offset < end):
            yield self._line(b"")

    def pending(self) -> Line:
        """The unfinished line so far."""
        return self._line(b"")

    def _line(self, last: bytes) -> Line:
        offset, length = self._offset, self._size + len(last)
        self._offset += length
        if length <= self._limit:
            data = b"".join([*self._pieces, last]) if self._pieces else last
            line = Line(offset, data, length)
        else:
            for piece in (*self._pieces, last):
                self._running.update(piece)
            line = Line(offset, None, length, self._running.hexdigest())
            self._running = hashlib.sha256()
        self._pieces, self._size = [], 0
        return line

    def _hold(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            for held in self._pieces:
                self._running.update(held)
            self._pieces = []
