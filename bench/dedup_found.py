"""What deduplication wrote about a corpus, as arrays: buckets, clusters, edges, and true Jaccard.

Documents are places in ``ids``, which are sorted; pairs are two arrays of places, the smaller
first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from dedup_runs import Mill
from numpy.typing import NDArray

from corpusmill.dedup.minhash import shingles_of
from corpusmill.dedup.rules import MinHashParams
from corpusmill.invocation import parse
from corpusmill.text.shingles import FoldedWords

BATCH = 1000  # texts whose shingles are found at once
Places = NDArray[np.int64]


class Pairs(NamedTuple):
    """Places of the two documents of each pair."""

    a: Places
    b: Places

    @classmethod
    def of(cls, one: Places, other: Places) -> Pairs:
        """The same, the smaller place first."""
        return cls(np.minimum(one, other), np.maximum(one, other))


@dataclass(frozen=True)
class Found:
    """One corpus: ids, set of shingles of each, band hashes, clusters and near edges.

    ``cluster`` is the place of the first document of a cluster, or of the document itself.
    """

    params: MinHashParams
    ids: NDArray[np.str_]
    shingles: list[NDArray[np.uint64]]
    bands: NDArray[np.int64]
    hashed: NDArray[np.bool_]
    cluster: Places
    edges: Pairs

    @classmethod
    def of(cls, mill: Mill) -> Found:
        """Read from the tables of a warehouse."""
        params = parse("dedup-minhash", mill.options).settings.recipe.dedup.params
        texts = mill.table("documents").select("doc_id", "text").orderBy("doc_id").toArrow()
        ids = np.array(texts.column("doc_id").to_pylist())
        index = (
            mill.table("lsh_index")
            .where("band >= 0")
            .selectExpr("hex(doc_id) AS id", "band", "band_hash")
        )
        rows = index.toArrow()
        at, band = _places(ids, rows.column("id")), rows.column("band").to_numpy()
        bands = np.zeros((len(ids), params.bands), dtype=np.int64)
        hashed = np.zeros(bands.shape, dtype=np.bool_)
        bands[at, band], hashed[at, band] = rows.column("band_hash").to_numpy(), True
        twins = mill.table("duplicates").select("doc_id", "cluster_id").toArrow()
        cluster = np.arange(len(ids))
        cluster[_places(ids, twins.column(0))] = _places(ids, twins.column(1))
        near = mill.table("edges").where("relation = 'near'").selectExpr("hex(a)", "hex(b)")
        ends = near.toArrow()
        edges = Pairs.of(_places(ids, ends.column(0)), _places(ids, ends.column(1)))
        shingles = _shingles(texts.column("text").to_pylist(), params)
        return cls(params, ids, shingles, bands, hashed, cluster, edges)

    def pairs(self, a: list[str], b: list[str]) -> Pairs:
        """Pairs given by ids."""
        return Pairs.of(_places(self.ids, a), _places(self.ids, b))

    def share_bucket(self, pairs: Pairs) -> NDArray[np.bool_]:
        same = self.bands[pairs.a] == self.bands[pairs.b]
        both = self.hashed[pairs.a] & self.hashed[pairs.b]
        met: NDArray[np.bool_] = (same & both).any(axis=1)
        return met

    def share_cluster(self, pairs: Pairs) -> NDArray[np.bool_]:
        return self.cluster[pairs.a] == self.cluster[pairs.b]

    def near_edges(self) -> Pairs:
        return self.edges

    def bucket_pairs(self) -> Pairs:
        """All pairs that share a bucket, each once."""
        columns = (self.bands[:, band] for band in range(self.params.bands))
        each = [
            _within(np.flatnonzero(self.hashed[:, band]), column)
            for band, column in enumerate(columns)
        ]
        return self._once(each)

    def cluster_pairs(self) -> Pairs:
        """All pairs of one cluster."""
        return self._once([_within(np.arange(len(self.ids)), self.cluster)])

    def jaccard(self, pairs: Pairs) -> NDArray[np.float64]:
        """True similarity of the sets of shingles; 0 where there are none."""
        sets = self.shingles
        both = np.array(
            [
                len(np.intersect1d(sets[a], sets[b], assume_unique=True))
                for a, b in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)
            ],
            dtype=np.float64,
        )
        sizes = np.array([len(each) for each in sets])
        union = sizes[pairs.a] + sizes[pairs.b] - both
        return both / np.maximum(union, 1)

    def looked_up(
        self, pairs: Pairs, known: Pairs, values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Values of pairs as far as they are known; else 0."""
        table = dict(zip(self._codes(known).tolist(), values.tolist(), strict=True))
        return np.array([table.get(code, 0.0) for code in self._codes(pairs).tolist()])

    def chance(self, similarity: NDArray[np.float64]) -> NDArray[np.float64]:
        """That a pair so similar shares a bucket."""
        met: NDArray[np.float64] = 1 - (1 - similarity**self.params.rows) ** self.params.bands
        return met

    def _codes(self, pairs: Pairs) -> Places:
        return pairs.a * len(self.ids) + pairs.b

    def _once(self, several: list[Pairs]) -> Pairs:
        codes = np.unique(np.concatenate([self._codes(pairs) for pairs in several]))
        return Pairs(codes // len(self.ids), codes % len(self.ids))


def _places(ids: NDArray[np.str_], wanted: list[str] | pa.ChunkedArray) -> Places:
    values = wanted if isinstance(wanted, list) else wanted.to_pylist()
    lower = np.array([value.lower() for value in values], dtype=ids.dtype)
    found = np.searchsorted(ids, lower)
    assert (ids[np.minimum(found, len(ids) - 1)] == lower).all(), "an id is not in documents"
    return found


def _shingles(texts: list[str], params: MinHashParams) -> list[NDArray[np.uint64]]:
    sets = []
    for at in range(0, len(texts), BATCH):
        found = shingles_of(FoldedWords.of(texts[at : at + BATCH]), params)
        bounds = zip(found.first[:-1], found.first[1:], strict=True)
        sets += [np.unique(found.hashes[begin:end]) for begin, end in bounds]
    return sets


def _within(members: Places, keys: NDArray[np.int64]) -> Pairs:
    """All pairs of members with the same key."""
    order = members[np.argsort(keys[members], kind="stable")]
    cuts = np.flatnonzero(np.diff(keys[order])) + 1
    groups = [group for group in np.split(order, cuts) if len(group) > 1]
    ends = [tuple(group[each] for each in np.triu_indices(len(group), 1)) for group in groups]
    empty = np.empty(0, dtype=np.int64)
    sides = [np.concatenate([empty, *(pair[side] for pair in ends)]) for side in (0, 1)]
    return Pairs.of(*sides)
