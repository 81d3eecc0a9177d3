"""Labelled documents for the quality classifier: from the table ``labels``, or by source."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.mill import Mill
from corpusmill.quality.classifier import PREFIX
from corpusmill.quality.rules import ClassifierRules
from corpusmill.sampling import sample


def labelled_documents(
    mill: Mill, documents: DataFrame, rules: ClassifierRules
) -> list[tuple[str, int]]:
    """Examples (text, label 1 or 0), about ``rules.sample`` of each label, in a fixed order.

    The table ``labels`` (doc_id, label) outranks the labels by source. Those are weak: they say
    where a text comes from and stand in for what it is worth.
    """
    by_source = (
        F.when(F.col("source").isin(*rules.positive), 1)
        .when(F.col("source").isin(*rules.negative), 0)
        .otherwise(None)
    )
    labelled = documents.withColumn("label", by_source)
    if mill.warehouse.table_id("labels") is not None:
        table = mill.warehouse.snapshot("labels").rows
        given = table.groupBy("doc_id").agg(F.max("label").alias("given"))
        labelled = labelled.join(given, "doc_id", "left")
        labelled = labelled.withColumn("label", F.coalesce(F.col("given").cast("int"), "label"))
    labelled = labelled.where("label in (0, 1)").select(
        "doc_id", "label", F.substring("text", 1, PREFIX).alias("text")
    )
    counts = {row.label: row["count"] for row in labelled.groupBy("label").count().collect()}
    if set(counts) != {0, 1}:
        return []
    both = [_sampled(labelled, label, counts[label], rules.sample, mill) for label in (0, 1)]
    rows = both[0].unionByName(both[1])
    return [
        (row.text, row.label)
        for row in sample(rows, "examples", mill.recipe.seed, (1, 1)).collect()
    ]


def _sampled(labelled: DataFrame, label: int, count: int, wanted: int, mill: Mill) -> DataFrame:
    return sample(
        labelled.where(F.col("label") == label), "labels", mill.recipe.seed, (wanted, count)
    )
