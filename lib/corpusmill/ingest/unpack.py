"""Packed files as streams of bounded chunks: gzip, bzip2, Zstandard, or plain.

A packed file is a row of frames (gzip members, bzip2 streams, Zstandard frames). What the standard
library's file objects hide is told here: where a frame begins, that the file ends inside one, that
something else follows, that a checksum is wrong, that a little becomes far too much. Whatever was
unpacked before the damage has been handed out.
"""

from __future__ import annotations

import bz2
import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from backports.zstd import ZstdDecompressor, ZstdError

CHUNK = 1 << 20
_READ = 1 << 16
_SEARCH = 8
_BROKEN = (OSError, EOFError, ValueError, zlib.error, ZstdError)  # what decompressors raise
_UNHURRIED = 64 << 20  # frames that unpack to less may expand as they like
_GZIP_MAGIC = b"\x1f\x8b\x08"
_MAGIC = {"gz": _GZIP_MAGIC, "bz2": b"BZh", "zst": b"\x28\xb5\x2f\xfd"}
_GZIP_HEAD, _GZIP_TAIL = 10, 8
_CHECKED, _EXTRA, _NAME, _COMMENT, _RESERVED = 2, 4, 8, 16, 0xE0  # flags of a gzip header
_LONGEST_HEAD = 1 << 18


class Damaged(Exception):
    """The stream cannot be read on; the argument is the reason, a name."""


class Decompressor(Protocol):
    """One frame; the form that the standard library's decompressors have."""

    @property
    def eof(self) -> bool:
        """Whether the frame is at its end."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the frame."""

    @property
    def needs_input(self) -> bool:
        """Whether more input is needed for more output."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Up to ``max_length`` bytes of output."""


@dataclass
class Stream:
    """Chunks of a file from its current position on, unpacked.

    ``frame`` is the offset in the file of the frame that the last chunk came from, ``opened``
    whether that chunk begins it. A chunk has at most ``CHUNK`` bytes and is of one frame.
    """

    file: IO[bytes]
    packing: str | None
    expansion: int = 1 << 30
    unpacked_bytes: int = 1 << 60
    frame: int = 0
    opened: bool = False
    _held: bytes = b""
    _position: int = 0
    _total: int = 0

    def chunks(self) -> Iterator[bytes]:
        """What is left of the stream. Raises ``Damaged``, and ``OSError`` where a disk fails."""
        self._position = self.file.tell()
        for chunk in self._plain() if self.packing is None else self._frames():
            self._total += len(chunk)
            if self.packing is not None and self._total > self.unpacked_bytes:
                raise Damaged("unpacked_too_large")
            yield chunk

    def skip_damage(self) -> bool:
        """Move to the next gzip member after the place of the damage; False where there is none."""
        found = _find(self.file, _GZIP_MAGIC, self.frame + 1) if self.packing == "gz" else None
        if found is None:
            return False
        self._move(found)
        return True

    def resume(self) -> bool:
        """Move to the next frame after the damage that is whole; False where there is none.

        Frames are known by their first bytes, which other data holds by chance. So one is read to
        its end, with its checksum, before it is trusted. What is read so is bounded by ``_SEARCH``
        times what is left of the file (a little file may be read as often as it likes).
        """
        magic, place = _MAGIC[str(self.packing)], self.frame + 1
        left = _UNHURRIED + _SEARCH * max(0, self.file.seek(0, io.SEEK_END) - place)
        while left > 0 and (found := _find(self.file, magic, place)) is not None:
            whole, read = self._is_whole(found)
            if whole:
                self._move(found)
                return True
            left -= read
            place = found + 1
        return False

    def _move(self, place: int) -> None:
        self.file.seek(place)
        self._held = b""

    def _is_whole(self, start: int) -> tuple[bool, int]:
        """Whether the frame at a place can be read to its end; the bytes of the file that took."""
        self.file.seek(start)
        decompressor = _opened(str(self.packing))
        read = out = 0
        try:
            while not decompressor.eof:
                given = self.file.read(_READ) if decompressor.needs_input else b""
                if decompressor.needs_input and not given:
                    return False, read
                read += len(given)
                out += len(decompressor.decompress(given, CHUNK))
                if out > max(_UNHURRIED, self.expansion * read):
                    return False, read
        except _BROKEN:
            return False, read
        return True, read

    def _plain(self) -> Iterator[bytes]:
        self.opened = True
        while chunk := self.file.read(CHUNK):
            yield chunk
            self.opened = False

    def _frames(self) -> Iterator[bytes]:
        first = True
        while self._fill():
            self.frame = self._position - len(self._held)
            if self.packing == "gz" and not first and self._is_padding():
                return
            yield from self._frame(first)
            first = False

    def _frame(self, first: bool) -> Iterator[bytes]:
        decompressor = _opened(str(self.packing))
        self.opened = True
        begun = first or self._held.startswith(_MAGIC[str(self.packing)])
        out = 0
        while not decompressor.eof:
            if decompressor.needs_input and not self._fill():
                raise Damaged("file_damaged" if begun else "trailing_garbage")
            given, self._held = self._held, b""
            try:
                chunk = decompressor.decompress(given, CHUNK)
            except _BROKEN:
                raise Damaged("file_damaged" if begun else "trailing_garbage") from None
            out += len(chunk)
            if chunk:
                if out > _UNHURRIED and out > self.expansion * (self._position - self.frame):
                    raise Damaged("expands_too_far")
                yield chunk
                self.opened = False
        self._held = decompressor.unused_data

    def _fill(self) -> bool:
        if not self._held:
            self._held = self.file.read(_READ)
            self._position += len(self._held)
        return bool(self._held)

    def _is_padding(self) -> bool:
        """Tapes and some tools fill the end of a gzip file with zeros."""
        if self._held.strip(b"\0"):
            return False
        while block := self.file.read(CHUNK):
            if block.strip(b"\0"):
                raise Damaged("trailing_garbage")
        return True


