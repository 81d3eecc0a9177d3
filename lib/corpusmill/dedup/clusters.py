"""Edges to clusters: who belongs together, with whom, and who survives."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.contracts import contract
from corpusmill.dedup.components import certify, components

_RELATIONS = ("exact", "near")  # in the order in which they are preferred


def cluster(edges: pa.Table) -> pa.Table:
    """Members of all clusters of an edge table (a, b: 16 bytes; relation; similarity or null).

    Columns doc_id, cluster_id, partner_id (32 hex characters), relation, similarity; sorted by
    doc_id. The partner is the neighbour that comes first by (relation exact before near, similarity
    high before low before unknown, id). The certificate is checked; raises ``CertificateError``.
    """
    ids, ends = _coded(edges)
    a, b = ends[: len(edges)], ends[len(edges) :]
    labels = components(a, b, len(ids))
    certify(a, b, labels)
    rank = np.searchsorted(np.array(_RELATIONS), _strings(edges, "relation"))
    similarity = np.array(edges.column("similarity").fill_null(-1).to_numpy(), dtype=np.int64)
    at, partner = _partners(a, b, rank, similarity, len(ids))
    names = np.array(ids, dtype=object)
    known = similarity[at]
    return pa.table(
        {
            "doc_id": pa.array(names, pa.string()),
            "cluster_id": pa.array(names[labels], pa.string()),
            "partner_id": pa.array(names[partner], pa.string()),
            "relation": pa.array(np.array(_RELATIONS, dtype=object)[rank[at]], pa.string()),
            "similarity": pa.array(known, pa.int32(), mask=known < 0),
        }
    )


def choose_survivors(members: DataFrame, documents: DataFrame, quality: DataFrame) -> DataFrame:
    """Members of clusters as rows of ``duplicates``, one survivor a cluster.

    The survivor is the first by: classifier score (high, none last), code points (high), created
    (early, none last), doc_id.
    """
    known = documents.select("doc_id", "chars", "created")
    scores = quality.select("doc_id", F.col("classifier_scores")["quality"].alias("score"))
    place = F.struct(
        (-F.coalesce("score", F.lit(-1))).alias("score"),
        (-F.col("chars")).alias("chars"),
        F.col("created").isNull().alias("undated"),
        F.col("created"),
        F.col("doc_id"),
    )
    placed = members.join(known, "doc_id").join(scores, "doc_id", "left").withColumn("place", place)
    best = placed.groupBy("cluster_id").agg(
        F.min("place")["doc_id"].alias("survivor"), F.count("*").alias("cluster_size")
    )
    rows = members.join(best, "cluster_id")
    rows = rows.withColumn("is_survivor", F.col("doc_id") == F.col("survivor"))
    return rows.select(*contract("duplicates").column_names)


def _coded(edges: pa.Table) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct ids in byte order, as hex, and all ends of edges as positions among them."""
    ends = [value for name in ("a", "b") for value in edges.column(name).to_pylist()]
    words = np.frombuffer(b"".join(ends), dtype=">u8").astype(np.uint64).reshape(-1, 2)
    ids, positions = np.unique(words, axis=0, return_inverse=True)
    return [f"{high:016x}{low:016x}" for high, low in ids.tolist()], positions.reshape(-1)


def _strings(edges: pa.Table, name: str) -> NDArray[np.str_]:
    return np.array(edges.column(name).to_pylist(), dtype=str)


def _partners(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    rank: NDArray[np.int64],
    similarity: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each vertex the edge to its partner, and the partner."""
    here, there = np.concatenate([a, b]), np.concatenate([b, a])
    edge = np.tile(np.arange(len(a)), 2)
    order = np.lexsort((there, -similarity[edge], rank[edge], here))
    first = order[np.searchsorted(here[order], np.arange(count))]
    return edge[first], there[first]
