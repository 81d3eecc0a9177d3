"""What removing near twins takes of each source, and the largest clusters; when it is too much.

Copies (relations exact and address) do not count: a corpus that is delivered twice is no sign of
anything gone wrong, a cluster glued together of other texts is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.recipe import Guards
from corpusmill.refusal import Stopped

_TOLD = 3  # clusters and sources that a message names
_NEAR = "relation = 'near'"


@dataclass(frozen=True)
class Removal:
    """Documents of one source, and how many of them a near twin survives."""

    source: str
    documents: int
    removed: int


def removals(duplicates: DataFrame, documents: DataFrame) -> list[Removal]:
    """Removals by source, by name: one pass over narrow columns.

    ``duplicates`` are rows of that table, ``documents`` all documents (doc_id, source).
    """
    gone = duplicates.where(_NEAR).where("not is_survivor").select("doc_id", F.lit(1).alias("gone"))
    both = documents.select("doc_id", "source").join(gone, "doc_id", "left")
    counted = both.groupBy("source").agg(F.count("*").alias("documents"), F.count("gone"))
    return sorted((Removal(*row) for row in counted.collect()), key=lambda each: each.source)


def check_removals(duplicates: DataFrame, documents: DataFrame, guards: Guards) -> None:
    """Raise ``Stopped`` where a cluster holds too many of all documents, or a source loses them.

    The message names the worst three.
    """
    found = removals(duplicates, documents)
    total = sum(each.documents for each in found)
    bound = max(guards.cluster_documents, guards.cluster_share * total)
    near = duplicates.where(_NEAR).groupBy("cluster_id").agg(F.count("*").alias("members"))
    top = near.orderBy(F.desc("members"), "cluster_id").limit(_TOLD).collect()
    if top and top[0].members > bound:
        named = "; ".join(f"{row.cluster_id} of {row.members}" for row in top)
        raise Stopped(
            f"runtime.guards.cluster_share: one cluster holds {top[0].members} near twins, more "
            f"than {guards.cluster_share:.4g} of {total} documents and than "
            f"{guards.cluster_documents} (cluster_documents): {named}"
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
            f"documents would be removed as near twins: {top}"
        )
