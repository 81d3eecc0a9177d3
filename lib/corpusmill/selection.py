"""What policy lets through: the one place that says which documents go on and why not."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from corpusmill.contracts import contract
from corpusmill.langid.rules import UNKNOWN, LanguageRules

_KEYS = ["doc_id", "text_digest"]


@dataclass(frozen=True)
class SelectionRules:
    """What ``recipe.selection`` may say.

    ``keep_all`` makes everything eligible and drops nothing, duplicates included (reasons stay as
    tags); ``classifier_cuts`` is the smallest score that goes on, by classifier (not named: the cut
    of its preset, or none).
    """

    keep_all: bool = False
    classifier_cuts: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, cut in self.classifier_cuts.items():
            if not 0 <= cut <= 1:
                raise ValueError(f"classifier_cuts.{name} must lie between 0 and 1")


@dataclass(frozen=True)
class Policy:
    """What speaks for or against one document, its twins apart."""

    language: LanguageRules
    selection: SelectionRules


def in_language(languages: DataFrame, policy: Policy) -> DataFrame:
    """Rows of ``languages`` that scoring goes on with: doc_id, text_digest, language."""
    wanted = languages.select(*_KEYS, "language")
    if policy.selection.keep_all:
        return wanted
    return wanted.where(F.size(_language_reasons(policy.language)) == 0)


def judged(languages: DataFrame, quality: DataFrame, policy: Policy) -> DataFrame:
    """Every document with all reasons of its own against it: doc_id, text_digest, reasons (sorted).

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
    return both.select(*_KEYS, F.array_sort(reasons).alias("reasons"))


def eligible(languages: DataFrame, quality: DataFrame, policy: Policy) -> DataFrame:
    """The documents that policy lets through, before twins are looked at: doc_id, text_digest."""
    rows = judged(languages, quality, policy)
    passing = rows if policy.selection.keep_all else rows.where(F.size("reasons") == 0)
    return passing.select(*_KEYS)


def select_documents(
    languages: DataFrame, quality: DataFrame, duplicates: DataFrame, policy: Policy
) -> DataFrame:
    """Rows of ``selection``: every document, kept or not, with every reason."""
    twins = duplicates.where(~F.col("is_survivor")).select("doc_id", "relation")
    both = judged(languages, quality, policy).join(twins, "doc_id", "left")
    twin = F.when(F.col("relation").isNotNull(), F.array(F.concat(F.lit("duplicate."), "relation")))
    reasons = F.array_sort(F.concat("reasons", F.coalesce(twin, _none())))
    kept = F.lit(policy.selection.keep_all) | (F.size(reasons) == 0)
    rows = both.select(*_KEYS, kept.alias("kept"), reasons.alias("reasons"))
    return rows.select(*contract("selection").column_names)


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
