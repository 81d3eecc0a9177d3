"""Connected components by stars, for more edges than one machine holds; and a proof of them.

Edges are (a, b), two ids of 16 bytes with a < b; Spark compares them as unsigned bytes, as we do.
A vertex with millions of neighbours is no burden: what is asked of a neighbourhood is its smallest
id, found by a partial aggregate in each task and joined back row by row, never a list.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpusmill.batches import map_partitions
from corpusmill.dedup.clusters import RELATIONS, parts_too_many

_AT_ONCE = 1_000_000  # edges that a worker looks at together, or those of a larger class


def ordered(edges: DataFrame) -> DataFrame:
    """Every pair of different documents that an edge joins, once: (a, b)."""
    pairs = edges.select(F.least("a", "b").alias("a"), F.greatest("a", "b").alias("b"))
    return pairs.where("a != b").distinct()


def large_star(edges: DataFrame) -> DataFrame:
    """Each vertex's larger neighbours, joined to the smallest of it and its neighbours instead.

    Both ends of every new edge had a neighbour in common, or are the edge as it was: what was
    connected stays so, and nothing else becomes it.
    """
    lowest = _lowest(edges).withColumnRenamed("b", "centre")
    both = edges.join(lowest, F.col("a") == F.col("centre"), "left")
    return both.select(F.coalesce("low", "a").alias("a"), "b").distinct()


def small_star(edges: DataFrame) -> DataFrame:
    """Each vertex and its smaller neighbours, joined to the smallest of them instead.

    Keeps what is connected, as ``large_star`` does.
    """
    both = edges.join(_lowest(edges), "b")
    new = F.array(*(F.struct(F.col("low").alias("a"), F.col(end).alias("b")) for end in "ab"))
    return both.select(F.inline(new)).where("a != b").distinct()


def unfinished(edges: DataFrame) -> DataFrame:
    """One row: how many vertices (``open``) keep the edges from being separate stars.

    Those are the vertices with two smaller neighbours, or with a smaller and a larger one. Without
    them every edge leads from the smallest vertex of its component to another, which has no more
    edges: exact, and all that the stars are repeated for.
    """
    sides = ("a", 0, 1), ("b", 1, 0)
    ends = F.array(
        *(
            F.struct(F.col(end).alias("vertex"), F.lit(low).alias("low"), F.lit(high).alias("high"))
            for end, low, high in sides
        )
    )
    neighbours = edges.select(F.inline(ends)).groupBy("vertex")
    counted = neighbours.agg(F.sum("low").alias("low"), F.sum("high").alias("high"))
    return counted.agg(F.expr("count_if(low > 1 or (low = 1 and high > 0))").alias("open"))


def members_of(edges: DataFrame, stars: DataFrame) -> DataFrame:
    """Members of all clusters as ``clusters.cluster`` has them but for copies, by finished stars.

    ``edges`` are rows of the table, none from a document to itself.
    """
    labels = stars.select(F.col("b").alias("doc_id"), F.col("a").alias("cluster_id"))
    centres = stars.select(F.col("a").alias("doc_id"), F.col("a").alias("cluster_id")).distinct()
    ends = _both_ways(edges, "relation", "similarity")
    place = F.struct(
        F.array_position(F.lit(list(RELATIONS)), F.col("relation")).alias("rank"),
        (-F.coalesce("similarity", F.lit(-1))).alias("distance"),
        F.col("neighbour").alias("partner_id"),
        "relation",
        "similarity",
    )
    partners = ends.groupBy("doc_id").agg(F.min(place).alias("best"))
    both = partners.join(labels.unionByName(centres), "doc_id")
    told = (F.col(f"best.{name}") for name in ("partner_id", "relation", "similarity"))
    return both.select("doc_id", "cluster_id", *told)


def with_copies(members: DataFrame, stars: DataFrame) -> DataFrame:
    """Members with copy_id, from finished stars of the edges between copies."""
    copies = stars.select(F.col("b").alias("doc_id"), F.col("a").alias("copy_id"))
    both = members.join(copies, "doc_id", "left")
    first = F.coalesce("copy_id", "doc_id").alias("copy_id")
    told = ("partner_id", "relation", "similarity")
    return both.select("doc_id", "cluster_id", first, *told)


def places(edges: DataFrame, members: DataFrame) -> DataFrame:
    """Where each document stands: (doc_id, cluster_id, times, nearest).

    ``times`` is how often it is a member, ``nearest`` its smallest neighbour; either is null where
    only the edges or only the members know of it.
    """
    labels = members.groupBy("doc_id").agg(
        F.min("cluster_id").alias("cluster_id"), F.count("*").alias("times")
    )
    nearest = _both_ways(edges).groupBy("doc_id").agg(F.min("neighbour").alias("nearest"))
    return labels.join(nearest, "doc_id", "full")


def misplaced(places: DataFrame) -> DataFrame:
    """Documents that have no edge, no cluster or several, or one whose id is larger than theirs."""
    right = F.expr("times = 1 and nearest is not null and cluster_id <= doc_id")
    return places.where(~F.coalesce(right, F.lit(False)))


def crossing(edges: DataFrame, places: DataFrame) -> DataFrame:
    """Edges that leave a cluster."""
    return _placed(edges, places).where("a_cluster != b_cluster")


def apart(edges: DataFrame, places: DataFrame) -> DataFrame:
    """Rows (parts bigint), in all as many as there are parts too many: clusters not connected.

    A document beside its cluster's smallest is connected by that edge, and stands for it from here
    on. The other edges, few where edges are drawn as stars, are counted by SciPy (``clusters``),
    whole clusters in one worker, which needs some 200 bytes for each such edge of its largest.
    """
    left = _placed(edges, places).where("a_cluster = b_cluster and a_stands != b_stands")
    rows = left.select(F.col("a_cluster").alias("cluster_id"), "a_stands", "b_stands")
    grouped = rows.repartition("cluster_id").sortWithinPartitions("cluster_id")
    return map_partitions(grouped, _parts, "parts bigint")


def _lowest(edges: DataFrame) -> DataFrame:
    """The smallest neighbour of every vertex that has a smaller one: (b, low)."""
    return edges.groupBy("b").agg(F.min("a").alias("low"))


def _both_ways(edges: DataFrame, *more: str) -> DataFrame:
    """Each edge seen from either end: (doc_id, neighbour, ...)."""
    ways = (("a", "b"), ("b", "a"))
    ends = F.array(
        *(
            F.struct(F.col(here).alias("doc_id"), F.col(there).alias("neighbour"))
            for here, there in ways
        )
    )
    return edges.select(F.inline(ends), *more)


def _placed(edges: DataFrame, places: DataFrame) -> DataFrame:
    """Edges with the cluster of each end, and the document that stands for it."""
    placed = edges
    for end in "ab":
        mine = places.select(
            F.col("doc_id").alias(end),
            F.col("cluster_id").alias(f"{end}_cluster"),
            _standing().alias(f"{end}_stands"),
        )
        placed = placed.join(mine, end)
    return placed


def _standing() -> Column:
    beside = (F.col("nearest") == F.col("cluster_id")) | (F.col("doc_id") == F.col("cluster_id"))
    return F.when(beside, F.col("cluster_id")).otherwise(F.col("doc_id"))


def _parts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The kernel of ``apart``: rows of whole clusters, as many at once as there may be."""
    kept: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        kept.append(batch)
        count += batch.num_rows
        if count >= _AT_ONCE:
            rows = pa.Table.from_batches(kept)
            ends = rows.column("cluster_id")
            whole = pc.index(ends, ends[-1]).as_py()  # the last cluster may go on
            yield _told(rows.slice(0, whole))
            kept = rows.slice(whole).to_batches()
            count = rows.num_rows - whole
    if kept:
        yield _told(pa.Table.from_batches(kept))


def _told(rows: pa.Table) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"parts": pa.array([parts_too_many(rows)], pa.int64())})
