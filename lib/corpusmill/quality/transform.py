"""Documents with their language to quality rows, and documents and rows to labelled examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.quality.batch import TextBatch
from corpusmill.quality.c4_lines import judge_lines, removed_spans
from corpusmill.quality.classifier import PREFIX, Classifier, score
from corpusmill.quality.classifier_rules import ClassifierRules, LabelledTable
from corpusmill.quality.filters import FILTERS, ByLanguage, counted_otherwise, hold, measure_all
from corpusmill.quality.rules import QualityRules
from corpusmill.quality.url_list import NAME as URLS
from corpusmill.quality.url_list import load_url_list
from corpusmill.refusal import Refused

LINES = "lines"
KEYS = ("doc_id", "text_digest")


def score_quality(
    documents: DataFrame, rules: QualityRules, classifiers: Mapping[str, Classifier]
) -> DataFrame:
    """Documents (doc_id, text_digest, language, text) as rows of ``quality``, one for one.

    Where addresses are held against a list, they have the columns of ``listed`` too. The files of
    the classifiers, which are called by name, have to be readable on every worker.
    """
    columns = [*KEYS, "language", "text", "url_digest", "listed"]
    wanted = documents.select(*(name for name in columns if name in documents.columns))
    factory = partial(_kernel, rules.filters, sorted(classifiers.items()))
    return map_batches(wanted, factory, contract("quality").ddl)


def held_again(
    quality: DataFrame, languages: DataFrame, made_with: QualityRules, rules: QualityRules
) -> DataFrame:
    """Rows of ``quality`` with the ``broken_rules`` that other limits would give; no text is read.

    The signals that ``made_with`` left in the table are held against the limits of ``rules``; what
    a list of addresses said stays. Raises ``Refused`` where the signals do not do: for a filter
    that was not measured, and for a limit that decides how a signal is counted.
    """
    missing = counted_otherwise(made_with.filters, rules.filters)
    if missing:
        raise Refused(
            f"recipe.quality: {', '.join(missing)} cannot be held against what was measured; "
            "a run of score-quality with these rules can tell"
        )
    rows = quality.join(languages.select(*KEYS, "language"), [*KEYS])
    factory = partial(_holding_kernel, rules.filters)
    return map_batches(rows, factory, contract("quality").ddl)


def _holding_kernel(limits: Mapping[str, ByLanguage]) -> Kernel:
    schema = arrow_schema("quality")
    names = [name for each in limits for name, _ in FILTERS[each].signals]

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        signals = {name: batch.column(name).to_numpy() for name in names}
        found = hold(signals, batch.column("language").to_pylist(), limits)
        standing = [dict(rules) for rules in batch.column("broken_rules").to_pylist()]
        kept = [{URLS: rules[URLS]} if URLS in rules else {} for rules in standing]
        broken = [list((old | new).items()) for old, new in zip(kept, found, strict=True)]
        columns = {name: batch.column(name) for name in schema.names}
        columns["broken_rules"] = pa.array(broken, schema.field("broken_rules").type)
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def listed(ids: DataFrame, raw_documents: DataFrame, url_list: Artefact) -> DataFrame:
    """``ids`` (doc_id, text_digest, language) with url_digest, and in listed the rules that the
    address of each breaks. The file of the list has to be readable on every worker.
    """
    rows = ids.select(*KEYS, "language").join(raw_documents.select("doc_id", "url"), "doc_id")
    ddl = "doc_id string, text_digest string, language string, url_digest string"
    wanted = rows.withColumn("url_digest", F.sha2("url", 256))
    return map_batches(wanted, partial(_url_kernel, url_list), f"{ddl}, listed array<string>")


def by_address(quality: DataFrame, raw_documents: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Keys of rows that were held against the address their document has now, and of the others.

    A row whose document is gone is among either.
    """
    now = raw_documents.select("doc_id", F.sha2("url", 256).alias("now"))
    both = quality.select(*KEYS, "url_digest").join(now, "doc_id", "left")
    same = F.col("url_digest").eqNullSafe(F.col("now"))
    return both.where(same).select(*KEYS), both.where(~same).select(*KEYS)


def _url_kernel(url_list: Artefact) -> Kernel:
    addresses = load_url_list(url_list)
    names = ("doc_id", "text_digest", "language", "url_digest")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        broken = [addresses.broken(url) for url in batch.column("url").to_pylist()]
        columns = {name: batch.column(name) for name in names}
        columns["listed"] = pa.array(broken, pa.list_(pa.string()))
        yield pa.RecordBatch.from_pydict(columns)

    return kernel


def line_edits(documents: DataFrame, limits: dict[str, ByLanguage]) -> DataFrame:
    """Documents (doc_id, text_digest, language, text) as rows of ``edits`` that cut lines out.

    ``limits`` are those of the filters whose line rules are asked for (``c4``); without any there
    is no row. A removed line goes with its line feed.
    """
    wanted = documents.select("doc_id", "text_digest", "language", "text")
    if not limits:
        wanted = wanted.limit(0)
    return map_batches(wanted, partial(_line_kernel, limits), contract("edits").ddl)


