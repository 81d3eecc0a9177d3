"""What selection drops of each source, language and kind, by which rules; when it is too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.langid.rules import UNKNOWN, LanguageRules
from corpusmill.recipe import Guards
from corpusmill.refusal import Stopped

_TOLD = 3  # rules that a message names
_NOT_ASKED_FOR = "language.not_selected"


@dataclass(frozen=True)
class Loss:
    """Documents of one group, how many of them are dropped, and by which rules.

    ``rules`` counts every rule that drops a document, so that they can add up to more than
    ``dropped``; most first, then by name.
    """

    by: str
    name: str
    documents: int
    dropped: int
    rules: dict[str, int] = field(default_factory=dict)


def losses(selection: DataFrame, groups: DataFrame) -> list[Loss]:
    """Losses by each column of ``groups`` (doc_id, source, language, ...), by column and name.

    One pass over narrow columns; the driver holds a row for each group and rule.
    """
    columns = [name for name in groups.columns if name != "doc_id"]
    both = groups.join(selection.select("doc_id", "decided_by"), "doc_id")
    counted = both.groupBy(*columns, "decided_by").agg(F.count("*").alias("n"))
    group = F.array(*(F.struct(F.lit(c).alias("by"), F.col(c).alias("name")) for c in columns))
    told = F.concat(F.array(F.lit(None).cast("string")), "decided_by")
    each = counted.withColumn("group", F.explode(group))
    each = each.select("group.*", F.explode(told).alias("rule"), "n", F.size("decided_by"))
    each = each.toDF("by", "name", "rule", "n", "against")
    summed = each.groupBy("by", "name", "rule").agg(
        F.sum("n").alias("documents"),
        F.sum(F.when(F.col("against") > 0, F.col("n")).otherwise(0)).alias("dropped"),
    )
    rows = summed.collect()
    rules: dict[tuple[str, str], dict[str, int]] = {}
    for row in sorted(rows, key=lambda row: (-row.documents, row.rule or "")):
        if row.rule is not None:
            rules.setdefault((row.by, row.name), {})[row.rule] = row.documents
    found = [
        Loss(row.by, row.name, row.documents, row.dropped, rules.get((row.by, row.name), {}))
        for row in rows
        if row.rule is None
    ]
    return sorted(found, key=lambda loss: (columns.index(loss.by), loss.name))


def check_losses(found: Sequence[Loss], guards: Guards, language: LanguageRules) -> None:
    """Raise ``Stopped`` where selection drops too much of a source or language.

    The unknown language and those that the recipe does not ask for go by definition; so do, of a
    source, the documents in languages that it does not ask for.
    """
    for loss in found:
        other = loss.rules.get(_NOT_ASKED_FOR, 0)
        documents, dropped = loss.documents - other, loss.dropped - other
        if documents < guards.loss_documents or loss.by not in ("source", "language"):
            continue
        if loss.by == "language" and not _is_asked_for(loss.name, language):
            continue
        key, bound = f"{loss.by}_loss", getattr(guards, f"{loss.by}_loss")
        if dropped > bound * documents:
            rules = [(n, rule) for rule, n in loss.rules.items() if rule != _NOT_ASKED_FOR]
            top = ", ".join(f"{n} {rule}" for n, rule in rules[:_TOLD])
            raise Stopped(
                f"runtime.guards.{key}: {dropped} of {documents} documents of "
                f"{loss.by} {loss.name} would be dropped, more than {bound:.4g} of them ({top})"
            )


def _is_asked_for(language: str, rules: LanguageRules) -> bool:
    return language != UNKNOWN and (not rules.languages or language in rules.languages)
