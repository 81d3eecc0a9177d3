"""The sequences of one rank, as a list to index and as a stream that can be resumed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpusmill.loader import maps
from corpusmill.loader.cache import CACHE_BYTES, ShardCache
from corpusmill.loader.fields import FIELDS, Item, add_fields
from corpusmill.loader.maps import Folder, Maps
from corpusmill.shards.ranks import ShardSet

_MOST, _FEWEST = 4096, 64  # steps that are worked out at once


@dataclass
class _Stretch:
    """Neighbouring steps, worked out: what is read at each, as lists, which are quick to index."""

    first: int
    sequences: list[int]
    shards: list[int]
    rows: list[int]
    bounds: NDArray[np.int64]  # of all steps one after another
    ends: list[int]  # in ``bounds``, with a 0 before the first


class ShardReader:
    """The sequences of one rank, as a list to index and as a stream that can be resumed.

    ``global`` order is the same for every world size: step ``s`` of rank ``r`` shows position
    ``s * world_size + r``. ``per-rank`` order keeps a rank to its own shards. ``rest`` evens the
    ranks' lengths: ``wrap`` repeats from the start, ``drop`` leaves out, ``keep`` does neither.
    Shard files are mapped when first needed, the least recently used are let go.
    """

    def __init__(
        self,
        manifest: str | Path,
        rank: int = 0,
        world_size: int = 1,
        order: str = "global",
        rest: str = "wrap",
        *,
        fields: Sequence[str] = ("boundaries",),
        dtype: str | None = "int64",
        cache: str | Path | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        """``manifest`` is the file or its folder; anything that fsspec reads where there is a
        ``cache``, a local folder that holds up to ``cache_bytes`` of shard files.

        ``fields`` are those of ``FIELDS`` that items hold; ``dtype`` is that of their ids, None for
        the stored one. ValueError for arguments that do not fit; ManifestError, a ValueError too,
        for a manifest that is missing or not whole.
        """
        if isinstance(fields, str):
            raise ValueError(f"fields is {fields!r}; expected a list of names")
        for field in fields:
            if field not in FIELDS:
                raise ValueError(f"fields has {field!r}; allowed: {', '.join(FIELDS)}")
        if cache is None and "://" in str(manifest):
            raise ValueError(f"cache: name a local folder for the files of {manifest}")
        if cache is None:
            self._set = ShardSet.open(manifest)
            self._maps = Maps(self._set, Folder(self._set.folder))
        else:
            files = ShardCache(str(manifest), cache, cache_bytes)
            self._set = files.open_set()
            self._maps = Maps(self._set, files)
        self._share = self._set.share(rank, world_size, order, rest)
        self._size = len(self._share)
        self._world_size, self._order = world_size, order
        self._fields = tuple(fields)
        plan = self._set.content["plan"]
        self._length = plan["sequence_length"]
        self._dtype = _holding(dtype or plan["dtype"], plan["vocab_size"])
        # No more at once than one window of the global order holds: few shards have to be at hand.
        own = plan["block"] * plan["window"] // world_size
        self._steps = min(_MOST, max(_FEWEST, own))
        self._position = 0
        self._resumed = False
        self._stretch: _Stretch | None = None

    def __len__(self) -> int:
        """Sequences that this rank reads in an epoch."""
        return self._size

    def __getitem__(self, index: int) -> Item:
        """The sequence of a step; negative from the end. IndexError outside. Moves no position.

        FormatError when a shard file is missing or is not what the manifest states.
        """
        step, size = operator.index(index), self._size
        if not -size <= step < size:
            raise IndexError(f"step {step} of {size}")
        step %= size
        stretch = self._stretch_of(step)
        place = step - stretch.first
        ids = self._maps.ids(stretch.shards[place])[stretch.rows[place]].astype(self._dtype)
        item: Item = {"input_ids": ids, "sequence": stretch.sequences[place]}
        if self._fields:
            bounds = stretch.bounds[stretch.ends[place] : stretch.ends[place + 1]].copy()
            add_fields(item, bounds, self._fields, self._length)
        return item

    def __iter__(self) -> Iterator[Item]:
        """The steps from the present position on; from the first again when an epoch is over.

        A state taken at the end of an epoch resumes there: its first pass is empty, like the rest
        of the pass that it was taken in.
        """
        self._begin_pass()
        for part in self._parts(self._position, len(self)):
            for item in part:
                self._position += 1
                yield item

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands, fit for JSON, the same on every rank after the same steps.

        position  steps of this rank;  consumed  sequences of all ranks together
        """
        return {
            "manifest": self._set.digest,
            "order": self._order,
            "world_size": self._world_size,
            "position": self._position,
            "consumed": self._position * self._world_size,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Stand where a state was taken. ValueError for another set's or another order's state.

        In ``global`` order the world size may differ, as long as all ranks of the new one reach the
        consumed count together; in ``per-rank`` order it may not.
        """
        if state.get("manifest") != self._set.digest:
            raise ValueError("the state was taken from another shard set")
        if state.get("order") != self._order:
            raise ValueError(f"the state is of {state.get('order')!r} order, not {self._order!r}")
        position = self._position_of(whole(state, "world_size"), whole(state, "position"))
        if position > len(self):
            raise ValueError(f"position is {position}; allowed: 0 to {len(self)}")
        self._position, self._resumed = position, True

    def __getstate__(self) -> dict[str, Any]:
        """A copy works its steps out itself."""
        return {**self.__dict__, "_stretch": None}

    def _begin_pass(self) -> None:
        if self._position == len(self) and not self._resumed:
            self._position = 0
        self._resumed = False

    def _position_of(self, world_size: int, position: int) -> int:
        """Steps of this reader after which as much is consumed as at a state's position."""
        if world_size == self._world_size:
            return position
        if self._order != "global":
            raise ValueError(f"the state is of world size {world_size}, which per-rank order keeps")
        consumed = position * world_size
        if consumed >= min(int(self._set.starts[-1]), len(self) * self._world_size):
            return len(self)
        if consumed % self._world_size:
            near = consumed - consumed % lcm(world_size, self._world_size)
            raise ValueError(
                f"{self._world_size} ranks do not reach {consumed} sequences together; the state "
                f"after {near // world_size} steps of {world_size} ranks could be resumed"
            )
        return consumed // self._world_size

    def _parts(self, first: int, end: int) -> Iterator[Iterator[Item]]:
        """Items of neighbouring steps, stretch by stretch."""
        while first < end:
            stretch = self._stretch_of(first)
            begin = first - stretch.first
            stop = min(end - stretch.first, len(stretch.rows))
            yield self._items(stretch, begin, stop)
            first = stretch.first + stop

    def _items(self, stretch: _Stretch, begin: int, stop: int) -> Iterator[Item]:
        """Items of some steps of a stretch: the loop that decides how fast reading is."""
        dtype, fields, length = self._dtype, self._fields, self._length
        # Items may be changed and the stretch is kept: they get parts of a copy.
        origin = stretch.ends[begin]
        ends = [end - origin for end in stretch.ends[begin : stop + 1]]
        bounds = stretch.bounds[origin : origin + ends[-1]].copy()
        ids_of = self._ids_of(stretch.shards[begin:stop])
        places = zip(
            stretch.sequences[begin:stop],
            stretch.shards[begin:stop],
            stretch.rows[begin:stop],
            ends,
            ends[1:],
            strict=False,
        )
        bounded = fields == ("boundaries",)
        for sequence, shard, row, start, end in places:
            item: Item = {"input_ids": ids_of(shard)[row].astype(dtype), "sequence": sequence}
            if bounded:
                item["boundaries"] = bounds[start:end]
            elif fields:
                add_fields(item, bounds[start:end], fields, length)
            yield item

    def _ids_of(self, shards: list[int]) -> Callable[[int], NDArray[np.unsignedinteger]]:
        """How to come by the ids of these shards: from a table, where all can be open at once."""
        numbers = set(shards)
        if len(numbers) > maps.OPEN_SHARDS:
            return self._maps.ids
        return {number: self._maps.ids(number) for number in numbers}.__getitem__

    def _stretch_of(self, step: int) -> _Stretch:
        stretch = self._stretch
        if stretch is None or not 0 <= step - stretch.first < len(stretch.rows):
            stretch = self._stretch = self._worked_out(step - step % self._steps)
        return stretch

    def _worked_out(self, first: int) -> _Stretch:
        steps = np.arange(first, min(first + self._steps, len(self)), dtype=np.int64)
        sequences = self._share.at(steps)
        shards = np.searchsorted(self._set.starts, sequences, side="right") - 1
        rows = sequences - self._set.starts[shards]
        bounds, ends = np.zeros(0, dtype=np.int64), np.zeros(len(steps) + 1, dtype=np.int64)
        if self._fields:
            bounds, ends = self._bounds(shards, rows)
        return _Stretch(
            first, sequences.tolist(), shards.tolist(), rows.tolist(), bounds, ends.tolist()
        )

    def _bounds(
        self, shards: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Boundaries of all steps one after another, and where each step's end, after a 0."""
        order = np.argsort(shards, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(shards[order])) + 1)
        found = [self._maps.pieces(int(shards[group[0]]), rows[group]) for group in groups]
        counts = np.empty(len(rows), dtype=np.int64)
        counts[order] = np.concatenate([counts for counts, _offsets, _ends in found])
        ends = np.append(0, np.cumsum(counts + 1))
        bounds = np.empty(ends[-1], dtype=np.int64)
        bounds[ends[1:][order] - 1] = np.concatenate([last for _counts, _offsets, last in found])
        inner = np.repeat(ends[:-1][order] - _before(counts[order]), counts[order])
        bounds[inner + np.arange(len(inner))] = np.concatenate([offsets for _, offsets, _ in found])
        return bounds, ends


def _holding(name: str, vocab_size: int) -> np.dtype[Any]:
    """A type of ids by name. ValueError for one that is no integer, or too small for all ids."""
    try:
        dtype = np.dtype(name)
    except TypeError:
        raise ValueError(f"dtype is {name!r}, no type of numpy") from None
    if dtype.kind not in "iu" or np.iinfo(dtype).max < vocab_size - 1:
        raise ValueError(f"dtype is {name!r}, which does not hold ids up to {vocab_size - 1}")
    return dtype


def whole(state: dict[str, Any], name: str) -> int:
    """A count of a state. ValueError where it is none."""
    value = state.get(name)
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} of the state is missing or no whole number from 0")
    return value


def _before(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of all counts before each."""
    before: NDArray[np.int64] = np.cumsum(counts) - counts
    return before
