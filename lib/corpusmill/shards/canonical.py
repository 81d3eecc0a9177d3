"""A canonical shard as the writers of other formats read it: every byte checked on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpusmill.digests import sha256_of
from corpusmill.shards.format import DTYPES, FileEntry, FormatError, read_map
from corpusmill.shards.manifest import Manifest

SPAN = np.dtype(
    [
        ("doc_id", "u1", (16,)),
        ("repeat", "<u4"),
        ("start", "<u8"),
        ("begin", "<i8"),
        ("end", "<i8"),
        ("place", "<i8"),
    ]
)
_BLOCK = 1 << 24  # bytes of ids held at once


@dataclass(frozen=True)
class CanonicalShard:
    """One shard of a set: where its ids lie, and its document map.

    stem     name of its files without digest and suffix
    records  the document map, ``format.RECORD``[runs]
    """

    stem: str
    sequences: int
    sequence_length: int
    dtype: np.dtype[np.unsignedinteger]
    bin: Path
    bin_entry: FileEntry
    docs: Path
    docs_entry: FileEntry
    records: NDArray[np.void]

    @classmethod
    def open(cls, manifest: Manifest, shard: Mapping[str, Any]) -> CanonicalShard:
        """The shard of an entry. FormatError, naming the file, when its map is not the entry's."""
        plan = manifest.content["plan"]
        ids, docs = (FileEntry(**shard[part]) for part in ("bin", "docs"))
        docs_path = _present(manifest.folder, docs)
        if sha256_of(docs_path) != docs.sha256:
            raise FormatError(f"{docs.name} has not the digest that the manifest states")
        return cls(
            ids.name.rpartition("-")[0],
            shard["sequences"],
            plan["sequence_length"],
            DTYPES[plan["dtype"]],
            _present(manifest.folder, ids),
            ids,
            docs_path,
            docs,
            read_map(docs_path),
        )

    def blocks(self) -> Iterator[NDArray[np.unsignedinteger]]:
        """The sequences in order, [rows, sequence_length] at a time.

        FormatError after the last block when the bytes were not those of the manifest: nothing may
        be published before the blocks have run out.
        """
        digest = hashlib.sha256()
        row = self.sequence_length * self.dtype.itemsize
        with self.bin.open("rb") as file:
            while data := file.read(max(1, _BLOCK // row) * row):
                digest.update(data)
                if len(data) % row:
                    break  # cut short while it was read; the digest tells
                yield np.frombuffer(data, self.dtype).reshape(-1, self.sequence_length)
        if digest.hexdigest() != self.bin_entry.sha256:
            raise FormatError(f"{self.bin.name} has not the digest that the manifest states")

    def tokens(self) -> Iterator[NDArray[np.unsignedinteger]]:
        """The ids of documents in order, padding left out. FormatError as ``blocks``."""
        filled = self.filled()
        first = 0
        for block in self.blocks():
            own = filled[first : first + len(block), None]
            first += len(block)
            whole = bool((own == self.sequence_length).all())
            yield block.ravel() if whole else block[np.arange(self.sequence_length) < own]

    def filled(self) -> NDArray[np.int64]:
        """Ids before the padding of each sequence: int64[sequences]."""
        ends = np.zeros(self.sequences, dtype=np.int64)
        np.maximum.at(ends, self.records["sequence"], _ends(self.records))
        return ends

    def spans(self) -> NDArray[np.void]:
        """Each unbroken run of a document through ``tokens``: ``SPAN``[spans], by position.

        doc_id, repeat  the document
        start           first id of the run in the document
        begin, end      the run in ``tokens``
        place           where it begins in the shard: sequence x sequence_length + offset
        """
        records = self.records
        lengths = records["length"].astype(np.int64)
        ends = np.cumsum(lengths)
        goes_on = (
            (records["doc_id"][1:] == records["doc_id"][:-1]).all(axis=1)
            & (records["repeat"][1:] == records["repeat"][:-1])
            & (records["start"][1:] == records["start"][:-1] + lengths[:-1].astype(np.uint64))
        )
        heads = np.flatnonzero(np.concatenate([np.ones(min(1, len(records)), bool), ~goes_on]))
        spans = np.zeros(len(heads), dtype=SPAN)
        for field in ("doc_id", "repeat", "start"):
            spans[field] = records[field][heads]
        spans["begin"] = (ends - lengths)[heads]
        spans["end"] = ends[np.append(heads[1:], len(records))[: len(heads)] - 1]
        spans["place"] = records["sequence"][heads].astype(np.int64) * self.sequence_length
        spans["place"] += records["offset"][heads]
        return spans


def _present(folder: Path, entry: FileEntry) -> Path:
    path = folder / entry.name
    if not path.is_file():
        raise FormatError(f"{entry.name} is missing")
    if path.stat().st_size != entry.bytes:
        raise FormatError(f"{entry.name} has not the size that the manifest states")
    return path


def _ends(records: NDArray[np.void]) -> NDArray[np.int64]:
    ends: NDArray[np.int64] = records["offset"].astype(np.int64) + records["length"]
    return ends
