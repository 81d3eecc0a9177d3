"""Raw documents to documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import contract
from corpusmill.text.batch import documents_of
from corpusmill.text.normalise import NormaliseRules


def normalise_documents(raw: DataFrame, rules: NormaliseRules) -> DataFrame:
    """Rows of ``raw_documents`` as rows of ``documents``, one for one."""
    wanted = raw.select("doc_id", "source", "content_digest", "content")
    return map_batches(wanted, partial(_kernel, rules), contract("documents").ddl)


def changes_by_kind(documents: DataFrame) -> DataFrame:
    """What was changed in all of them: kind, total. Reads the column ``changes`` alone."""
    each = documents.select(F.explode("changes").alias("kind", "number"))
    return each.groupBy("kind").agg(F.sum("number").alias("total"))


def without_documents(documents: DataFrame, sources: Collection[str]) -> list[str]:
    """Those of the sources that have no document: names that are perhaps misspelt."""
    if not sources:
        return []
    named = documents.where(F.col("source").isin(sorted(sources)))
    there = {row.source for row in named.select("source").distinct().collect()}
    return sorted(set(sources) - there)


def _kernel(rules: NormaliseRules) -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        yield documents_of(batch, rules)

    return kernel
