"""The two files of a shard, written and read: token ids, and the map from ids to documents.

docs/formats.md has the layout. The bytes depend on the sequences alone; nothing of the machine, the
time or the writer is in them.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from corpusmill.digests import sha256_of
from corpusmill.shards.pack import Ids, PackedSequence, Piece, key_of

MAGIC = b"CMDOCS01"
HEADER = struct.Struct("<8sQ")  # magic, number of records
RECORD = np.dtype(
    [
        ("doc_id", "u1", (16,)),
        ("repeat", "<u4"),
        ("sequence", "<u4"),
        ("offset", "<u4"),
        ("length", "<u4"),
        ("start", "<u8"),
    ]
)
DTYPES: dict[str, np.dtype[np.unsignedinteger]] = {
    "uint16": np.dtype("<u2"),
    "uint32": np.dtype("<u4"),
}
_PACKED_RECORD = struct.Struct("<16sIIIIQ")  # RECORD, as the standard library packs it faster
_WIDE_VOCABULARY = 65_500
_CHUNK = 1 << 20


class FormatError(ValueError):
    """A shard file is not what its name or its manifest says."""


@dataclass(frozen=True)
class FileEntry:
    """A file of a shard as the manifest lists it."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ShardEntry:
    """One canonical shard: its counts and its files.

    tokens     ids that belong to a document, EOS included; with ``padding`` they fill the sequences
    dropped    ids left out by rest ``drop`` or oversize ``truncate``
    documents  repeats of documents that begin in the shard
    bin, docs  None exactly when the shard has no sequence
    """

    shard: int
    sequences: int
    tokens: int
    padding: int
    dropped: int
    documents: int
    bin: FileEntry | None
    docs: FileEntry | None


def dtype_name(vocab_size: int) -> str:
    """Stored type of the ids: ``uint16`` for vocabularies below 65,500, else ``uint32``."""
    return "uint16" if vocab_size < _WIDE_VOCABULARY else "uint32"


def file_name(shard: int, count: int, sha256: str, suffix: str) -> str:
    """Name of a shard file: which of how many, the start of its digest, ``bin`` or ``docs``."""
    return f"shard-{shard:05d}-of-{count:05d}-{sha256[:16]}.{suffix}"


class ShardWriter:
    """Writes one shard sequence by sequence on the local disk, then puts it into a folder.

    A context manager: leaving it removes the local files. Memory does not grow with the shard.
    """

    def __init__(
        self, shard: int, count: int, sequence_length: int, dtype: np.dtype[np.unsignedinteger]
    ) -> None:
        """Shard number ``shard`` of ``count``; ``dtype`` is one of ``DTYPES``."""
        self._shard, self._count = shard, count
        self._shape, self._dtype = (sequence_length,), dtype
        self._sequences = self._records = self._tokens = self._documents = 0
        self._digest = hashlib.sha256()

    def __enter__(self) -> ShardWriter:
        """Open the local files."""
        self._scratch = TemporaryDirectory(prefix="shard-")
        self._bin_path = Path(self._scratch.name, "bin")
        self._docs_path = Path(self._scratch.name, "docs")
        self._bin = self._bin_path.open("wb")
        self._docs = self._docs_path.open("wb")
        self._docs.write(HEADER.pack(MAGIC, 0))
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the local files."""
        self._bin.close()
        self._docs.close()
        self._scratch.cleanup()

    def append(self, packed: PackedSequence) -> None:
        """Write the next sequence. ValueError when its shape, type or number is not the next's."""
        if packed.ids.shape != self._shape or packed.ids.dtype != self._dtype:
            raise ValueError(f"sequence {self._sequences} of shard {self._shard}: other ids")
        if any(piece.sequence != self._sequences for piece in packed.pieces):
            raise ValueError(f"sequence {self._sequences} of shard {self._shard}: out of order")
        data = packed.ids.tobytes()
        self._digest.update(data)
        self._bin.write(data)
        self._docs.write(b"".join(map(_record, packed.pieces)))
        self._sequences += 1
        self._records += len(packed.pieces)
        self._tokens += sum(piece.length for piece in packed.pieces)
        self._documents += sum(piece.start == 0 for piece in packed.pieces)

    def put_into(self, folder: Path, dropped: int = 0) -> ShardEntry:
        """Place both files under names with their digests; no file when there is no sequence.

        Nothing may be appended afterwards. Repeating it, here or in another task, changes nothing.
        """
        self._bin.close()
        self._close_map()
        padding = self._sequences * self._shape[0] - self._tokens
        counts = (self._sequences, self._tokens, padding, dropped, self._documents)
        if not self._sequences:
            return ShardEntry(self._shard, *counts, None, None)
        tokens = self._put(self._bin_path, self._digest.hexdigest(), "bin", folder)
        docs = self._put(self._docs_path, sha256_of(self._docs_path), "docs", folder)
        return ShardEntry(self._shard, *counts, tokens, docs)

    def _close_map(self) -> None:
        if not self._docs.closed:
            self._docs.seek(0)
            self._docs.write(HEADER.pack(MAGIC, self._records))
            self._docs.close()

    def _put(self, path: Path, sha256: str, suffix: str, folder: Path) -> FileEntry:
        name = file_name(self._shard, self._count, sha256, suffix)
        entry = FileEntry(name, path.stat().st_size, sha256)
        if not holds(folder / name, entry):
            with path.open("rb") as source:
                put(source, folder / name)
        return entry


def decode(
    path: Path, sequence_length: int, dtype: np.dtype[np.unsignedinteger]
) -> NDArray[np.unsignedinteger]:
    """The token file as a read-only map of the disk: [sequences, sequence_length] of ``dtype``."""
    count, rest = divmod(path.stat().st_size, sequence_length * dtype.itemsize)
    if rest:
        raise FormatError(f"{path.name} ends inside a sequence")
    ids: Ids = _mapped(path, dtype, 0, count * sequence_length)
    return ids.reshape(count, sequence_length)


def read_map(path: Path) -> NDArray[np.void]:
    """The document map as a read-only map of the disk: ``RECORD``[pieces], sorted by position."""
    with path.open("rb") as file:
        header = file.read(HEADER.size)
    if len(header) < HEADER.size or not header.startswith(MAGIC):
        raise FormatError(f"{path.name} is no document map")
    count = HEADER.unpack(header)[1]
    if path.stat().st_size != HEADER.size + count * RECORD.itemsize:
        raise FormatError(f"{path.name} has not the {count} records its header names")
    records: NDArray[np.void] = _mapped(path, RECORD, HEADER.size, count)
    return records


def put(source: BinaryIO, target: Path) -> None:
    """Copy ``source`` to ``target`` in one step, synced to the disk.

    A crash before the step leaves a hidden file beside the target and the target as it was. Where a
    disk's rename is no single step, a half file is told by the digest in its name or its manifest.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with aside.open("xb") as file:
            copyfileobj(source, file, _CHUNK)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    _sync_folder(target.parent)


def holds(path: Path, entry: FileEntry) -> bool:
    """Whether the file is there itself (no link), with the size and digest of its entry."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != entry.bytes:
        return False
    return sha256_of(path) == entry.sha256


def _record(piece: Piece) -> bytes:
    return _PACKED_RECORD.pack(key_of(piece.doc_id), *piece[1:])


def _mapped(path: Path, dtype: np.dtype[Any], offset: int, count: int) -> NDArray[Any]:
    if not count:  # an empty file cannot be mapped
        return np.zeros(0, dtype=dtype)
    return np.asarray(np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=(count,)))


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # mounted object stores have no folders to sync
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
