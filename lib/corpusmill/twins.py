"""What becomes of the documents of a cluster: which go, and how often its survivor stands."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window


def decided_twins(duplicates: DataFrame, keep: int, near_stay: bool) -> DataFrame:
    """Members of whole clusters: doc_id, cluster_size, place, reason (null for those that stay).

    Of each text the first of its copies (``duplicates.copy_id``) can stay, by place, and of those
    of a cluster the first ``keep`` do; further copies go whatever ``keep`` is. ``near_stay`` says
    that near twins may be only tagged. Copies still go, and of each one has to stay though the
    survivor of the cluster reads otherwise: the first of its copies is a near twin.
    """
    leads = F.min("place").over(Window.partitionBy("copy_id")) == F.col("place")
    mates = Window.partitionBy("cluster_id").orderBy("place")
    led = duplicates.withColumn("leads", leads)
    led = led.withColumn("texts", F.count_if("leads").over(mates))  # so far, by place
    relation = F.col("relation")
    if near_stay:
        relation = F.when(F.col("leads"), "near").otherwise(relation)
    stays = F.col("leads") & (F.col("texts") <= keep)
    reason = F.when(~stays, F.concat(F.lit("duplicate."), relation))
    return led.select("doc_id", "cluster_size", "place", reason.alias("reason"))


def times(rehydrate: Mapping[int, int]) -> Column:
    """How often a document (cluster_size, place; null where it has no twin) stands.

    ``rehydrate`` has the times by the smallest size of a cluster; below all of them, and after the
    first place, it is once. A document without twins is a cluster of 1.
    """
    size = F.when(F.coalesce("place", F.lit(1)) == 1, F.coalesce("cluster_size", F.lit(1)))
    found = F.lit(1)
    for least, repeats in sorted(rehydrate.items()):
        found = F.when(size >= least, repeats).otherwise(found)
    return found
