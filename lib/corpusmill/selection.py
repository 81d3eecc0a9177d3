"""What policy lets through: the one place that says which documents go on and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import contract
from corpusmill.langid.codes import canonical
from corpusmill.langid.rules import UNKNOWN, LanguageRules
from corpusmill.precedence import SurvivorRules, precedence
from corpusmill.quality.filters import FILTERS, rule_names
from corpusmill.quality.url_list import NAME as URLS
from corpusmill.text.domains import registered_domain
from corpusmill.twins import decided_twins, times

_KEYS = ["doc_id", "text_digest"]
_NEAR = "duplicate.near"
# What reasons begin with, in the order in which they are asked: the first to speak has decided.
ASKED = ("language", "quality", URLS, *FILTERS, "classifier", "duplicate", "domain")
_IGNORABLE = (URLS, *FILTERS, "classifier", _NEAR)
_TWINS = ("drop", "keep")
_TOO_MANY = 1 << 31


@dataclass(frozen=True)
class LanguagePolicy:
    """What differs for documents of one language: ``ignore`` is added to that of all."""

    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ignore", _ignorable(self.ignore))


@dataclass(frozen=True)
class SelectionRules:
    """What ``recipe.selection`` may say.

    ``keep_all`` makes everything eligible and drops nothing, duplicates included (reasons stay as
    tags); ``classifier_cuts`` is the smallest score that goes on, by classifier (not named: the cut
    of its preset, or none).
    ``ignore`` names reasons that only tag, for all documents or, in ``languages``, for those of a
    language (given by any of its codes): a filter, one of its rules as ``filter.rule``,
    ``classifier`` or ``duplicate.near``. ``duplicates`` says whether the documents of a cluster
    past the first ``keep_per_cluster`` are dropped (copies of one text count once), and
    ``domain_cap`` how many of one registered domain stay (none: all): the first of them by
    ``precedence``, once all else has been asked.
    ``rehydrate`` says how often a survivor that is kept stands in the shards: from a size of its
    cluster on, so many times (a document without twins is a cluster of 1; below all: once).
    """

    keep_all: bool = False
    classifier_cuts: dict[str, float] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    languages: dict[str, LanguagePolicy] = field(default_factory=dict)
    duplicates: str = "drop"
    keep_per_cluster: int = 1
    rehydrate: dict[int, int] = field(default_factory=dict)
    domain_cap: int | None = None

    def __post_init__(self) -> None:
        for name, cut in self.classifier_cuts.items():
            if not 0 <= cut <= 1:
                raise ValueError(f"classifier_cuts.{name} must lie between 0 and 1")
        object.__setattr__(self, "ignore", _ignorable(self.ignore))
        by_code = {canonical(language): own for language, own in self.languages.items()}
        if len(by_code) < len(self.languages):
            raise ValueError(f"languages: two of {', '.join(sorted(self.languages))} are one")
        object.__setattr__(self, "languages", by_code)
        if self.duplicates not in _TWINS:
            raise ValueError(f"duplicates: allowed are {', '.join(_TWINS)}")
        if self.keep_per_cluster < 1:
            raise ValueError("keep_per_cluster must be at least 1")
        _refuse_times(self.rehydrate)
        if self.domain_cap is not None and self.domain_cap < 1:
            raise ValueError("domain_cap must be at least 1")

    @property
    def tags(self) -> dict[str, tuple[str, ...]]:
        """What only tags, by language that has something of its own; under ``""`` for the rest."""
        always = (*self.ignore, *(["duplicate"] if self.duplicates == "keep" else []))
        own = {code: (*always, *policy.ignore) for code, policy in self.languages.items()}
        return {"": always, **own}


@dataclass(frozen=True)
class Policy:
    """What speaks for or against a document, and which one where only some of several may stay."""

    language: LanguageRules
    selection: SelectionRules
    survivors: SurvivorRules = field(default_factory=SurvivorRules)


def in_language(languages: DataFrame, policy: Policy) -> DataFrame:
    """Rows of ``languages`` that scoring goes on with: doc_id, text_digest, language."""
    wanted = languages.select(*_KEYS, "language")
    if policy.selection.keep_all:
        return wanted
    return wanted.where(F.size(_language_reasons(policy.language)) == 0)


def judged(languages: DataFrame, quality: DataFrame, policy: Policy) -> DataFrame:
    """Every document with all reasons of its own against it.

    Columns doc_id, text_digest, language, classifier_scores (null: never scored), reasons (sorted).
    A reason is ``language.unknown``, ``language.not_selected``, ``quality.not_scored`` (of what
    scoring should have had), ``classifier.<name>.below_cut`` or ``<filter>.<rule>``. Joins ids and
    annotations only, no text.
    """
    scored = quality.select(*_KEYS, "broken_rules", "classifier_scores")
    both = languages.select(*_KEYS, "language").join(scored, _KEYS, "left")
    of_language = _language_reasons(policy.language)
    unscored = (F.size(of_language) == 0) & F.col("broken_rules").isNull()
    reasons = F.concat(
        of_language,
        _tagged(unscored, "quality.not_scored"),
        _rule_reasons(),
        _classifier_reasons(policy.selection),
    )
    found = F.array_sort(reasons).alias("reasons")
    return both.select(*_KEYS, "language", "classifier_scores", found)


def eligible(languages: DataFrame, quality: DataFrame, policy: Policy) -> DataFrame:
    """The documents that policy lets through, before twins are looked at: doc_id, text_digest."""
    rows = judged(languages, quality, policy)
    rules = policy.selection
    passing = rows if rules.keep_all else rows.where(F.size(_dropping(rules)) == 0)
    return passing.select(*_KEYS)


def select_documents(
    languages: DataFrame,
    quality: DataFrame,
    duplicates: DataFrame,
    described: DataFrame,
    policy: Policy,
    cuts: Mapping[str, Sequence[int]],
) -> DataFrame:
    """Rows of ``selection``: every document, kept or not, with every reason.

    ``described`` has doc_id, text_digest, source, chars, created and url of every document,
    ``cuts`` the cuts between the buckets of classifiers by name. Documents that a reason drops, or
    would without ``keep_all``, do not count for the cap of their domain.
    """
    rules = policy.selection
    rows = judged(languages, quality, policy)
    near_stay = any(_NEAR in ignored for ignored in rules.tags.values())
    twins = decided_twins(duplicates, rules.keep_per_cluster, near_stay)
    rows = _with_reason(rows, twins).withColumn("against", _dropping(rules))
    if rules.domain_cap is not None:
        passing = rows.where(F.size("against") == 0).select("doc_id", "classifier_scores")
        over = _over_cap(passing, described, rules.domain_cap, policy.survivors)
        rows = _with_reason(rows, over).withColumn("against", _dropping(rules))
    decided_by = _none() if rules.keep_all else F.col("against")
    rows = rows.withColumns({"decided_by": decided_by, "buckets": _buckets(cuts)})
    rows = rows.withColumn("kept", F.size("decided_by") == 0)
    repeats = F.when(F.col("kept"), times(rules.rehydrate)).otherwise(1)
    rows = rows.withColumn("repeats", repeats)
    return rows.select(*contract("selection").column_names)


def _ignorable(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        group, _, rule = name.partition(".")
        if name in _IGNORABLE or (group in FILTERS and rule in rule_names(group)):
            continue
        allowed = [f"{group}.{known}" for known in rule_names(group)] if group in FILTERS else []
        known = ", ".join(allowed or (*_IGNORABLE, "or one rule of a filter as filter.rule"))
        raise ValueError(f"ignore: {name} is unknown; allowed: {known}")
    return tuple(sorted(set(names)))


def _refuse_times(rehydrate: Mapping[int, int]) -> None:
    for size, repeats in rehydrate.items():
        if not (1 <= size < _TOO_MANY and 1 <= repeats < _TOO_MANY):
            raise ValueError(f"rehydrate.{size}: sizes and times must be from 1 to {_TOO_MANY - 1}")


def _none() -> Column:
    return F.array().cast("array<string>")


def _tagged(condition: Column, reason: str) -> Column:
    return F.when(condition, F.array(F.lit(reason))).otherwise(_none())


def _language_reasons(rules: LanguageRules) -> Column:
    unknown = F.col("language") == UNKNOWN
    reasons = _tagged(unknown, "language.unknown")
    if not rules.languages:
        return reasons
    other = ~unknown & ~F.col("language").isin(*rules.languages)
    return F.concat(reasons, _tagged(other, "language.not_selected"))


def _rule_reasons() -> Column:
    def of_filter(entry: Column) -> Column:
        return F.transform(entry["value"], lambda rule: F.concat(entry["key"], F.lit("."), rule))

    broken = F.flatten(F.transform(F.map_entries("broken_rules"), of_filter))
    return F.coalesce(broken, _none())


def _classifier_reasons(rules: SelectionRules) -> Column:
    return F.concat(
        _none(), *(_below(name, cut) for name, cut in sorted(rules.classifier_cuts.items()))
    )


def _below(name: str, cut: float) -> Column:
    below = F.col("classifier_scores")[name] < round(cut * 1_000_000)
    return _tagged(F.coalesce(below, F.lit(False)), f"classifier.{name}.below_cut")


def _with_reason(rows: DataFrame, found: DataFrame) -> DataFrame:
    """``rows`` with the columns of ``found`` (doc_id, reason or null, ...), the reason added."""
    both = rows.join(found, "doc_id", "left")
    more = F.when(F.col("reason").isNotNull(), F.array("reason")).otherwise(_none())
    return both.withColumn("reasons", F.array_sort(F.concat("reasons", more))).drop("reason")


def _dropping(rules: SelectionRules) -> Column:
    """Those of ``reasons`` that drop a document of its language, in the order of ``ASKED``."""
    reasons = F.col("reasons")
    if any(rules.tags.values()):
        names = {code: _texts(ignored) for code, ignored in rules.tags.items()}
        pairs = (part for code, ignored in names.items() for part in (F.lit(code), ignored))
        ignored = F.coalesce(F.create_map(*pairs)[F.col("language")], names[""])
        reasons = F.filter(reasons, lambda reason: ~F.exists(ignored, _covers(reason)))
    order = _texts(ASKED)

    def placed(reason: Column) -> Column:
        group = F.substring_index(reason, ".", 1)
        return F.struct(F.array_position(order, group).alias("place"), reason.alias("reason"))

    return F.transform(F.array_sort(F.transform(reasons, placed)), lambda pair: pair["reason"])


def _covers(reason: Column) -> Callable[[Column], Column]:
    return lambda name: (reason == name) | F.startswith(reason, F.concat(name, F.lit(".")))


def _texts(values: Sequence[str]) -> Column:
    return F.array(*map(F.lit, values)) if values else _none()


def _over_cap(
    passing: DataFrame, described: DataFrame, cap: int, survivors: SurvivorRules
) -> DataFrame:
    """Of the passing documents with a url, those past the first ``cap`` of their domain."""
    known = described.where("url is not null").drop("text_digest")
    place = precedence(survivors).alias("place")
    placed = passing.join(known, "doc_id").select("doc_id", place, "url")
    ddl = f"doc_id string, place {placed.schema['place'].dataType.simpleString()}, domain string"
    located = map_batches(placed, _domain_kernel, ddl).where("domain is not null")
    number = F.row_number().over(Window.partitionBy("domain").orderBy("place"))
    over = located.withColumn("number", number).where(F.col("number") > cap)
    return over.select("doc_id", F.lit("domain.over_cap").alias("reason"))


def _domain_kernel() -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        domains = [registered_domain(url) for url in batch.column("url").to_pylist()]
        columns = {name: batch.column(name) for name in ("doc_id", "place")}
        yield pa.RecordBatch.from_pydict({**columns, "domain": pa.array(domains, pa.string())})

    return kernel


def _buckets(cuts: Mapping[str, Sequence[int]]) -> Column:
    """Classifier name to how many of its cuts the score has reached."""

    def bucket(name: str) -> Column:
        score = F.col("classifier_scores")[name]
        return reduce(add, [(score >= cut).cast("int") for cut in cuts[name]])

    entries = [F.struct(F.lit(name), bucket(name)) for name in sorted(cuts)]
    if not entries:
        return F.create_map().cast("map<string,int>")
    return F.map_from_entries(F.filter(F.array(*entries), lambda entry: entry["col2"].isNotNull()))
