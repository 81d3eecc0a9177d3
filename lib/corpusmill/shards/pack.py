"""Documents laid end to end and cut into sequences of one length, with a record of every piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.rules import RESTS, check_choice

Ids = NDArray[np.unsignedinteger]


class Packable(NamedTuple):
    """One repeat of a document: 32 hex characters, repeat number, int[n] token ids without EOS."""

    doc_id: str
    repeat: int
    ids: NDArray[np.integer]


class Piece(NamedTuple):
    """A run of one document's tokens in one sequence.

    offset  where it begins in the sequence
    length  its tokens, the document's EOS included where it falls into this piece
    start   where it begins in the document
    """

    doc_id: str
    repeat: int
    sequence: int
    offset: int
    length: int
    start: int


@dataclass(frozen=True)
class PackedSequence:
    """``sequence_length`` ids; what lies behind the last piece is padding."""

    ids: Ids
    pieces: tuple[Piece, ...]


@dataclass
class PackCounts:
    """What became of everything that came in. Complete when the packing has run out.

    documents  documents with at least one token, wherever their tokens went
    empty      documents without a token: they leave no trace, not even an EOS
    tokens     ids in the sequences, EOS included, padding not
    padding    EOS ids added to fill sequences
    dropped    ids that were left out: of the last sequence, or of documents that were cut off
    """

    documents: int = 0
    empty: int = 0
    sequences: int = 0
    tokens: int = 0
    padding: int = 0
    dropped: int = 0


class Packing(Iterator[PackedSequence]):
    """The sequences of ``pack``, once, in order; ``counts`` grows as they are taken."""

    def __init__(self, sequences: Iterator[PackedSequence], counts: PackCounts) -> None:
        """``sequences`` adds to ``counts`` as it goes."""
        self.counts = counts
        self._sequences = sequences

    def __next__(self) -> PackedSequence:
        """Return the next sequence."""
        return next(self._sequences)


def pack(
    documents: Iterable[Packable],
    sequence_length: int,
    eos_id: int,
    rest: str,
    dtype: np.dtype[np.unsignedinteger],
) -> Packing:
    """Concatenate in the given order, an EOS after each document, and cut.

    rest ``pad`` fills the last sequence with EOS ids that belong to no piece; ``drop`` leaves an
    incomplete last sequence out. Holds one document and one sequence in memory. ValueError for an
    id that ``dtype`` cannot hold (naming the document), and for arguments out of range.
    """
    check_packing(sequence_length, eos_id, dtype)
    check_choice("rest", rest, RESTS)
    counts = PackCounts()
    return Packing(_cut(_Tray(sequence_length, eos_id, dtype), documents, rest, counts), counts)


def check_packing(sequence_length: int, eos_id: int, dtype: np.dtype[np.unsignedinteger]) -> None:
    """Raise ValueError for a length or an end of documents that no sequence can have."""
    if sequence_length < 1:
        raise ValueError(f"sequence_length is {sequence_length}; allowed: 1 or more")
    if not 0 <= eos_id <= np.iinfo(dtype).max:
        raise ValueError(f"eos_id is {eos_id}; allowed: 0 to {np.iinfo(dtype).max}")


def key_of(doc_id: str) -> bytes:
    """The 16 bytes of a doc_id. ValueError for another length, which would be cut or filled."""
    key = bytes.fromhex(doc_id)
    if len(key) != 16:
        raise ValueError("a doc_id is not 32 hexadecimal characters")
    return key


def fitting(document: Packable, dtype: np.dtype[np.unsignedinteger]) -> Ids:
    """The ids in the stored type. ValueError, naming the document, where one does not fit."""
    ids = np.asarray(document.ids)
    if ids.min() < 0 or ids.max() > np.iinfo(dtype).max:
        raise ValueError(f"document {document.doc_id} has an id outside {dtype}")
    return ids.astype(dtype)


def _cut(
    tray: _Tray, documents: Iterable[Packable], rest: str, counts: PackCounts
) -> Iterator[PackedSequence]:
    for document in documents:
        if not len(document.ids):
            counts.empty += 1
            continue
        counts.documents += 1
        for full in tray.lay(document):
            yield _counted(full, counts)
    if tray.filled and rest == "pad":
        counts.padding = tray.free
        yield _counted(tray.lift(), counts)
    else:
        counts.dropped = tray.filled


def _counted(packed: PackedSequence, counts: PackCounts) -> PackedSequence:
    counts.sequences += 1
    counts.tokens += packed.pieces[-1].offset + packed.pieces[-1].length
    return packed


class _Tray:
    """The sequence being filled: EOS everywhere until ids are laid over it."""

    def __init__(self, length: int, eos_id: int, dtype: np.dtype[np.unsignedinteger]) -> None:
        self._blank: Ids = np.full(length, eos_id, dtype=dtype)
        self._number = 0
        self._clear()

    @property
    def free(self) -> int:
        return len(self._ids) - self.filled

    def lay(self, document: Packable) -> Iterator[PackedSequence]:
        """Lay the document and its EOS down, lifting each sequence that becomes full."""
        ids = fitting(document, self._blank.dtype)
        start, end = 0, len(ids) + 1
        while start < end:
            length = min(self.free, end - start)
            part = ids[start : start + length]  # shorter than the piece where the EOS is in it
            self._ids[self.filled : self.filled + len(part)] = part
            place = (self._number, self.filled, length, start)
            self._pieces.append(Piece(document.doc_id, document.repeat, *place))
            self.filled += length
            start += length
            if not self.free:
                yield self.lift()

    def lift(self) -> PackedSequence:
        packed = PackedSequence(self._ids, tuple(self._pieces))
        self._number += 1
        self._clear()
        return packed

    def _clear(self) -> None:
        self._ids = self._blank.copy()
        self._pieces: list[Piece] = []
        self.filled = 0
