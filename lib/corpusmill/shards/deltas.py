"""Token deltas: every document of two shard sets, with the reason why it stands otherwise.

A frame of documents held has doc_id, text_digest, repeats, tokens, source, language: one row for
each document of a set. Of the two sets the first is ``a``, the second ``b``.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

SAME = "same"
UNKNOWN = "no reason known"
ASKED = ("documents", "selection", "clean_documents", "tokens")
_HELD = ("text_digest", "repeats", "tokens", "source", "language")
_GROUPS = ("reason", "source_a", "language_a", "source_b", "language_b")


def held_by_plan(tokens: DataFrame, mix: DataFrame, clean: DataFrame | None) -> DataFrame:
    """Documents held by a set: ``mix`` are the rows of its stage in mix_plan.

    ``tokens`` counts every repeat with its end, as ``mix.tokens`` of the manifest does. Without
    ``clean``, the rows of clean_documents, source and language are null.
    """
    rows = tokens.select("doc_id", "text_digest", "token_count")
    rows = rows.join(mix.select("doc_id", "repeats"), "doc_id")
    return _held(rows, (F.col("token_count") + 1) * F.col("repeats"), clean)


def held_by_table(tokens: DataFrame, clean: DataFrame | None) -> DataFrame:
    """Documents held by a version of the tokens table: each once, ends not counted."""
    rows = tokens.select("doc_id", "text_digest", "token_count", F.lit(1).alias("repeats"))
    return _held(rows, F.col("token_count"), clean)


def token_deltas(
    a: DataFrame, b: DataFrame, tables_a: Mapping[str, DataFrame], tables_b: Mapping[str, DataFrame]
) -> DataFrame:
    """Documents and tokens of both sets by reason, source and language.

    ``tables_a`` and ``tables_b`` hold those of ``ASKED`` that can be read, as they were when the
    set was made. Columns reason, source_a, language_a, source_b, language_b (null: not in that set,
    or not known), documents_a, documents_b, tokens_a, tokens_b.

    A document has one reason, the first of these that holds. In both sets: ``text changed``,
    ``repeats changed``, ``tokens changed`` (another tokenizer, or other edits), ``same``. In one
    set alone, by the tables of the other: ``not delivered``, the first reason in
    selection.decided_by, ``dropped by PII``, ``no tokens``, ``left out by the mix``, and else
    ``no reason known``.
    """
    both = _sided(a, "a").join(_sided(b, "b"), "doc_id", "full_outer")
    in_a, in_b = F.col("tokens_a").isNotNull(), F.col("tokens_b").isNotNull()
    rows = both.where(in_a & in_b).withColumn("reason", _changed())
    rows = rows.unionByName(_absent(both.where(~in_b), tables_b))
    rows = rows.unionByName(_absent(both.where(~in_a), tables_a))
    return rows.groupBy(*_GROUPS).agg(
        *(F.count(f"tokens_{side}").alias(f"documents_{side}") for side in "ab"),
        *(F.coalesce(F.sum(f"tokens_{s}"), F.lit(0)).alias(f"tokens_{s}") for s in "ab"),
    )


def _held(rows: DataFrame, tokens: Column, clean: DataFrame | None) -> DataFrame:
    rows = rows.withColumn("tokens", tokens)
    if clean is None:
        unknown = F.lit(None).cast("string")
        rows = rows.withColumns({"source": unknown, "language": unknown})
    else:
        rows = rows.join(clean.select("doc_id", "source", "language"), "doc_id", "left")
    return rows.select("doc_id", *_HELD)


def _sided(held: DataFrame, side: str) -> DataFrame:
    return held.select("doc_id", *(F.col(name).alias(f"{name}_{side}") for name in _HELD))


def _changed() -> Column:
    """What is not the same of a document in both sets."""
    return (
        F.when(F.col("text_digest_a") != F.col("text_digest_b"), "text changed")
        .when(F.col("repeats_a") != F.col("repeats_b"), "repeats changed")
        .when(F.col("tokens_a") != F.col("tokens_b"), "tokens changed")
        .otherwise(SAME)
    )


def _absent(rows: DataFrame, tables: Mapping[str, DataFrame]) -> DataFrame:
    """``rows`` with the reason why a set does not have them, as its tables tell it."""
    asked: dict[str, dict[str, Column]] = {
        "documents": {},
        "selection": {"decided": F.get("decided_by", F.lit(0))},
        "clean_documents": {},
        "tokens": {"own_tokens": F.col("token_count")},
    }
    known = rows
    for name, columns in asked.items():
        known = _beside(known, tables.get(name), f"in_{name}", columns)
    reason = (
        F.when(~F.col("in_documents"), "not delivered")
        .when(F.col("decided").isNotNull(), F.col("decided"))
        .when(F.col("in_selection") & ~F.col("in_clean_documents"), "dropped by PII")
        .when(F.col("own_tokens") == 0, "no tokens")
        .when(F.col("in_tokens"), "left out by the mix")
        .otherwise(UNKNOWN)
    )
    return known.withColumn("reason", reason).select(*rows.columns, "reason")


def _beside(
    rows: DataFrame, table: DataFrame | None, there: str, columns: Mapping[str, Column]
) -> DataFrame:
    """``rows`` with columns of a table, and whether it has a row; all null where it is unread."""
    if table is None:
        nulls = dict.fromkeys(columns, F.lit(None))
        return rows.withColumns({there: F.lit(None).cast("boolean"), **nulls})
    own = [column.alias(name) for name, column in columns.items()]
    found = table.select("doc_id", F.lit(True).alias(there), *own)
    return rows.join(found, "doc_id", "left").fillna(False, there)
