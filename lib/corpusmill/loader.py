"""Reads a shard set for training, one rank's sequences in order. Needs numpy and nothing else.

A ``ShardReader`` has a length and an index, so ``torch.utils.data.DataLoader`` takes it as it is.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.format import DTYPES, FormatError, decode, read_map
from corpusmill.shards.ranks import ShardSet

OPEN_SHARDS = 64  # two maps each, well below the usual limit of 1,024 open files
_STEPS = 1024  # steps whose sequences are worked out at once

_Shard = tuple[NDArray[np.unsignedinteger], NDArray[np.void]]


class Item(TypedDict):
    """One sequence.

    input_ids   int64[sequence_length]  a copy, widened from the stored type so that every
                                        framework takes it as indices
    boundaries  int64[pieces + 1]       where each document begins, then the end of the last real
                                        token; padding, if any, lies behind it
    sequence    number of the sequence in the set, in canonical order
    """

    input_ids: NDArray[np.int64]
    boundaries: NDArray[np.int64]
    sequence: int


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
    ) -> None:
        """``manifest`` is the file or its folder. ValueError for arguments that do not fit;
        ManifestError, a ValueError too, for a manifest that is missing or not whole."""
        self._set = ShardSet.open(manifest)
        self._share = self._set.share(rank, world_size, order, rest)
        self._world_size, self._order = world_size, order
        self._position = 0
        self._resumed = False
        self._forget()

    def __len__(self) -> int:
        """Sequences that this rank reads in an epoch."""
        return len(self._share)

    def __getitem__(self, index: int) -> Item:
        """The sequence of a step; negative from the end. IndexError outside. Moves no position.

        FormatError when a shard file is missing or has not the size that the manifest states.
        """
        step = operator.index(index)
        if not -len(self) <= step < len(self):
            raise IndexError(f"step {step} of {len(self)}")
        return self._item(self._sequence(step % len(self)))

    def __iter__(self) -> Iterator[Item]:
        """The steps from the present position on; from the first again when an epoch is over.

        A state taken at the end of an epoch resumes there: its first pass is empty, like the rest
        of the pass that it was taken in.
        """
        if self._position == len(self) and not self._resumed:
            self._position = 0
        self._resumed = False
        while self._position < len(self):
            item = self[self._position]
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
        position = self._position_of(_count(state, "world_size"), _count(state, "position"))
        if position > len(self):
            raise ValueError(f"position is {position}; allowed: 0 to {len(self)}")
        self._position, self._resumed = position, True

    def __getstate__(self) -> dict[str, Any]:
        """Worker processes map the files themselves."""
        kept = ("_set", "_share", "_world_size", "_order", "_position", "_resumed")
        return {name: self.__dict__[name] for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a copy's fields; no file is open."""
        self.__dict__.update(state)
        self._forget()

    def _forget(self) -> None:
        self._open: OrderedDict[int, _Shard] = OrderedDict()
        self._first_step, self._steps = 0, np.zeros(0, dtype=np.int64)

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
            raise ValueError(f"{self._world_size} ranks do not reach {consumed} sequences together")
        return consumed // self._world_size

    def _sequence(self, step: int) -> int:
        if not 0 <= step - self._first_step < len(self._steps):
            self._first_step = step - step % _STEPS
            end = min(self._first_step + _STEPS, len(self))
            self._steps = self._share.at(np.arange(self._first_step, end, dtype=np.int64))
        return int(self._steps[step - self._first_step])

    def _item(self, sequence: int) -> Item:
        number, row = self._set.locate(sequence)
        ids, records = self._shard(number)
        owner = records["sequence"]
        # Bisecting the map touches a few pages of it; numpy's search would copy the whole column.
        pieces = records[bisect_left(owner, row) : bisect_left(owner, row + 1)]
        ends = pieces["offset"][-1:].astype(np.int64) + pieces["length"][-1:]
        return {
            "input_ids": ids[row].astype(np.int64),
            "boundaries": np.append(pieces["offset"], ends).astype(np.int64),
            "sequence": sequence,
        }

    def _shard(self, number: int) -> _Shard:
        if number not in self._open:
            self._open[number] = self._map(self._set.content["shards"][number])
            if len(self._open) > OPEN_SHARDS:
                self._open.popitem(last=False)
        self._open.move_to_end(number)
        return self._open[number]

    def _map(self, shard: dict[str, Any]) -> _Shard:
        plan = self._set.content["plan"]
        tokens, docs = (self._file(shard[part]) for part in ("bin", "docs"))
        return decode(tokens, plan["sequence_length"], DTYPES[plan["dtype"]]), read_map(docs)

    def _file(self, entry: dict[str, Any]) -> Path:
        path = self._set.folder / str(entry["name"])
        if not path.is_file():
            raise FormatError(f"{entry['name']} is missing")
        if path.stat().st_size != entry["bytes"]:
            raise FormatError(f"{entry['name']} has not the size that the manifest states")
        return path


def _count(state: dict[str, Any], name: str) -> int:
    value = state.get(name)
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} of the state is missing or no whole number from 0")
    return value
