"""The labels of a fastText file, read without fastText: its own reader dies of a damaged one."""

from __future__ import annotations

import struct
from functools import lru_cache
from mmap import ACCESS_READ, mmap

from corpusmill.artefacts import Artefact

_MAGIC, _NEWEST = 793_712_314, 12
_SETTINGS = 12 * 4 + 8  # twelve whole numbers and a double
_WORDS_OF_ENTRY = 10  # bytes after a word: the zero that ends it, its count, its kind
_LABEL_KIND = 1
_CENTROIDS = 256 * 4  # bytes of one dimension of a product quantizer


class DamagedModel(Exception):
    """A file is no whole fastText model; the message says what is wrong with it."""


@lru_cache(maxsize=32)
def labels_of(model: Artefact) -> tuple[str, ...]:
    """The labels of a model, in its order; its matrices are only measured. ``DamagedModel``."""
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


def _labels(reader: _Reader) -> tuple[str, ...]:
    magic, version = reader.take("ii")
    if magic != _MAGIC or version > _NEWEST:
        raise DamagedModel("is no fastText model")
    reader.skip(_SETTINGS)
    entries, _, _, _, pruned = reader.take("iiiqq")
    labels = _entries(reader, entries)
    reader.skip(8 * max(0, pruned))
    quantized = reader.take("?")[0]
    _matrix(reader, bool(quantized))
    _matrix(reader, bool(reader.take("?")[0] and quantized))
    if reader.place != len(reader.data):
        raise DamagedModel("has more bytes than its parts")
    return labels


def _entries(reader: _Reader, count: int) -> tuple[str, ...]:
    data, place, labels = reader.data, reader.place, []
    for _ in range(count):
        end = data.find(b"\0", place)
        if end < 0 or end + _WORDS_OF_ENTRY > len(data):
            raise DamagedModel("is cut short or damaged")
        if data[end + _WORDS_OF_ENTRY - 1] == _LABEL_KIND:
            labels.append(data[place:end].decode())
        place = end + _WORDS_OF_ENTRY
    reader.place = place
    return tuple(labels)


def _matrix(reader: _Reader, quantized: bool) -> None:
    if not quantized:
        rows, columns = reader.take("qq")
        reader.skip(4 * rows * columns)
        return
    with_norms, rows, _, codes = reader.take("?qqi")
    reader.skip(codes)
    _quantizer(reader)
    if with_norms:
        reader.skip(rows)
        _quantizer(reader)


def _quantizer(reader: _Reader) -> None:
    dimensions, _, _, _ = reader.take("iiii")
    reader.skip(_CENTROIDS * dimensions)
