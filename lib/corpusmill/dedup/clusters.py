"""Edges to clusters: who belongs together, and with whom."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpusmill.dedup.components import (
    CertificateError,
    certify,
    component_count,
    components,
)

_ID_BYTES = 16
_TOLD = 3  # ids that an error names
NEAR = "near"
RELATIONS = ("exact", "address", NEAR)  # in the order in which they are preferred

Ids = NDArray[np.uint64]


def cluster(edges: pa.Table) -> pa.Table:
    """Members of all clusters of an edge table (a, b: 16 bytes; relation; similarity or null).

    No edge leads from a document to itself. Columns doc_id, cluster_id, copy_id, partner_id (16
    bytes), relation, similarity; sorted by doc_id. Copies are documents that other relations than
    near join, under the smallest id. The partner is the neighbour that comes first by (relation as
    in ``RELATIONS``, similarity high before low before unknown, id). The certificate is checked;
    raises ``CertificateError``, naming ids on which it shows.
    """
    ids, ends = _coded(np.concatenate([_words(edges.column(name)) for name in ("a", "b")]))
    a, b = ends[: len(edges)], ends[len(edges) :]
    labels = components(a, b, len(ids))
    try:
        certify(a, b, labels)
    except CertificateError as error:
        shown = _binary(ids[error.vertices[:_TOLD]]).to_pylist()
        raise CertificateError(": ".join([str(error), *(key.hex() for key in shown)])) from None
    relations = pa.array(RELATIONS)
    rank = pc.index_in(edges.column("relation"), relations).to_numpy()
    similarity = pc.fill_null(edges.column("similarity"), -1).to_numpy()
    copied = rank < RELATIONS.index(NEAR)
    copies = components(a[copied], b[copied], len(ids))
    at, partner = _partners(a, b, rank, similarity, len(ids))
    known = similarity[at]
    return pa.table(
        {
            "doc_id": _binary(ids),
            "cluster_id": _binary(ids[labels]),
            "copy_id": _binary(ids[copies]),
            "partner_id": _binary(ids[partner]),
            "relation": relations.take(pa.array(rank[at])),
            "similarity": pa.array(known, pa.int32(), mask=known < 0),
        }
    )


def parts_too_many(rows: pa.Table) -> int:
    """How many components there are beside one for each cluster, by SciPy's count.

    Rows are (cluster_id, and two ids of documents that an edge joins); every cluster's own id is
    one of its documents. 0 says that all documents of each cluster are connected with that id.
    """
    clusters, *ends = (_words(rows.column(name)) for name in rows.column_names)
    ids, coded = _coded(np.concatenate([clusters, *ends]))
    own, a, b = np.split(coded, 3)
    return component_count(a, b, len(ids)) - len(np.unique(own))


def _words(ids: pa.ChunkedArray) -> Ids:
    """A column of 16 bytes a value as two big-endian words each: uint64[n, 2]."""
    whole = ids.cast(pa.binary(_ID_BYTES)).combine_chunks()
    chunks = whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]
    words = [
        np.frombuffer(chunk.buffers()[1], ">u8").reshape(-1, 2)[chunk.offset :][: len(chunk)]
        for chunk in chunks
    ]
    return np.concatenate([np.empty((0, 2), ">u8"), *words]).astype(np.uint64)


def _binary(ids: Ids) -> pa.Array:
    """The same the other way round, as a column of variable length: Spark knows no other."""
    data = pa.py_buffer(np.ascontiguousarray(ids.astype(">u8")))
    offsets = pa.py_buffer(np.arange(len(ids) + 1, dtype=np.int64) * _ID_BYTES)
    return pa.Array.from_buffers(pa.large_binary(), len(ids), [None, offsets, data])


def _coded(ends: Ids) -> tuple[Ids, NDArray[np.int64]]:
    """The distinct ids in byte order, and each end of an edge as a position among them."""
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ordered = ends[order]
    new = np.ones(len(ends), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    positions = np.empty(len(ends), dtype=np.int64)
    positions[order] = np.cumsum(new) - 1
    return ordered[new], positions


def _partners(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    rank: NDArray[np.int32],
    similarity: NDArray[np.int32],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each vertex the edge to its partner, and the partner."""
    here, there = np.concatenate([a, b]), np.concatenate([b, a])
    edge = np.tile(np.arange(len(a)), 2)
    order = np.lexsort((there, -similarity[edge], rank[edge], here))
    first = order[np.searchsorted(here[order], np.arange(count))]
    return edge[first], there[first]
