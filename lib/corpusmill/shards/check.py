"""What a shard says of itself, held against its plan: what a digest cannot tell.

Digests say that files are those of the manifest. This says that they are a shard: the document map
lies over the ids without a gap, the documents are whole, in order and in their own shard, and the
counts of the manifest are theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.format import DTYPES, FormatError, decode, read_map
from corpusmill.shards.order import order_key, shard_of
from corpusmill.shards.pack import Ids
from corpusmill.shards.rules import MAX_SHARDS

_BLOCK = 1 << 20  # ids looked at at once

_Flags = NDArray[np.bool_]
_Numbers = NDArray[np.int64]


def check_shard(
    folder: Path, shard: Mapping[str, Any], stage: str, plan: Mapping[str, Any]
) -> list[str]:
    """What is wrong with a shard, each complaint with the name of the file; none: nothing is.

    ``shard`` is an entry of a manifest that ``read_manifest`` let through, and the files have its
    digests. One complaint a kind, of one place where it is so. Memory grows with the records, not
    with the ids.
    """
    ids_name, docs_name = shard["bin"]["name"], shard["docs"]["name"]
    try:
        ids = decode(folder / ids_name, plan["sequence_length"], DTYPES[plan["dtype"]])
        runs = _Runs(read_map(folder / docs_name), len(ids), plan)
    except FormatError as error:
        return [str(error)]
    place = runs.misplaced()
    of_map = (place, _miscounted(runs, shard), runs.broken(), _disordered(runs, shard, stage))
    of_ids = [_unknown_id(ids, plan)]
    if place is None:
        of_ids += [_unpadded(ids, runs.filled(), plan), _endless(ids, runs, shard)]
    told = [(docs_name, text) for text in of_map] + [(ids_name, text) for text in of_ids]
    return [f"{name}: {text}" for name, text in told if text is not None]


@dataclass(frozen=True)
class _Runs:
    """The records of a document map, not trusted: no number in it is used before it is checked."""

    records: NDArray[np.void]
    sequences: int
    plan: Mapping[str, Any]

    @property
    def concat(self) -> bool:
        """Whether documents follow each other over the ends of sequences."""
        return bool(self.plan["packing"] == "concat")

    @cached_property
    def sequence(self) -> _Numbers:
        """The sequence of each run."""
        sequence: _Numbers = self.records["sequence"].astype(np.int64)
        return sequence

    @cached_property
    def ends(self) -> _Numbers:
        """Where each run ends in its sequence."""
        ends: _Numbers = self.records["offset"].astype(np.int64) + self.records["length"]
        return ends

    @cached_property
    def names(self) -> tuple[NDArray[np.uint64], ...]:
        """Which document, and which repeat: columns that sort as (doc_id, repeat) do."""
        halves = np.ascontiguousarray(self.records["doc_id"]).view(">u8").astype(np.uint64)
        return halves[:, 0], halves[:, 1], self.records["repeat"].astype(np.uint64)

    @cached_property
    def by_document(self) -> _Numbers:
        """Records sorted by document, repeat and start."""
        first, second, repeat = self.names
        order: _Numbers = np.lexsort((self.records["start"], repeat, second, first))
        return order

    @cached_property
    def goes_on(self) -> _Flags:
        """Of ``by_document``: whether the record behind is of the same repeat of a document."""
        return _equal([name[self.by_document] for name in self.names])

    def last_of_document(self) -> _Numbers:
        """The record of each repeat of a document that has its end."""
        last: _Numbers = self.by_document[np.append(~self.goes_on, True)]
        return last

    def filled(self) -> _Numbers:
        """Ids before the padding of each sequence, where no run is misplaced."""
        filled: _Numbers = self.ends[np.append(np.diff(self.sequence) != 0, True)]
        return filled

    def documents(self) -> int:
        """How many repeats of documents begin here."""
        return int((self.records["start"] == 0).sum())

    def tokens(self) -> int:
        """Ids that are in a run, padding left out."""
        return int(self.records["length"].sum(dtype=np.int64))

    def who(self, record: int) -> str:
        """How a message names the document of a record."""
        found = self.records[record]
        return f"document {found['doc_id'].tobytes().hex()}, repeat {found['repeat']}"

    def misplaced(self) -> str | None:
        """Whether the runs do not lie over the sequences one behind the other."""
        if not len(self.records):
            return "has no records"
        steps, offsets = np.diff(self.sequence), self.records["offset"].astype(np.int64)
        touches = (steps == 0) & (offsets[1:] == self.ends[:-1])
        begins = (steps == 1) & (offsets[1:] == 0)
        wrong = np.append(self.sequence[0] != 0 or offsets[0] != 0, ~(touches | begins))
        if wrong.any():
            return f"record {_first(wrong)} does not begin where the one before it ends"
        length = self.plan["sequence_length"]
        wrong = (self.records["length"] == 0) | (self.ends > length)
        if wrong.any():
            return f"record {_first(wrong)} is empty, or longer than its sequence"
        if self.sequence[-1] != self.sequences - 1:
            return f"has records of {self.sequence[-1] + 1} sequences, not {self.sequences}"
        full = self.filled() == length
        full[-1] |= self.plan["rest"] == "pad"
        if self.concat and not full.all():
            return f"sequence {_first(~full)} is not full"
        return None

    def broken(self) -> str | None:
        """Whether some document is not there once and whole, from its first id on."""
        order = self.by_document
        start, length = self.records["start"][order], self.records["length"][order]
        expected = np.where(self.goes_on, start[:-1] + length[:-1], 0)
        wrong = start != np.append(np.uint64(0), expected)[: len(start)]
        if not self.concat:  # the pieces of a document are full sequences, and one at the end
            wrong |= start % np.uint64(self.plan["sequence_length"]) != 0
            wrong |= (start != 0) & (self.plan["oversize"] == "truncate")
        if not wrong.any():
            return None
        return f"{self.who(order[_first(wrong)])} is not there once, whole and from its start on"


def _miscounted(runs: _Runs, shard: Mapping[str, Any]) -> str | None:
    tokens, plan = runs.tokens(), runs.plan
    found = {
        "sequences": runs.sequences,
        "tokens": tokens,
        "padding": runs.sequences * plan["sequence_length"] - tokens,
        "documents": runs.documents(),
    }
    if plan["rest"] == "pad" and plan["oversize"] == "fragment":
        found["dropped"] = 0
    wrong = [
        f"{count} {found[count]}, not {shard[count]}"
        for count in found
        if found[count] != shard[count]
    ]
    return f"its counts are not those of the manifest: {', '.join(wrong)}" if wrong else None


def _disordered(runs: _Runs, shard: Mapping[str, Any], stage: str) -> str | None:
    """Whether a document is of another shard, or not behind those that come before it."""
    keys = np.fromiter(_keys(runs, stage), np.uint64, len(runs.records))
    count, number = runs.plan["shards"], shard["shard"]
    if count & (count - 1) or count > MAX_SHARDS:
        return f"plan.shards is {count}, among which no document has a place"
    own = (shard_of(key, count) == number for key in keys.tolist())
    foreign = ~np.fromiter(own, np.bool_, len(keys))
    if foreign.any():
        return f"{runs.who(_first(foreign))} belongs to another shard"
    together = np.diff(runs.sequence) == 0
    if runs.concat:
        together |= ~_equal(runs.names)
    wrong = together & ~_rising([keys, *runs.names])
    if wrong.any():
        return f"{runs.who(_first(wrong) + 1)} is not in its place of the order"
    return None


def _keys(runs: _Runs, stage: str) -> Iterator[int]:
    seed, names = runs.plan["seed"], runs.records["doc_id"].tobytes().hex()
    for place, repeat in enumerate(runs.records["repeat"].tolist()):
        yield order_key(seed, stage, names[32 * place : 32 * place + 32], repeat)


def _unknown_id(ids: Ids, plan: Mapping[str, Any]) -> str | None:
    for begin, block in _blocks(ids):
        if int(block.max()) >= plan["vocab_size"]:
            sequence = (begin + _first(block >= plan["vocab_size"])) // plan["sequence_length"]
            return f"sequence {sequence} has an id that is not below {plan['vocab_size']}"
    return None


def _unpadded(ids: Ids, filled: _Numbers, plan: Mapping[str, Any]) -> str | None:
    """Whether an id behind the runs of a sequence is another one than that of padding."""
    length = plan["sequence_length"]
    for begin, block in _blocks(ids):
        if (filled[begin // length : (begin + len(block) - 1) // length + 1] == length).all():
            continue
        sequence, offset = np.divmod(np.arange(begin, begin + len(block)), length)
        wrong = (block != plan["eos_id"]) & (offset >= filled[sequence])
        if wrong.any():
            return f"sequence {sequence[_first(wrong)]} has ids of no document that are no padding"
    return None


def _endless(ids: Ids, runs: _Runs, shard: Mapping[str, Any]) -> str | None:
    """Whether a document does not end with its EOS where nothing of it can have been left out."""
    last, plan = runs.last_of_document(), runs.plan
    places = runs.sequence[last] * plan["sequence_length"] + runs.ends[last] - 1
    endless = last[ids.reshape(-1)[places] != plan["eos_id"]]
    if runs.concat:
        may_be_cut = (endless == len(runs.records) - 1) & (plan["rest"] == "drop")
    else:
        full = runs.records["length"][endless] == plan["sequence_length"]
        may_be_cut = full & (plan["oversize"] == "truncate")
    if may_be_cut.sum() <= shard["dropped"]:  # of each that is cut, one id at least is dropped
        endless = endless[~may_be_cut]
    return f"{runs.who(endless.min())} does not end with {plan['eos_id']}" if len(endless) else None


def _blocks(ids: Ids) -> Iterator[tuple[int, Ids]]:
    flat = ids.reshape(-1)
    for begin in range(0, len(flat), _BLOCK):
        yield begin, flat[begin : begin + _BLOCK]


def _equal(columns: Sequence[NDArray[np.uint64]]) -> _Flags:
    """Whether each row is the one before, in all columns."""
    same = np.ones(max(0, len(columns[0]) - 1), dtype=np.bool_)
    for column in columns:
        same &= column[1:] == column[:-1]
    return same


def _rising(columns: Sequence[NDArray[np.uint64]]) -> _Flags:
    """Whether each row stands above the one before, the first column counting most."""
    above = np.zeros(max(0, len(columns[0]) - 1), dtype=np.bool_)
    for column in reversed(columns):
        above = (column[1:] > column[:-1]) | ((column[1:] == column[:-1]) & above)
    return above


def _first(flags: _Flags) -> int:
    return int(np.argmax(flags))
