"""What removing twins takes of each source, and the largest clusters; when it is too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.recipe import Guards
from corpusmill.refusal import Stopped

_TOLD = 3  # clusters and sources that a message names


@dataclass(frozen=True)
class Removal:
    """Documents of one source, how many a twin survives, and its members' largest cluster."""

    source: str
    documents: int
    removed: int
    largest_cluster: int


def removals(duplicates: DataFrame, documents: DataFrame) -> list[Removal]:
    """Removals by source, by name: one pass over narrow columns.

    ``duplicates`` are rows of that table, ``documents`` all documents (doc_id, source).
    """
    both = _with_source(duplicates, documents, "right")
    counted = both.groupBy("source").agg(
        F.count("*").alias("documents"),
        F.count_if(~F.col("is_survivor")).alias("removed"),
        F.coalesce(F.max("cluster_size"), F.lit(0)).alias("largest"),
    )
    return sorted((Removal(*row) for row in counted.collect()), key=lambda each: each.source)


def check_removals(duplicates: DataFrame, documents: DataFrame, guards: Guards) -> None:
    """Raise ``Stopped`` where a cluster holds too many of all documents, or a source loses them.

    The message names the worst three.
    """
    found = removals(duplicates, documents)
    total = sum(each.documents for each in found)
    largest = max((each.largest_cluster for each in found), default=0)
    if largest > max(guards.cluster_documents, guards.cluster_share * total):
        raise Stopped(
            f"runtime.guards.cluster_share: one cluster holds {largest} of {total} documents, more "
            f"than {guards.cluster_share:.4g} of them and than "
            f"{guards.cluster_documents} (cluster_documents): "
            + "; ".join(_largest(duplicates, documents))
        )
    _check_sources(found, guards)


def _check_sources(found: Sequence[Removal], guards: Guards) -> None:
    judged = [each for each in found if each.documents >= guards.loss_documents]
    worst = [each for each in judged if each.removed > guards.duplicate_share * each.documents]
    if worst:
        worst.sort(key=lambda each: (-each.removed / each.documents, each.source))
        top = "; ".join(
            f"{each.removed} of {each.documents} of source {each.source}" for each in worst[:_TOLD]
        )
        raise Stopped(
            f"runtime.guards.duplicate_share: more than {guards.duplicate_share:.4g} of the "
            f"documents would be removed as duplicates: {top}"
        )


def _largest(duplicates: DataFrame, documents: DataFrame) -> list[str]:
    """The largest clusters in words; the source is that of the document they are named after."""
    named = _with_source(duplicates.where("doc_id = cluster_id"), documents, "left")
    top = named.orderBy(F.desc("cluster_size"), "cluster_id").limit(_TOLD).collect()
    return [f"{row.cluster_id} of {row.cluster_size}, source {row.source}" for row in top]


def _with_source(duplicates: DataFrame, documents: DataFrame, how: str) -> DataFrame:
    return duplicates.join(documents.select("doc_id", "source"), "doc_id", how)
