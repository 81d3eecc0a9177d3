"""The shard files of a set, mapped when they are needed, the least recently used let go."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.format import DTYPES, FileEntry, FormatError, decode, read_map
from corpusmill.shards.ranks import ShardSet

OPEN_SHARDS = 64  # two maps each, well below the usual limit of 1,024 open files
HEAD_BYTES = 1 << 28  # of the small index of shards that were open once: four bytes a sequence

_Maps = tuple[NDArray[np.unsignedinteger], NDArray[np.void]]


class Files(Protocol):
    """Where the files of a set are."""

    def held(self, entry: FileEntry) -> AbstractContextManager[Path]:
        """A local file with what the entry says, there until it is mapped. FormatError where there
        is none."""


class Folder:
    """A folder on a disk: sizes are checked, digests are ``verify-shards``' business."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds the files under their own names."""
        self._folder = folder

    @contextmanager
    def held(self, entry: FileEntry) -> Iterator[Path]:
        """The file itself."""
        path = self._folder / entry.name
        if not path.is_file():
            raise FormatError(f"{entry.name} is missing")
        if path.stat().st_size != entry.bytes:
            raise FormatError(f"{entry.name} has not the size that the manifest states")
        yield path


class Maps:
    """Listed shards by place in the manifest: ids, and where the documents of sequences begin."""

    def __init__(self, shard_set: ShardSet, files: Files) -> None:
        """``files`` are those of the set."""
        self._plan: Mapping[str, Any] = shard_set.content["plan"]
        self._shards: list[dict[str, Any]] = shard_set.content["shards"]
        self._files = files
        self._forget()

    def ids(self, number: int) -> NDArray[np.unsignedinteger]:
        """[sequences, sequence_length], mapped read-only."""
        return self._maps(number)[0]

    def pieces(
        self, number: int, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Pieces of each row; offsets of all of them one after another; end of each row's last."""
        heads = self._heads_of(number)
        first, end = heads[rows].astype(np.int64), heads[rows + 1].astype(np.int64)
        counts = end - first
        before = np.cumsum(counts) - counts
        places = np.repeat(first - before, counts) + np.arange(counts.sum())
        records = self._maps(number)[1]
        last = records[end - 1]
        ends = last["offset"].astype(np.int64) + last["length"]
        return counts, records["offset"][places].astype(np.int64), ends

    def __getstate__(self) -> dict[str, Any]:
        """Worker processes map the files themselves."""
        return {name: self.__dict__[name] for name in ("_plan", "_shards", "_files")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a copy's fields; no file is open."""
        self.__dict__.update(state)
        self._forget()

    def _forget(self) -> None:
        self._open: OrderedDict[int, _Maps] = OrderedDict()
        self._heads: dict[int, NDArray[np.uint32]] = {}

    def _maps(self, number: int) -> _Maps:
        maps = self._open.get(number)
        if maps is None:
            maps = self._open[number] = self._map(self._shards[number])
            if len(self._open) > OPEN_SHARDS:
                self._open.popitem(last=False)
        self._open.move_to_end(number)
        return maps

    def _heads_of(self, number: int) -> NDArray[np.uint32]:
        """First record of each sequence, and their number in all at the end."""
        if number not in self._heads:
            shard, records = self._shards[number], self._maps(number)[1]
            try:
                heads = _heads(records, shard["sequences"], self._plan["sequence_length"])
            except ValueError as error:
                raise FormatError(f"{shard['docs']['name']}: {error}") from None
            held = sum(kept.nbytes for kept in self._heads.values())
            if held + heads.nbytes > HEAD_BYTES:
                self._heads.clear()
            self._heads[number] = heads
        return self._heads[number]

    def _map(self, shard: Mapping[str, Any]) -> _Maps:
        dtype = DTYPES[self._plan["dtype"]]
        with self._files.held(FileEntry(**shard["bin"])) as path:
            ids = decode(path, self._plan["sequence_length"], dtype)
        with self._files.held(FileEntry(**shard["docs"])) as path:
            return ids, read_map(path)


def _heads(records: NDArray[np.void], sequences: int, length: int) -> NDArray[np.uint32]:
    """First record of each sequence, and their number in all at the end.

    ValueError for records that no writer of ours makes: each sequence has some, in order, which
    begin at its start, follow on one another and end in it.
    """
    owner, offset = records["sequence"], records["offset"].astype(np.int64)
    if not len(owner) or (owner[1:] < owner[:-1]).any() or owner[-1] >= sequences:
        raise ValueError("sequences are out of order")
    counts = np.bincount(owner, minlength=sequences)
    if not counts.all():
        raise ValueError("a sequence has no document")
    heads = np.append(0, np.cumsum(counts))
    ends = offset + records["length"]
    begins = np.append(0, ends[:-1])
    begins[heads[:-1]] = 0
    if (offset != begins).any() or not records["length"].all() or ends.max() > length:
        raise ValueError("documents do not follow on one another")
    return heads.astype(np.uint32)
