"""Passages that repeat: how often each stands in a batch of texts, and which are to be cut out.

A frequent passage is known by 64 bits of its matching form, and its first document by the leading
64 bits of its doc_id: of documents that share them, all count as the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpusmill.artefacts import Artefact
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.dedup.units import Flags, Hashes, Offsets, Spans, UnitBatch, Units, said_before
from corpusmill.text.shingles import hash_runs

REPEATS, FREQUENT = "repeats", "frequent"  # the steps of ``edits``

_SIGN = np.uint64(1 << 63)


@dataclass(frozen=True)
class Passages:
    """Distinct passages of one rule: uint64 each, ascending by hash.

    documents  how many documents each stands in
    first      the leading 64 bits of the smallest of their doc_ids
    """

    hashes: Hashes
    documents: NDArray[np.uint64]
    first: NDArray[np.uint64]

    def __len__(self) -> int:
        """Number of passages."""
        return len(self.hashes)

    def save(self, path: Path) -> None:
        """As three rows of one ``.npy`` file, whose bytes depend on nothing else."""
        np.save(path, np.stack([self.hashes, self.documents, self.first]))

    def hold(self, hashes: Hashes) -> tuple[Offsets, Flags]:
        """The place of each hash in the list, and whether it is there."""
        places = np.searchsorted(self.hashes, hashes)
        if not len(self):
            return places, np.zeros(len(hashes), dtype=np.bool_)
        places = np.minimum(places, len(self) - 1)
        return places, self.hashes[places] == hashes


@lru_cache(maxsize=64)
def load_passages(artefact: Artefact) -> Passages:
    """The list in a file, mapped: processes of one machine share its memory.

    Raises ``WrongArtefact``.
    """
    return Passages(*np.load(artefact.checked(), mmap_mode="r"))


@dataclass(frozen=True)
class Runs:
    """Passages of a batch that a rule looks at: so many units with words in a row, in one text.

    heads   int64[runs]   the first of each, as a number among the units with words
    owners  int64[runs]   its text
    hashes  uint64[runs]
    """

    heads: Offsets
    owners: Offsets
    hashes: Hashes


def find_runs(units: Units, rule: FrequentRule) -> Runs:
    """All passages of a rule, overlapping ones too, that have characters enough."""
    owners, hashes = units.owners[units.worded], units.hashes[units.worded]
    before = np.concatenate([[0], np.cumsum(units.chars[units.worded])])
    heads = np.arange(max(0, len(owners) - rule.span + 1))
    tails = heads + rule.span
    fits = (owners[heads] == owners[tails - 1]) & (before[tails] - before[heads] >= rule.min_chars)
    heads = heads[fits]
    if rule.span > 1:
        hashes = hash_runs(hashes, heads, np.full(len(heads), rule.span))
    else:
        hashes = hashes[heads]
    return Runs(heads, owners[heads], hashes)


def count_in(batch: UnitBatch, ids: Sequence[str], rule: FrequentRule) -> Passages:
    """The passages of a batch, each counted once a document."""
    runs = find_runs(batch.units(rule.unit), rule)
    new = ~said_before(runs.owners, runs.hashes)
    hashes, which, counts = np.unique(runs.hashes[new], return_inverse=True, return_counts=True)
    first = np.full(len(hashes), np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(first, which, _leading(ids)[runs.owners[new]])
    return Passages(hashes, counts.astype(np.uint64), first)


def frequent_of(rows: pa.Table) -> Passages:
    """Rows of ``transform.count_passages`` of one rule as a list."""
    hashes, first = (rows.column(name).to_numpy().view(np.uint64) for name in ("hash", "first"))
    order = np.argsort(hashes)
    documents = rows.column("documents").to_numpy().astype(np.uint64)
    return Passages(hashes[order], documents[order], first[order] ^ _SIGN)


def rows_of(found: Passages, entry: int) -> dict[str, pa.Array]:
    """Columns entry, hash, documents, first; ``first`` ascends as a signed number, as Spark has."""
    columns = (found.hashes, found.documents, found.first ^ _SIGN)
    named = zip(("hash", "documents", "first"), columns, strict=True)
    entries = pa.array(np.full(len(found), entry, dtype=np.int32))
    return {"entry": entries, **{name: pa.array(each.view(np.int64)) for name, each in named}}


def repeated(batch: UnitBatch, kind: str) -> Spans:
    """The units of a kind that an earlier one of their text equals, to be cut out.

    Equal are those of the same words with the same digits and marks: rows of a table differ.
    """
    units = batch.units(kind)
    gone = np.zeros(len(units.starts), dtype=np.bool_)
    worded = units.worded
    gone[worded] = said_before(units.owners[worded], batch.exactly(units)[worded])
    return batch.cut(kind, gone)


def frequent(
    batch: UnitBatch, ids: Sequence[str], lists: Sequence[tuple[FrequentRule, Passages]]
) -> list[Spans]:
    """The passages that stand in a list of their rule, to be cut out: a list a kind of unit."""
    gone: dict[str, Flags] = {}
    for rule, listed in lists:
        units = batch.units(rule.unit)
        flags = gone.setdefault(rule.unit, np.zeros(len(units.starts), dtype=np.bool_))
        runs = find_runs(units, rule)
        places, goes = listed.hold(runs.hashes)
        if rule.keep == "first" and len(listed):
            goes &= listed.first[places] != _leading(ids)[runs.owners]
        for offset in range(rule.span):
            flags[units.worded[runs.heads[goes] + offset]] = True
    return [batch.cut(kind, flags) for kind, flags in gone.items()]


def _leading(ids: Sequence[str]) -> NDArray[np.uint64]:
    """The first 64 bits of each doc_id."""
    return np.fromiter((int(each[:16], 16) for each in ids), dtype=np.uint64, count=len(ids))
