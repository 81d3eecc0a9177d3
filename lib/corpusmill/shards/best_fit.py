"""Documents of a shard put whole into sequences: best fit, longest first.

What is longer than a sequence is cut into sequences and a remainder (``fragment``), or cut off
(``truncate``). Each piece, by falling length and then in the given order, goes into the sequence
with the least room that takes it; of equally full ones into that which became so last; where none
takes it, into a new one. A document therefore never crosses into a sequence that it did not need.

Longest first would order the sequences by length, so their places are permuted by a keyed
bijection; inside a sequence the pieces stand in the given order. What is free behind them is filled
with EOS ids that belong to no piece.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.order import Bijection
from corpusmill.shards.pack import (
    Ids,
    Packable,
    PackCounts,
    PackedSequence,
    Packing,
    Piece,
    check_packing,
    fitting,
    key_of,
)
from corpusmill.shards.rules import OVERSIZE, check_choice

_ENTRY = np.dtype([("doc_id", "V16"), ("repeat", "<u4"), ("length", "<u8")])
_PACKED_ENTRY = struct.Struct("<16sIQ")  # the same


def pack_best_fit(
    documents: Iterable[Packable],
    sequence_length: int,
    eos_id: int,
    oversize: str,
    dtype: np.dtype[np.unsignedinteger],
    key: bytes,
) -> Packing:
    """Pack the documents, an EOS after each; ``key`` is that of the order of the sequences.

    The documents are read to their end before the first sequence comes. Their ids wait on the local
    disk; memory holds some tens of bytes a document. A document that is cut off has no EOS, and its
    tail counts as dropped. ValueError as from ``pack``.
    """
    check_packing(sequence_length, eos_id, dtype)
    check_choice("oversize", oversize, OVERSIZE)
    counts = PackCounts()
    packed = _packed(documents, sequence_length, eos_id, oversize, dtype, key, counts)
    return Packing(packed, counts)


def best_fit(lengths: NDArray[np.int64], capacity: int) -> tuple[NDArray[np.int64], int]:
    """Bin of each item and the number of bins, by best fit, longest first.

    Lengths lie between 1 and ``capacity``. Ties as the module says. O(n log n) for the sort, then a
    step for each run of items of one length that goes into bins of one free space.
    """
    order = np.argsort(-lengths, kind="stable")
    sizes, counts = np.unique(lengths, return_counts=True)
    bins = np.empty(len(lengths), dtype=np.int64)
    rooms, at = _Rooms(capacity), 0
    for size, items in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        end = at + items
        while at < end:
            found = rooms.take(size, end - at)
            bins[order[at : at + len(found)]] = found
            at += len(found)
    return bins, rooms.count


class _Rooms:
    """Open bins by their free space, each list in the order in which the bins came to it."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._bins: dict[int, list[int]] = {}
        self._free: list[int] = []  # the keys of _bins, rising
        self.count = 0

    def take(self, size: int, items: int) -> NDArray[np.int64]:
        """Bins for the next items of one size, as many as fit into the bins of one free space.

        The fullest bin stays the fullest while it takes items, so each is filled before the next.
        """
        at = bisect_left(self._free, size)
        room = self._free[at] if at < len(self._free) else self._capacity
        each = room // size
        wanted = -(-items // each)
        taken = self._open(wanted) if at == len(self._free) else self._close(room, wanted)
        placed = min(items, len(taken) * each)
        last = placed - (len(taken) - 1) * each
        self._put(taken[:-1], room - each * size)
        self._put(taken[-1:], room - last * size)
        return np.repeat(np.array(taken, dtype=np.int64), each)[:placed]

    def _open(self, count: int) -> list[int]:
        self.count += count
        return list(range(self.count - count, self.count))

    def _close(self, room: int, count: int) -> list[int]:
        """At most so many bins of a free space, the latest first."""
        stack = self._bins[room]
        taken = stack[-count:][::-1]
        del stack[-count:]
        if not stack:
            del self._bins[room]
            del self._free[bisect_left(self._free, room)]
        return taken

    def _put(self, bins: list[int], room: int) -> None:
        if not bins or not room:
            return
        if room not in self._bins:
            insort(self._free, room)
        self._bins.setdefault(room, []).extend(bins)


def _packed(
    documents: Iterable[Packable],
    sequence_length: int,
    eos_id: int,
    oversize: str,
    dtype: np.dtype[np.unsignedinteger],
    key: bytes,
    counts: PackCounts,
) -> Iterator[PackedSequence]:
    blank: Ids = np.full(sequence_length, eos_id, dtype=dtype)
    with TemporaryDirectory(prefix="packing-") as scratch:
        store = _store(documents, eos_id, dtype, Path(scratch), counts)
        if not counts.documents:
            return
        pieces = _cut(store.lengths, sequence_length, oversize)
        counts.dropped = int(store.lengths.sum() - pieces.length.sum())
        for sequence in _laid(store, pieces, blank, key):
            used = sequence.pieces[-1].offset + sequence.pieces[-1].length
            counts.sequences += 1
            counts.tokens += used
            counts.padding += sequence_length - used
            yield sequence


@dataclass(frozen=True)
class _Store:
    """The documents of a shard on disk: a file of ids and EOS end to end, and one entry each."""

    ids: Path
    entries: NDArray[np.void]
    lengths: NDArray[np.int64]
    begins: NDArray[np.int64]


def _store(
    documents: Iterable[Packable],
    eos_id: int,
    dtype: np.dtype[np.unsignedinteger],
    folder: Path,
    counts: PackCounts,
) -> _Store:
    end = np.array([eos_id], dtype=dtype).tobytes()
    with (folder / "ids").open("wb") as ids, (folder / "entries").open("wb") as entries:
        for document in documents:
            if not len(document.ids):
                counts.empty += 1
                continue
            counts.documents += 1
            ids.write(fitting(document, dtype).tobytes() + end)
            count = len(document.ids) + 1
            entries.write(_PACKED_ENTRY.pack(key_of(document.doc_id), document.repeat, count))
    if not counts.documents:  # an empty file cannot be mapped
        nothing = np.zeros(0, dtype=np.int64)
        return _Store(folder / "ids", np.zeros(0, dtype=_ENTRY), nothing, nothing)
    written = np.memmap(folder / "entries", dtype=_ENTRY, mode="r")
    lengths = written["length"].astype(np.int64)
    return _Store(folder / "ids", written, lengths, np.cumsum(lengths) - lengths)


@dataclass(frozen=True)
class _Pieces:
    """Which document each piece is of, where in it the piece starts, and its length."""

    document: NDArray[np.int64]
    start: NDArray[np.int64]
    length: NDArray[np.int64]


def _cut(lengths: NDArray[np.int64], sequence_length: int, oversize: str) -> _Pieces:
    """Pieces of at most a sequence, in the order of the documents and of their ids."""
    if oversize == "truncate":
        nothing = np.zeros(len(lengths), dtype=np.int64)
        return _Pieces(np.arange(len(lengths)), nothing, np.minimum(lengths, sequence_length))
    counts = -(-lengths // sequence_length)
    document = np.repeat(np.arange(len(lengths)), counts)
    number = np.arange(len(document)) - np.repeat(np.cumsum(counts) - counts, counts)
    start = number * sequence_length
    return _Pieces(document, start, np.minimum(lengths[document] - start, sequence_length))


def _laid(store: _Store, pieces: _Pieces, blank: Ids, key: bytes) -> Iterator[PackedSequence]:
    """The sequences in their keyed order, the pieces of each in the given one."""
    bins, count = best_fit(pieces.length, len(blank))
    sequence = Bijection(count, key).forward(bins)
    order = np.argsort(sequence, kind="stable")
    ends = np.cumsum(np.bincount(sequence, minlength=count))
    with store.ids.open("rb", buffering=0) as file:  # mapped, its pages would count as our memory
        for number, (first, last) in enumerate(zip(np.append(0, ends[:-1]), ends, strict=True)):
            yield _sequence(number, order[first:last], store, file, pieces, blank)


def _sequence(
    number: int,
    chosen: NDArray[np.int64],
    store: _Store,
    file: FileIO,
    pieces: _Pieces,
    blank: Ids,
) -> PackedSequence:
    documents, starts = pieces.document[chosen], pieces.start[chosen]
    places, lengths = starts + store.begins[documents], pieces.length[chosen]
    ids, offset, laid = blank.copy(), 0, []
    columns = (column.tolist() for column in (places, starts, lengths))
    for entry, place, start, length in zip(store.entries[documents], *columns, strict=True):
        file.seek(place * blank.itemsize)
        if file.readinto(ids[offset : offset + length].data) != length * blank.itemsize:
            raise OSError("the scratch file of a shard ends too soon")
        doc_id, repeat = entry["doc_id"].tobytes().hex(), int(entry["repeat"])
        laid.append(Piece(doc_id, repeat, number, offset, length, start))
        offset += length
    return PackedSequence(ids, tuple(laid))
