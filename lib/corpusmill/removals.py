"""What removing twins takes of each source, and the largest clusters; when it is too much.

Copies of a text count once: a corpus that is delivered twice is no sign of anything gone wrong, a
cluster glued together of other texts is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.recipe import Guards
from corpusmill.refusal import Stopped

_TOLD = 3  # clusters and sources that a message names


@dataclass(frozen=True)
class Removal:
    """Texts of one source, and how many of them go for a twin that reads otherwise."""

    source: str
    texts: int
    removed: int


def removals(duplicates: DataFrame, eligible: DataFrame) -> list[Removal]:
    """Removals by source, by name; narrow columns only.

    ``duplicates`` are rows of that table, ``eligible`` the documents that deduplication looks at
    (doc_id, source, text_digest).
    """
    going = _lost(duplicates, eligible).groupBy("source")
    lost = going.agg(F.count_distinct("text_digest").alias("removed"))
    both = (
        _texts(eligible)
        .join(lost, "source", "left")
        .select("source", "texts", F.coalesce("removed", F.lit(0)))
    )
    return sorted((Removal(*row) for row in both.collect()), key=lambda each: each.source)


def check_clusters(members: DataFrame, eligible: DataFrame, guards: Guards) -> None:
    """Raise ``Stopped`` where a cluster (doc_id, cluster_id) holds too many of all texts.

    The message names the three largest. To be asked before anything sorts what is in a cluster.
    """
    sizes = members.groupBy("cluster_id").count()
    if sizes.where(F.col("count") > guards.cluster_documents).isEmpty():
        return  # as many texts need as many members
    [total] = _texts(eligible).agg(F.sum("texts")).collect()[0]
    bound = max(guards.cluster_documents, guards.cluster_share * (total or 0))
    top = _most(members.join(eligible.select("doc_id", "text_digest"), "doc_id"))
    if top and top[0].texts > bound:
        named = "; ".join(f"{row.cluster_id} of {row.texts}" for row in top)
        raise Stopped(
            f"runtime.guards.cluster_share: one cluster holds {top[0].texts} different texts, more "
            f"than {guards.cluster_share:.4g} of {total} and than "
            f"{guards.cluster_documents} (cluster_documents): {named}"
        )


def check_removals(duplicates: DataFrame, eligible: DataFrame, guards: Guards) -> None:
    """Raise ``Stopped`` where a source loses too many of its texts.

    The message names the worst three, and the clusters in which the worst source loses most.
    """
    if worst := _worst(removals(duplicates, eligible), guards):
        in_worst = _lost(duplicates, eligible).where(F.col("source") == worst[0].source)
        raise Stopped(_told(worst, _most(in_worst), guards.duplicate_share))


def _texts(eligible: DataFrame) -> DataFrame:
    """Different texts by source: source, texts."""
    return eligible.groupBy("source").agg(F.count_distinct("text_digest").alias("texts"))


def _members(duplicates: DataFrame, eligible: DataFrame) -> DataFrame:
    twins = duplicates.select("doc_id", "cluster_id", "is_survivor")
    return twins.join(eligible.select("doc_id", "source", "text_digest"), "doc_id")


def _lost(duplicates: DataFrame, eligible: DataFrame) -> DataFrame:
    """Members that read otherwise than the survivor of their cluster."""
    mates = Window.partitionBy("cluster_id")
    survivor = F.max(F.when(F.col("is_survivor"), F.col("text_digest"))).over(mates)
    members = _members(duplicates, eligible)
    return members.withColumn("stays", survivor).where("text_digest != stays")


def _worst(found: Sequence[Removal], guards: Guards) -> list[Removal]:
    judged = [each for each in found if each.texts >= guards.loss_documents]
    worst = [each for each in judged if each.removed > guards.duplicate_share * each.texts]
    return sorted(worst, key=lambda each: (-each.removed / each.texts, each.source))


def _most(members: DataFrame) -> list[Row]:
    """The clusters of most different texts among these members: cluster_id, texts."""
    sizes = members.groupBy("cluster_id").agg(F.count_distinct("text_digest").alias("texts"))
    return sizes.orderBy(F.desc("texts"), "cluster_id").limit(_TOLD).collect()


def _told(worst: Sequence[Removal], clusters: Sequence[Row], bound: float) -> str:
    sources = (f"{each.removed} of {each.texts} of source {each.source}" for each in worst[:_TOLD])
    named = ", ".join(f"{row.cluster_id} ({row.texts})" for row in clusters)
    return (
        f"runtime.guards.duplicate_share: more than {bound:.4g} of the texts would be removed for "
        f"a twin: {'; '.join(sources)}; most of {worst[0].source} in the clusters {named}"
    )
