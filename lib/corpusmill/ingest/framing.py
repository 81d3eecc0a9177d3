"""Where the records of a WARC file are, by their lengths: also in a file that is damaged.

Libraries stop at the first fault, or pass a cut record off as a whole one. Here every stretch of
the file is a record or a fault that is told, and reading goes on at the next record that can be
found: the next gzip member, or the next line that begins as a record does. What a record says is
read elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpusmill.ingest.unpack import Damaged, Stream

_BEGIN = b"WARC/"
_NEXT = re.compile(rb"\nWARC/[01]\.\d+\r?\n")
_LONGEST_HEAD = 1 << 16
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$", re.MULTILINE | re.I)
_OVERLAP = 32  # bytes in which the beginning of the next record may lie cut


@dataclass(frozen=True)
class Framed:
    """A record with head and body, or a stretch that is none.

    ``offset`` is where it begins: the byte of a plain file, the gzip member of a packed one, and
    ``splits`` says whether reading may begin there. Where ``fault`` says why it is no record,
    ``data`` is None, and ``length`` and ``digest`` (SHA-256 hex) stand for its bytes.
    """

    offset: int
    splits: bool
    data: bytes | None
    fault: str | None
    length: int
    digest: str = ""


class Frames:
    """The records of a stream that stands at the beginning of one, or of a file."""

    def __init__(self, stream: Stream, limit: int) -> None:
        """Of a record with more bytes than ``limit`` only length and digest are told."""
        self._stream = stream
        self._limit = limit
        self._told = False  # whether the last thing handed out was a fault
        self._restart()

    def __iter__(self) -> Iterator[Framed]:
        """Every record and fault, in file order. Raises ``OSError`` where a disk fails."""
        while True:
            found = self._next()
            if found is None and self._damage is not None:
                if not self._buffer and self._told:
                    if not self._stream.skip_damage():
                        return
                    self._restart()
                    continue
                skimmed = (
                    self._skim() if self._buffer else _Skimmed(self, self._stream.frame, False)
                )
                skimmed.take(len(self._buffer))
                found = skimmed.told(self._damage)
            if found is None:
                return
            self._told = found.fault is not None
            yield found

    def _restart(self) -> None:
        self._chunks = self._stream.chunks()
        self._origin = self._stream.file.tell()
        self._buffer = bytearray()
        self._position = 0  # of the buffer, in the unpacked stream from here on
        self._frames = [(0, self._origin)]  # where a frame begins: unpacked, in the file
        self._damage: str | None = None
        self._sound = 0  # up to where the stream is whole, once damage is known

    def _fill(self) -> bool:
        """One more chunk; False at the end, and where the stream is damaged."""
        if self._damage is not None:
            return False
        end = self._position + len(self._buffer)
        try:
            chunk = next(self._chunks, None)
        except Damaged as damaged:
            self._damage = str(damaged)
            place, offset = self._frames[-1]
            self._sound = place if offset == self._stream.frame else end
            return False
        if chunk is None:
            return False
        if self._stream.opened and self._stream.packing is not None:
            self._frames = [*(f for f in self._frames if f[0] < end), (end, self._stream.frame)]
            self._drop(0)
        self._buffer += chunk
        return True

    def _filled(self, count: int) -> bool:
        """Whether the buffer holds so many bytes, after what it takes."""
        while len(self._buffer) < count and self._fill():
            pass
        return len(self._buffer) >= count

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._position += count
        while len(self._frames) > 1 and self._frames[1][0] <= self._position:
            self._frames.pop(0)

    def _next(self) -> Framed | None:
        """What is at the front; None at the end, and where damage leaves nothing certain."""
        while self._filled(1) and self._buffer[0] in b"\r\n":
            self._drop(len(self._buffer) - len(self._buffer.lstrip(b"\r\n")))
        if not self._buffer:
            return None
        if not self._filled(len(_BEGIN)) or not self._buffer.startswith(_BEGIN):
            return None if self._damage else self._stretch("not_a_warc_record")
        head = self._head()
        stated = _LENGTH.search(self._buffer, 0, head) if head else None
        if head is None or stated is None:
            return None if self._damage else self._stretch("not_a_warc_record")
        total = head + int(stated[1])
        return self._record(total) if total <= self._limit else self._too_long(total)

    def _head(self) -> int | None:
        """Bytes of the head at the front, the empty line included."""
        while True:
            found = _HEAD_END.search(self._buffer, 0, _LONGEST_HEAD)
            if found is not None:
                return found.end()
            if len(self._buffer) >= _LONGEST_HEAD or not self._fill():
                return None

    def _record(self, total: int) -> Framed | None:
        """The record at the front, once what follows shows that its length is true.

        That also takes the stream past the end of its frame, whose checksum comes last: of a
        damaged frame the last record is not to be trusted, those before it have come whole.
        """
        self._filled(total + 5)
        after = bytes(self._buffer[total : total + 5]).lstrip(b"\r\n")
        if self._damage is not None and self._sound < self._position + total and not after:
            return None
        if len(self._buffer) < total:
            follows = _NEXT.search(self._buffer, 1)
            reason = "record_cut_short" if follows is None else "not_a_warc_record"
            return self._stretch(reason)
        if after and not after.startswith(_BEGIN[:1]):
            return self._stretch("not_a_warc_record")
        offset, splits = self._place()
        data = bytes(self._buffer[:total])
        self._drop(total)
        return Framed(offset, splits, data, None, total)

    def _too_long(self, total: int) -> Framed:
        """A record past the limit, hashed as it goes by.

        Where a gzip member that begins as a record does, or the end of a plain file, comes too
        early, its length is not true.
        """
        if self._stream.packing is None and self._origin + self._position + total > self._end():
            return self._stretch("not_a_warc_record")
        skimmed = self._skim()
        while skimmed.length < total and self._filled(1):
            member = self._marked(1 if skimmed.length == 0 else 0)
            left = total - skimmed.length
            skimmed.take(min(left, len(self._buffer) if member is None else member))
            if member is not None and skimmed.length < total:
                return skimmed.told("not_a_warc_record")
        if skimmed.length == total:
            return skimmed.told("record_too_long")
        return skimmed.told(self._damage or "record_cut_short")

    def _end(self) -> int:
        """Where a plain file ends."""
        place = self._stream.file.tell()
        end = self._stream.file.seek(0, io.SEEK_END)
        self._stream.file.seek(place)
        return end

    def _stretch(self, reason: str) -> Framed:
        """What lies at the front, up to the next place that begins as a record does."""
        skimmed, skip = self._skim(), 1
        while (beginning := self._beginning(skip)) is None:
            past = max(0, len(self._buffer) - _OVERLAP)
            skimmed.take(past)
            skip = max(0, skip - past)
            if not self._fill():
                beginning = len(self._buffer)
                break
        skimmed.take(beginning)
        return skimmed.told(reason)

    def _beginning(self, skip: int) -> int | None:
        """Where in the buffer, ``skip`` bytes or more into it, a record seems to begin."""
        line = _NEXT.search(self._buffer, max(0, skip - 1))
        found = [self._marked(max(1, skip)), None if line is None else line.start() + 1]
        return min((at for at in found if at is not None), default=None)

    def _marked(self, skip: int) -> int | None:
        """The same, of those that begin a frame."""
        places = (place - self._position for place, _ in self._frames)
        return next(
            (at for at in places if at >= skip and self._buffer.startswith(_BEGIN, at)), None
        )

    def _place(self) -> tuple[int, bool]:
        """Offset in the file of what is at the front, and whether reading may begin there."""
        if self._stream.packing is None:
            return self._origin + self._position, True
        place, offset = self._frames[0]
        return offset, place == self._position

    def _skim(self) -> _Skimmed:
        return _Skimmed(self, *self._place())


class _Skimmed:
    """Bytes that go by: counted, hashed, not kept."""

    def __init__(self, frames: Frames, offset: int, splits: bool) -> None:
        self._frames, self._offset, self._splits = frames, offset, splits
        self._running = hashlib.sha256()
        self.length = 0

    def take(self, count: int) -> None:
        self._running.update(memoryview(self._frames._buffer)[:count])
        self._frames._drop(count)
        self.length += count

    def told(self, reason: str) -> Framed:
        digest = self._running.hexdigest()
        return Framed(self._offset, self._splits, None, reason, self.length, digest)