def packing_of(name: str) -> str | None:
    """``gz``, ``bz2``, ``zst``, or None, by the end of a file's name."""
    end = name.lower().rpartition(".")[2]
    return end if end in ("gz", "bz2", "zst") else None


def _find(file: IO[bytes], wanted: bytes, start: int) -> int | None:
    """The first place from ``start`` on where a file holds these bytes."""
    before = b""
    file.seek(start)
    while block := file.read(_READ):
        found = (before + block).find(wanted)
        if found >= 0:
            return file.tell() - len(before) - len(block) + found
        before = block[-(len(wanted) - 1) :]
    return None


def _opened(packing: str) -> Decompressor:
    if packing == "gz":
        return _GzipMember()
    return bz2.BZ2Decompressor() if packing == "bz2" else ZstdDecompressor()


class _GzipMember:
    """A gzip member (RFC 1952), inflated raw so that a wrong checksum costs no byte before it."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._head: bytes | None = b""
        self._left = b""
        self._sum = 0
        self._size = 0
        self.eof = False
        self.unused_data = b""

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._inflate.eof:
            return self._end(data)
        if self._head is not None:
            self._head += data
            length = _header_length(self._head)
            if length is None:
                if len(self._head) > _LONGEST_HEAD:
                    raise zlib.error("not gzip")
                return b""
            data, self._head = self._head[length:], None
        out = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self._sum = zlib.crc32(out, self._sum)
        self._size += len(out)
        if self._inflate.eof:
            try:
                self._end(self._inflate.unused_data)
            except zlib.error:
                if not out:
                    raise
                self._left = b"\0" * _GZIP_TAIL  # told at the next call, after the output
        return out

    def _end(self, data: bytes) -> bytes:
        """Take the checksum and the size, which may arrive in pieces."""
        self._left += data
        if len(self._left) < _GZIP_TAIL:
            return b""
        told = struct.unpack("<II", self._left[:_GZIP_TAIL])
        if told != (self._sum, self._size & 0xFFFFFFFF):
            raise zlib.error("wrong checksum or size")
        self.unused_data = self._left[_GZIP_TAIL:]
        self.eof = True
        return b""


def _header_length(data: bytes) -> int | None:
    """Bytes of a member's header; None where ``data`` does not hold all of it."""
    begun = data[:3] == _GZIP_MAGIC or _GZIP_MAGIC.startswith(data)
    if not begun or (len(data) > 3 and data[3] & _RESERVED):
        raise zlib.error("not gzip")
    if len(data) < _GZIP_HEAD:
        return None
    flags, at = data[3], _GZIP_HEAD
    if flags & _EXTRA:
        if len(data) < at + 2:
            return None
        at += 2 + struct.unpack_from("<H", data, at)[0]
    for _ in range((flags & _NAME > 0) + (flags & _COMMENT > 0)):  # each ended by a zero
        at = data.find(b"\0", at) + 1
        if at == 0:
            return None
    at += 2 if flags & _CHECKED else 0
    return at if len(data) >= at else None
