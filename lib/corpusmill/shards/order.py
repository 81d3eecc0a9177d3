"""The order of documents in a set, and of sequences in an epoch: keyed hashes and arithmetic only.

Everything here is a pure function of numbers and keys. A change of any constant changes shard bytes
or training order, so the tests hold values written out.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

KEY_BITS = 64
_Noise = tuple[NDArray[np.int64], int]  # numbers, and the limit that they lie below
_ROUNDS = 8  # one for each 64-bit word of a SHA-512; four already make a strong Feistel network


def order_key(seed: int, stage: str, doc_id: str, repeat: int) -> int:
    """Place of one repeat of a document: the first 64 bits of a SHA-256, as an unsigned number.

    The total order of a stage is ``(order_key, doc_id, repeat)``.
    """
    text = f"{seed}\0{stage}\0{doc_id}\0{repeat}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def shard_of(key: int, count: int) -> int:
    """Canonical shard of an order key: its top bits. ``count`` is a power of two."""
    if count < 1 or count & (count - 1):
        raise ValueError(f"shard count is {count}; allowed: a power of two")
    return key >> (KEY_BITS - count.bit_length() + 1)


def keyed(purpose: str, seed: int, *numbers: int) -> bytes:
    """Key of a bijection: other purposes, seeds or numbers give unrelated permutations."""
    return "\0".join([purpose, str(seed), *map(str, numbers)]).encode()


class Bijection:
    """A keyed permutation of ``range(size)`` that is computed, not stored.

    A Feistel network over the pairs (row, column) of the smallest square-like grid that holds
    ``size`` cells; a cell past the end is sent through again until it falls inside.
    """

    def __init__(self, size: int, key: bytes) -> None:
        """Raise ValueError when ``size`` is negative."""
        if size < 0:
            raise ValueError(f"size is {size}; allowed: 0 or more")
        self.size = size
        self._rows = math.isqrt(max(size - 1, 0)) + 1
        self._columns = max(1, -(-size // self._rows))
        self._keys = np.frombuffer(hashlib.sha512(key).digest(), dtype="<u8")

    def forward(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Image of each index: int64, same shape. IndexError for an index outside the range."""
        return self._walk(indices, range(_ROUNDS), 1)

    def backward(self, images: NDArray[np.int64]) -> NDArray[np.int64]:
        """The index each image came from; ``backward(forward(x))`` is ``x``."""
        return self._walk(images, range(_ROUNDS - 1, -1, -1), -1)

    def _walk(self, cells: NDArray[np.int64], rounds: range, sign: int) -> NDArray[np.int64]:
        check_range(cells, self.size)
        values = self._pass(np.asarray(cells, dtype=np.int64), rounds, sign)
        outside = values >= self.size
        while outside.any():
            values[outside] = self._pass(values[outside], rounds, sign)
            outside = values >= self.size
        return values

    def _pass(self, cells: NDArray[np.int64], rounds: range, sign: int) -> NDArray[np.int64]:
        row, column = np.divmod(np.atleast_1d(cells), self._columns)
        for number in rounds:
            if number % 2:
                column = _wrapped(column, sign, self._noise(row, number, self._columns))
            else:
                row = _wrapped(row, sign, self._noise(column, number, self._rows))
        return (row * self._columns + column).reshape(np.shape(cells))

    def _noise(self, half: NDArray[np.int64], number: int, limit: int) -> _Noise:
        mixed = _mix(half.astype(np.uint64) ^ self._keys[number])
        return _remainder(mixed, np.uint64(limit)).astype(np.int64), limit


class GlobalOrder:
    """The order in which an epoch shows the sequences of a set, the same for every world size.

    Blocks of ``block`` neighbouring sequences come in a permuted order, and each ``window``
    consecutive blocks of that order are shuffled together; so at any time an epoch needs only the
    few shards that a window touches. The last block of the set may be short.
    """

    def __init__(self, sequences: int, seed: int, block: int, window: int) -> None:
        """Raise ValueError for a negative count and for a block or window below 1."""
        if sequences < 0 or block < 1 or window < 1:
            raise ValueError(f"sequences {sequences}, block {block}, window {window}: out of range")
        self._sequences, self._seed = sequences, seed
        self._block, self._window = block, window
        self._blocks = -(-sequences // block)
        self._missing = self._blocks * block - sequences
        self._places = Bijection(self._blocks, keyed("blocks", seed, block))
        last = np.arange(self._blocks)[-1:]
        self._short = int(self._places.backward(last).sum())  # place of the last, short block

    def __len__(self) -> int:
        """Number of sequences."""
        return self._sequences

    def at(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sequence shown at each position: int64[n]. IndexError for a position outside the set."""
        check_range(positions, self._sequences)
        span = self._block * self._window
        short_window = self._short // self._window
        whole = self._stretch(np.asarray(positions, dtype=np.int64), (short_window + 1) * span)
        windows, inner = np.divmod(whole, span)
        for number, members in _groups(windows):
            shuffled = self._shuffle(number).forward(inner[members])
            if number == short_window:
                end = (self._short % self._window + 1) * self._block
                shuffled = self._stretch(shuffled, end)
            inner[members] = shuffled
        places, offsets = np.divmod(windows * span + inner, self._block)
        return self._blocks_at(places) * self._block + offsets

    def _blocks_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Block at each place. Neighbouring positions share places, so each is worked out once."""
        first, end = (places.min(), places.max() + 1) if places.size else (0, 0)
        if end - first >= places.size:
            return self._places.forward(places)
        blocks: NDArray[np.int64] = self._places.forward(np.arange(first, end))[places - first]
        return blocks

    def _stretch(self, values: NDArray[np.int64], end: int) -> NDArray[np.int64]:
        """Numbers as if the short block were whole: skip what it lacks, just before ``end``."""
        return values + self._missing * (values >= end - self._missing)

    def _shuffle(self, number: int) -> Bijection:
        first = number * self._window
        blocks = min(self._window, self._blocks - first)
        missing = self._missing if first <= self._short < first + self._window else 0
        key = keyed("window", self._seed, self._block, self._window, number)
        return Bijection(blocks * self._block - missing, key)


def check_range(indices: NDArray[np.int64], size: int) -> None:
    """Raise IndexError when an index is outside ``range(size)``."""
    values = np.asarray(indices)
    if values.size and (values.min() < 0 or values.max() >= size):
        raise IndexError(f"index outside 0 to {size - 1}")


def _groups(numbers: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
    """Each different number with the places it stands at."""
    if not numbers.size:
        return []
    order = np.argsort(numbers, kind="stable")
    heads = np.flatnonzero(np.diff(numbers[order])) + 1
    return [(int(numbers[members[0]]), members) for members in np.split(order, heads)]


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The splitmix64 finaliser. Own copy: a reader of shards needs numpy and nothing else."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _remainder(values: NDArray[np.uint64], limit: np.uint64) -> NDArray[np.uint64]:
    """``values % limit`` by numpy's division, which is many times as fast as its remainder."""
    return values - values // limit * limit


def _wrapped(values: NDArray[np.int64], sign: int, noise: _Noise) -> NDArray[np.int64]:
    """``(values + sign * numbers) % limit`` for values below the limit."""
    numbers, limit = noise
    if sign > 0:
        moved = values + numbers
        return moved - limit * (moved >= limit)
    moved = values - numbers
    return moved + limit * (moved < 0)
