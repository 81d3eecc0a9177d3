"""Who stays where only some of several documents may: one order for clusters and domains."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def precedence() -> Column:
    """The place of a row (doc_id, classifier_scores, chars, created): the smallest stays first.

    Classifier score (high, none last), code points (high), created (early, none last), doc_id.
    """
    return F.struct(
        (-F.coalesce(F.col("classifier_scores")["quality"], F.lit(-1))).alias("score"),
        (-F.col("chars")).alias("chars"),
        F.col("created").isNull().alias("undated"),
        F.col("created"),
        F.col("doc_id"),
    )
