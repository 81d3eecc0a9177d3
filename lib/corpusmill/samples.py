"""A few documents to be looked at: kept and dropped ones, twins side by side, what was redacted.

Excerpts leave the raw tables, so they are cleared of personal data first: of every kind we know,
whatever the recipe looks for, of its own patterns, and of all that ``pii_spans`` has. A key may
begin far before what is shown and end far behind it, so secrets are searched for in whole texts.
Where the analysis of a text failed, nobody knows what it holds, and no excerpt of it is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.batches import Kernel, map_batches
from corpusmill.excerpts import Pieces, cleared, side_by_side
from corpusmill.pii.rules import KINDS, NATIONAL, REGIONS, REPLACED, SECRET, PiiRules
from corpusmill.pii.secrets import find_secrets
from corpusmill.pii.spans import Span
from corpusmill.pii.tally import WHOLE
from corpusmill.pii.transform import find_pii

EXCERPT = 300  # code points that are shown
COMPARED = 4_000  # of each of two twins
_BEFORE = 100  # in front of a redaction
_MARGIN = 1_000  # analysed on both sides of what is shown: what lies across its ends is found whole
_OF_PART = ("number", "doc_id", "text_digest", "source", "text", "begin", "length")
_PART = (
    "number int, doc_id string, text_digest string, source string, text string, "
    "secrets array<struct<kind:string,start:bigint,end:bigint,recogniser:string,score:int>>"
)
_SPANS = pa.list_(
    pa.struct(
        {
            **{"kind": pa.string(), "start": pa.int64(), "end": pa.int64()},
            **{"recogniser": pa.string(), "score": pa.int32()},
        }
    )
)


@dataclass(frozen=True)
class Sample:
    """A document, the rule that decided (none: it was kept), and how its text begins.

    ``excerpt`` is None where the analysis of the text failed.
    """

    rule: str | None
    doc_id: str
    source: str
    reasons: tuple[str, ...]
    excerpt: Pieces | None


@dataclass(frozen=True)
class TwinSample:
    """A document that is not the survivor of its cluster, beside its partner.

    ``sides`` are excerpts of both with what differs marked; None where the beginnings are equal, or
    (``failed``) where the analysis of one failed.
    """

    doc_id: str
    partner_id: str
    relation: str
    similarity: int | None
    sides: tuple[Pieces, Pieces] | None
    failed: bool = False


@dataclass(frozen=True)
class Redaction:
    """A kept document around a finding of one kind; ``excerpt`` as in ``Sample``."""

    kind: str
    doc_id: str
    excerpt: Pieces | None


@dataclass(frozen=True)
class Samples:
    """What was drawn: documents with the kept ones first, then twins, then redactions by kind."""

    documents: Sequence[Sample] = ()
    twins: Sequence[TwinSample] = ()
    redactions: Sequence[Redaction] = ()


@dataclass(frozen=True)
class Tables:
    """The tables that samples are drawn from."""

    selection: DataFrame
    duplicates: DataFrame
    spans: DataFrame
    documents: DataFrame


Part = tuple[str, int, int]
"""A document, the first code point that is shown, and the one after the last."""


def draw_samples(
    spark: SparkSession, tables: Tables, pii: PiiRules, seed: int, each: int
) -> Samples:
    """At most ``each`` documents kept and a deciding rule, twins a relation, redactions a kind.

    All by keyed hash. The texts are read in one pass, and only the parts that are looked at of
    those drawn are taken from it.
    """
    if not each:
        return Samples()
    chosen = _chosen(tables.selection, seed, each).collect()
    twins = _twins(tables.duplicates, seed, each).collect()
    found = _redactions(tables.spans, seed, each).collect()
    windows: list[Part] = [(row.doc_id, 0, EXCERPT) for row in chosen]
    for row in twins:
        windows += [(row.doc_id, 0, COMPARED), (row.partner_id, 0, COMPARED)]
    windows += [(row.doc_id, max(0, row.start - _BEFORE), row.start + EXCERPT) for row in found]
    shown = _excerpts(spark, tables, pii, windows)
    return Samples(
        [
            Sample(row.rule, row.doc_id, shown[window][0], tuple(row.reasons), shown[window][1])
            for row, window in zip(chosen, windows, strict=False)
            if window in shown
        ],
        [_twin(row, shown) for row in twins if (row.doc_id, 0, COMPARED) in shown],
        [
            Redaction(row.kind, row.doc_id, shown[window][1])
            for row, window in zip(found, windows[len(windows) - len(found) :], strict=True)
            if window in shown
        ],
    )


def _twin(row: Row, shown: Mapping[Part, tuple[str, Pieces | None]]) -> TwinSample:
    windows = ((doc_id, 0, COMPARED) for doc_id in (row.doc_id, row.partner_id))
    own, partner = (shown.get(window, ("", None))[1] for window in windows)
    failed = own is None or partner is None
    sides = None if own is None or partner is None else side_by_side(own, partner)
    return TwinSample(row.doc_id, row.partner_id, row.relation, row.similarity, sides, failed)


def _chosen(selection: DataFrame, seed: int, each: int) -> DataFrame:
    """The documents to show, kept ones first: doc_id, rule, reasons."""
    rule = F.get("decided_by", F.lit(0)).alias("rule")
    drawn = _first(selection.select("doc_id", "reasons", rule), "rule", seed, each)
    return drawn.orderBy(F.coalesce("rule", F.lit("")), "key", "doc_id")


def _twins(duplicates: DataFrame, seed: int, each: int) -> DataFrame:
    """Twins that are no survivors, near ones first."""
    columns = ("doc_id", "partner_id", "relation", "similarity")
    twins = duplicates.where("not is_survivor").select(*columns)
    return _first(twins, "relation", seed, each).orderBy(F.desc("relation"), "key", "doc_id")


def _redactions(spans: DataFrame, seed: int, each: int) -> DataFrame:
    """The first finding of a kind in some of the documents that have one."""
    replaced = spans.where(F.col("action").isin(*REPLACED))
    firsts = replaced.groupBy("doc_id", "kind").agg(F.min("start").alias("start"))
    return _first(firsts, "kind", seed, each).orderBy("kind", "key", "doc_id")


def _first(rows: DataFrame, by: str, seed: int, each: int) -> DataFrame:
    """The first ``each`` rows of each value of ``by``, in the order of a keyed hash of doc_id."""
    keyed = rows.withColumn("key", _key(seed))
    place = F.row_number().over(Window.partitionBy(by).orderBy("key", "doc_id"))
    return keyed.withColumn("place", place).where(F.col("place") <= each).drop("place")


def _key(seed: int) -> Column:
    return F.sha2(F.concat_ws("\0", F.lit(str(seed)), F.lit("samples"), "doc_id"), 256)


def _excerpts(
    spark: SparkSession, tables: Tables, pii: PiiRules, windows: Sequence[Part]
) -> dict[Part, tuple[str, Pieces | None]]:
    """By window the source and the cleared text; none of those whose document is not there."""
    if not windows:
        return {}
    wanted = sorted(set(windows))
    rows = [(n, doc_id, *_analysed(begin, end)) for n, (doc_id, begin, end) in enumerate(wanted)]
    asked = spark.createDataFrame(rows, "number int, doc_id string, begin int, length int")
    both = tables.documents.join(F.broadcast(asked), "doc_id")
    read = map_batches(both.select(*_OF_PART), _part_kernel, _PART).collect()
    texts = {row.number: row for row in sorted(read, key=lambda row: row.number)}
    found = _found(spark, texts.values(), pii)
    known = _known(tables.spans, {row.doc_id for row in read})
    shown: dict[Part, tuple[str, Pieces | None]] = {}
    for number, row in texts.items():
        doc_id, begin, end = wanted[number]
        offset = _analysed(begin, end)[0]
        of_whole = [*known[doc_id], *(Span(**span.asDict()) for span in row.secrets or ())]
        spans = [*found[number], *_moved(of_whole, offset, len(row.text))]
        failed = row.secrets is None or any(span.kind == WHOLE for span in spans)
        excerpt = None if failed else cleared(row.text, spans, begin - offset, end - offset)
        shown[wanted[number]] = row.source, excerpt
    return shown


def _analysed(begin: int, end: int) -> tuple[int, int]:
    """The first code point that is analysed, and how many are."""
    first = max(0, begin - _MARGIN)
    return first, end + _MARGIN - first


def _part_kernel() -> Kernel:
    """Texts to the parts of them that are analysed, and the secrets of the whole of each."""

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        columns = {name: batch.column(name) for name in _OF_PART[:4]}
        texts, *places = (batch.column(name).to_pylist() for name in _OF_PART[4:])
        parts = [text[n : n + length] for text, n, length in zip(texts, *places, strict=True)]
        columns["text"] = pa.array(parts, pa.string())
        columns["secrets"] = pa.array([_secrets(text) for text in texts], _SPANS)
        yield pa.RecordBatch.from_pydict(columns)

    return kernel


def _secrets(text: str) -> list[dict[str, object]] | None:
    """The spans of the secrets of a text; None where the search breaks down."""
    try:
        return [vars(span) for span in find_secrets(text)]
    except Exception:
        return None


def _found(spark: SparkSession, texts: Iterable[Row], pii: PiiRules) -> dict[int, list[Span]]:
    """What is personal in the texts, secrets apart, by number."""
    known = dict.fromkeys((*pii.kinds_asked, *KINDS, *NATIONAL, *pii.patterns))
    widest = replace(
        pii,
        kinds=tuple(kind for kind in known if kind != SECRET),
        regions=tuple(dict.fromkeys((*pii.regions, *REGIONS))),
        threshold=min(pii.threshold, PiiRules.threshold),
        context=max(pii.context, PiiRules.context),
        ip_addresses="all",
        allow=(),
        languages={},
        sources={},
    )
    rows = [(str(row.number), row.text_digest, "", "", row.text) for row in texts]
    ddl = "doc_id string, text_digest string, source string, language string, text string"
    frame = spark.createDataFrame(rows, ddl)
    found = defaultdict(list)
    for row in find_pii(frame, widest).collect():
        span = Span(row.kind, row.start, row.end, row.recogniser, row.score)
        found[int(row.doc_id)].append(span)
    return found


def _known(spans: DataFrame, ids: Iterable[str]) -> dict[str, list[Span]]:
    """What ``pii_spans`` has of these documents, kinds that stay included."""
    found = defaultdict(list)
    for row in spans.where(F.col("doc_id").isin(*sorted(ids))).collect():
        found[row.doc_id].append(Span(row.kind, row.start, row.end, row.recogniser, row.score))
    return found


def _moved(spans: Iterable[Span], offset: int, length: int) -> list[Span]:
    """Spans of a document as those of a part of its text, cut off at its ends."""
    moved = [
        replace(span, start=max(0, span.start - offset), end=min(length, span.end - offset))
        for span in spans
    ]
    return [span for span in moved if span.start < span.end]
