"""A few documents for each rule that decided, and a few that were kept, to be looked at.

Excerpts leave the raw tables, so they are cleared of personal data first: of every kind we know,
whatever the recipe looks for, and of what the recipe looks for. Where the analysis of a text
failed, nobody knows what it holds, and no excerpt of it is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.pii.rules import KINDS, REGIONS, PiiRules
from corpusmill.pii.spans import Edit, Span, apply_edits
from corpusmill.pii.tally import WHOLE
from corpusmill.pii.transform import STEP, find_pii

EXCERPT = 300  # code points that are shown
_ANALYSED = 2_000  # of these that are analysed: what begins in the excerpt has its end among them


@dataclass(frozen=True)
class Sample:
    """A document, the rule that decided (none: it was kept), and how its text begins.

    ``excerpt`` is None where the analysis of the text failed.
    """

    rule: str | None
    doc_id: str
    source: str
    reasons: tuple[str, ...]
    excerpt: str | None


def draw_samples(
    spark: SparkSession,
    selection: DataFrame,
    documents: DataFrame,
    pii: PiiRules,
    seed: int,
    each: int,
) -> list[Sample]:
    """At most ``each`` documents kept and ``each`` a deciding rule, by keyed hash, kept ones first.

    The texts are read in one pass, and only the beginnings of those drawn are taken from it.
    """
    chosen = _chosen(selection, seed, each).collect()
    if not chosen:
        return []
    ids = [row.doc_id for row in chosen]
    text = F.substring("text", 1, _ANALYSED).alias("text")
    read = documents.where(F.col("doc_id").isin(*ids)).select(
        "doc_id", "text_digest", "source", text
    )
    texts = {row.doc_id: row for row in read.collect()}
    spans = _found(spark, texts.values(), pii)
    return [
        Sample(
            row.rule,
            row.doc_id,
            texts[row.doc_id].source,
            tuple(row.reasons),
            excerpt(texts[row.doc_id].text, spans[row.doc_id]),
        )
        for row in sorted(chosen, key=lambda row: (row.rule or "", row.key, row.doc_id))
        if row.doc_id in texts
    ]


def excerpt(text: str, spans: Sequence[Span]) -> str | None:
    """The first ``EXCERPT`` code points of a text, found spans replaced by their kinds.

    None where a span says that the analysis failed.
    """
    if any(span.kind == WHOLE for span in spans):
        return None
    begun = [span for span in spans if span.start < EXCERPT]
    end = max([EXCERPT, *(span.end for span in begun)])
    edits = [Edit(STEP, span.start, span.end, f"<{span.kind}>") for span in begun]
    return apply_edits(text[:end], edits)[:EXCERPT]


def _chosen(selection: DataFrame, seed: int, each: int) -> DataFrame:
    """The documents to show: doc_id, rule, reasons, key."""
    rule = F.get("decided_by", F.lit(0)).alias("rule")
    key = F.sha2(F.concat_ws("\0", F.lit(str(seed)), F.lit("samples"), "doc_id"), 256).alias("key")
    keyed = selection.select("doc_id", "reasons", rule, key)
    place = F.row_number().over(Window.partitionBy("rule").orderBy("key", "doc_id"))
    return keyed.withColumn("place", place).where(F.col("place") <= each).drop("place")


def _found(spark: SparkSession, texts: Iterable[Row], pii: PiiRules) -> dict[str, list[Span]]:
    """What is personal in the texts, by document."""
    widest = replace(
        pii,
        kinds=tuple(dict.fromkeys((*pii.kinds_asked, *KINDS))),
        regions=tuple(dict.fromkeys((*pii.regions, *REGIONS))),
        threshold=min(pii.threshold, PiiRules.threshold),
        ip_addresses="all",
        languages={},
        sources={},
    )
    rows = [(row.doc_id, row.text_digest, "", "", row.text) for row in texts]
    ddl = "doc_id string, text_digest string, source string, language string, text string"
    frame = spark.createDataFrame(rows, ddl)
    found = defaultdict(list)
    for row in find_pii(frame, widest).collect():
        span = Span(row.kind, row.start, row.end, row.recogniser, row.score)
        found[row.doc_id].append(span)
    return found