def _line_kernel(limits: dict[str, ByLanguage]) -> Kernel:
    schema = arrow_schema("edits")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        languages = batch.column("language").to_pylist()
        texts = TextBatch.of(batch.column("text").to_pylist(), languages)
        judged = judge_lines(texts, limits["c4"].of(languages))
        text, start, end = removed_spans(texts, judged)
        columns = {name: batch.column(name).take(pa.array(text)) for name in KEYS}
        columns |= {"step": [LINES] * len(text), "start": start, "end": end}
        columns["replacement"] = [""] * len(text)
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def _kernel(
    limits: Mapping[str, ByLanguage], classifiers: Sequence[tuple[str, Classifier]]
) -> Kernel:
    schema = arrow_schema("quality")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        texts = batch.column("text").to_pylist()
        signals, broken = measure_all(texts, batch.column("language").to_pylist(), limits)
        names = batch.schema.names
        if "listed" in names:
            broken = [
                {URLS: rules, **others} if rules else others
                for rules, others in zip(batch.column("listed").to_pylist(), broken, strict=True)
            ]
        columns = {
            **signals,
            "doc_id": batch.column("doc_id"),
            "text_digest": batch.column("text_digest"),
            **({"url_digest": batch.column("url_digest")} if "url_digest" in names else {}),
            "broken_rules": [list(rules.items()) for rules in broken],
            "classifier_scores": _scored(texts, classifiers),
        }
        missing = pa.nulls(len(texts))
        arrays = [columns.get(name, missing) for name in schema.names]
        yield pa.RecordBatch.from_pydict(
            dict(zip(schema.names, arrays, strict=True)), schema=schema
        )

    return kernel


def _scored(
    texts: Sequence[str], classifiers: Sequence[tuple[str, Classifier]]
) -> list[list[tuple[str, int]]]:
    """For each text the scores of all classifiers."""
    scores = [[(name, s) for s in score(asked, texts).tolist()] for name, asked in classifiers]
    return [[of_one[n] for of_one in scores] for n in range(len(texts))]


def label_documents(
    documents: DataFrame, raw_documents: DataFrame, labels: DataFrame | None, rules: ClassifierRules
) -> DataFrame:
    """Documents that have a label, as (doc_id, label, source, page); no text.

    ``labels`` (doc_id, label, page) goes before the labels by source; where it says anything but 0
    or 1 of a document, that has no label. A page is the one that ``labels`` states, or else the
    address without its query, or else the source record, which parts of a document share.
    """
    by_source = F.when(F.col("source").isin(*rules.positive), 1).when(
        F.col("source").isin(*rules.negative), 0
    )
    known = documents.select("doc_id", "source", by_source.alias("by_source"))
    if labels is None:
        found = known.withColumns({"label": F.col("by_source"), "page": _none()})
    else:
        given = labels.groupBy("doc_id", "label").agg(F.min("page").alias("page"))
        given = given.withColumn("is_given", F.lit(True))
        label = F.when(F.col("is_given"), F.col("label")).otherwise(F.col("by_source"))
        found = known.join(given, "doc_id", "left").withColumn("label", label)
    of_record = raw_documents.select("doc_id", "url", "record_key")
    rows = found.where("label in (0, 1)").join(of_record, "doc_id", "left")
    host, path = (F.regexp_extract("url", _ADDRESS, group) for group in (1, 2))
    address = F.when(host != "", F.concat(F.lower(host), F.regexp_replace(path, "/+$", "")))
    record = F.concat_ws("\0", "source", F.coalesce("record_key", "doc_id"))
    page = F.coalesce(_named("page", F.col("page")), _named("address", address))
    page = F.coalesce(page, _named("record", record))
    return rows.select("doc_id", "label", "source", page.alias("page"))


def label_rows(rows: DataFrame, entry: LabelledTable, label: int, source: str) -> DataFrame:
    """Rows of a user's table as (doc_id, label, source, page, chars, text); those without text go.

    The doc_id is a digest of id and text: rows that say the same are one, in whatever table.
    """
    text = F.col(entry.text)
    kept = rows.where(text.isNotNull())
    key, page = (F.col(c).cast("string") if c else _none() for c in (entry.id, entry.page))
    said = F.concat_ws("\0", F.coalesce(key, F.lit("")), text)
    page = F.coalesce(_named("page", page), _named("id", key), _named("text", F.sha2(text, 256)))
    return kept.select(
        F.substring(F.sha2(said, 256), 1, 32).alias("doc_id"),
        F.lit(label).alias("label"),
        F.lit(source).alias("source"),
        page.alias("page"),
        F.length(text).cast("bigint").alias("chars"),
        F.substring(text, 1, PREFIX).alias("text"),
    )


def labels_of_documents(labelled: DataFrame) -> DataFrame:
    """One row a document: doc_id, label; null where it has both, and then it speaks for neither."""
    both = labelled.groupBy("doc_id").agg(F.min("label").alias("a"), F.max("label").alias("b"))
    return both.select("doc_id", F.when(F.col("a") == F.col("b"), F.col("a")).alias("label"))


# Host and path of an address; user, port, query and fragment are left out.
_ADDRESS = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)(?::[0-9]*)?([^?#]*)"


def _none() -> Column:
    return F.lit(None).cast("string")


def _named(kind: str, value: Column) -> Column:
    """Pages of one kind share their names whatever table they are stated in; null stays null."""
    return F.concat(F.lit(f"{kind}\0"), value)
