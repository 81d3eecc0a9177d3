"""The labels of a fastText file, read without fastText: its own reader dies of a damaged one."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from mmap import ACCESS_READ, mmap

import numpy as np

from corpusmill.artefacts import Artefact

_MAGIC, _NEWEST = 793_712_314, 12
_LOSSES, _SUPERVISED = (1, 2, 3, 4), 3
_WORDS_OF_ENTRY = 10  # bytes after a word: the zero that ends it, its count, its kind
_WORD, _LABEL = 0, 1  # kinds of entries
_CENTROIDS = 256 * 4  # bytes of one dimension of a product quantizer


class DamagedModel(Exception):
    """A file is no whole fastText model; the message says what is wrong with it."""


@lru_cache(maxsize=32)
def labels_of(model: Artefact) -> tuple[str, ...]:
    """The labels of a model, in its order; its matrices are only measured. ``DamagedModel``.

    A file whose parts fit together is one that fastText can be asked of without harm.
    """
    with model.path.open("rb") as file:
        if model.path.stat().st_size < struct.calcsize("<ii"):
            raise DamagedModel("is no fastText model")
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            try:
                return _labels(_Reader(data))
            except (struct.error, UnicodeDecodeError):
                raise DamagedModel("is cut short or damaged") from None


class _Reader:
    """A place in the bytes of a file."""

    def __init__(self, data: mmap) -> None:
        self.data = data
        self.place = 0

    def take(self, form: str) -> tuple[int, ...]:
        """The next values, little-endian."""
        found = struct.unpack_from(f"<{form}", self.data, self.place)
        self.place += struct.calcsize(f"<{form}")
        return found

    def skip(self, size: int) -> None:
        """Pass over bytes that have to be there."""
        if size < 0 or self.place + size > len(self.data):
            raise DamagedModel("is cut short or damaged")
        self.place += size


@dataclass(frozen=True)
class _Settings:
    """What a model was trained with, as far as its parts have to fit it."""

    dim: int
    word_ngrams: int
    loss: int
    kind: int
    buckets: int
    shortest: int
    longest: int

    @classmethod
    def read(cls, reader: _Reader) -> _Settings:
        dim, _, _, _, _, word_ngrams, loss, kind, buckets, shortest, longest, _ = reader.take("12i")
        reader.take("d")
        return cls(dim, word_ngrams, loss, kind, buckets, shortest, longest)

    @property
    def are_possible(self) -> bool:
        parts = self.word_ngrams > 1 or self.longest > 0
        return (
            self.dim > 0
            and self.word_ngrams > 0
            and self.loss in _LOSSES
            and self.kind == _SUPERVISED
            and self.buckets >= int(parts)
            and self.shortest >= 0
            and self.longest >= 0
        )


def _labels(reader: _Reader) -> tuple[str, ...]:
    magic, version = reader.take("ii")
    if magic != _MAGIC or version > _NEWEST:
        raise DamagedModel("is no fastText model")
    settings = _Settings.read(reader)
    entries, words, count, _, pruned = reader.take("iiiqq")
    _hold(settings.are_possible and words >= 0 and count > 0 and words + count == entries)
    labels = _entries(reader, words, count)
    _pruned(reader, settings.buckets, pruned)
    rows = words + (settings.buckets if pruned < 0 else pruned)
    quantized = bool(reader.take("?")[0])
    _hold(quantized or pruned < 0)
    _hold(_matrix(reader, quantized) == (rows, settings.dim))
    of_output = bool(reader.take("?")[0] and quantized)
    _hold(_matrix(reader, of_output) == (len(labels), settings.dim))
    if reader.place != len(reader.data):
        raise DamagedModel("has more bytes than its parts")
    return labels


def _hold(fits: bool) -> None:
    if not fits:
        raise DamagedModel("is damaged: its parts do not fit together")


def _entries(reader: _Reader, words: int, labels: int) -> tuple[str, ...]:
    """The labels, which stand behind the words."""
    data, place, found = reader.data, reader.place, []
    for number in range(words + labels):
        end = data.find(b"\0", place)
        if end < 0 or end + _WORDS_OF_ENTRY > len(data):
            raise DamagedModel("is cut short or damaged")
        _hold(data[end + _WORDS_OF_ENTRY - 1] == (_WORD if number < words else _LABEL))
        if number >= words:
            found.append(data[place:end].decode())
        place = end + _WORDS_OF_ENTRY
    reader.place = place
    return tuple(found)


def _pruned(reader: _Reader, buckets: int, count: int) -> None:
    """Which buckets a pruned model kept, and in which row each is."""
    start = reader.place
    reader.skip(8 * max(0, count))
    pairs = np.frombuffer(reader.data[start : reader.place], dtype="<i4").reshape(-1, 2)
    kept, rows = pairs[:, 0], pairs[:, 1]
    _hold(bool(((kept >= 0) & (kept < buckets) & (rows >= 0) & (rows < count)).all()))


def _matrix(reader: _Reader, quantized: bool) -> tuple[int, int]:
    """Rows and columns."""
    if not quantized:
        rows, columns = reader.take("qq")
        reader.skip(4 * rows * columns)
        return rows, columns
    with_norms, rows, columns, codes = reader.take("?qqi")
    reader.skip(codes)
    _hold(codes == rows * _quantizer(reader, columns))
    if with_norms:
        reader.skip(rows)
        _quantizer(reader, 1)
    return rows, columns


def _quantizer(reader: _Reader, columns: int) -> int:
    """Into how many codes a row of so many columns is put."""
    dimensions, parts, size, last = reader.take("iiii")
    _hold(dimensions == columns and size > 0 and 0 < last <= size)
    _hold(parts == -(-columns // size) and last == columns - (parts - 1) * size)
    reader.skip(_CENTROIDS * dimensions)
    return parts
