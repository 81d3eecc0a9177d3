"""The filters by the names that ``broken_rules`` uses, and all signals they measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from corpusmill.quality import (
    c4,
    code,
    contacts,
    fineweb,
    gopher_quality,
    gopher_repetition,
    refinedweb,
)
from corpusmill.quality.batch import Counts, Flags, Limits, Rule, TextBatch


def _everywhere(_rule: Rule, _signals: dict[str, Counts], _limits: Limits) -> Flags | None:
    return None


@dataclass(frozen=True)
class Filter:
    """A rule set.

    limits   the record of its limits, at the published ones
    measure  the signals of a batch: name -> int64[n], in the order of ``signals``
    rules    what is held against the signals
    signals  their names and comments
    applies  where a rule has something to say (None: everywhere)
    """

    limits: type[Any]
    measure: Callable[[TextBatch, Limits], dict[str, Counts]]
    rules: tuple[Rule, ...]
    signals: tuple[tuple[str, str], ...]
    applies: Callable[[Rule, dict[str, Counts], Limits], Flags | None] = _everywhere


FILTERS: dict[str, Filter] = {
    "gopher_quality": Filter(
        gopher_quality.GopherQuality,
        gopher_quality.measure,
        gopher_quality.RULES,
        gopher_quality.SIGNALS,
        gopher_quality.applies,
    ),
    "gopher_repetition": Filter(
        gopher_repetition.GopherRepetition,
        gopher_repetition.measure,
        gopher_repetition.RULES,
        gopher_repetition.SIGNALS,
    ),
    "c4": Filter(c4.C4, c4.measure, c4.RULES, c4.SIGNALS),
    "fineweb": Filter(fineweb.FineWeb, fineweb.measure, fineweb.RULES, fineweb.SIGNALS),
    "refinedweb": Filter(
        refinedweb.RefinedWeb, refinedweb.measure, refinedweb.RULES, refinedweb.SIGNALS
    ),
    "contacts": Filter(contacts.Contacts, contacts.measure, contacts.RULES, contacts.SIGNALS),
    "code": Filter(code.Code, code.measure, code.RULES, code.SIGNALS),
}

SIGNALS: tuple[tuple[str, str], ...] = tuple(
    signal for each in FILTERS.values() for signal in each.signals
)


def rule_names(name: str) -> tuple[str, ...]:
    """The rules of a filter, in its order."""
    return tuple(rule.name for rule in FILTERS[name].rules)


@dataclass(frozen=True)
class ByLanguage:
    """The limits of one filter: those of single languages, and those of all others."""

    others: Any
    languages: Mapping[str, Any] = field(default_factory=dict)

    def record(self, language: str) -> Any:
        """The limits of texts in one language."""
        return self.languages.get(language, self.others)

    def of(self, languages: Sequence[str]) -> Limits:
        """The limits of texts in these languages."""
        numbers = {language: n for n, language in enumerate(self.languages, start=1)}
        of_text = np.array([numbers.get(language, 0) for language in languages], dtype=np.int64)
        present, compact = np.unique(of_text, return_inverse=True)
        records = (self.others, *self.languages.values())
        return Limits(tuple(records[n] for n in present.tolist()), compact.astype(np.int64))


def measure_all(
    texts: Sequence[str], languages: Sequence[str], limits: Mapping[str, ByLanguage]
) -> tuple[dict[str, Counts], list[dict[str, list[str]]]]:
    """Hold the texts against the named filters, each with its limits.

    Answers the signals of those filters (name -> int64[n], in the order of ``SIGNALS``) and, for
    each text, filter -> the rules it breaks, in the filter's order; filters with none are absent.
    """
    batch = TextBatch.of(texts, languages)
    signals: dict[str, Counts] = {}
    for name in filter(limits.__contains__, FILTERS):
        signals.update(FILTERS[name].measure(batch, limits[name].of(languages)))
    return signals, hold(signals, languages, limits)


def hold(
    signals: dict[str, Counts], languages: Sequence[str], limits: Mapping[str, ByLanguage]
) -> list[dict[str, list[str]]]:
    """For each text, of which the signals are given: filter -> the rules it breaks, in its order.

    Filters of which it breaks none are absent.
    """
    broken: list[dict[str, list[str]]] = [{} for _ in languages]
    for name in filter(limits.__contains__, FILTERS):
        held = limits[name].of(languages)
        for rule in FILTERS[name].rules:
            for text in np.flatnonzero(_broken(FILTERS[name], rule, signals, held)).tolist():
                broken[text].setdefault(name, []).append(rule.name)
    return broken


def counted_otherwise(
    before: Mapping[str, ByLanguage], after: Mapping[str, ByLanguage]
) -> list[str]:
    """Why signals that were measured under one set of limits do not do for another.

    Names of filters that were not measured, and ``filter.limit`` for limits that decide how a
    signal is counted (``gopher_quality.stop_words``). All others are only held against signals.
    """
    found = set(after.keys() - before.keys())
    for name in before.keys() & after.keys():
        held = {rule.limit for rule in FILTERS[name].rules}
        for language in ("", *before[name].languages, *after[name].languages):
            old, new = (vars(limits[name].record(language)) for limits in (before, after))
            found |= {f"{name}.{key}" for key in new.keys() - held if new[key] != old[key]}
    return sorted(found)


def _broken(of: Filter, rule: Rule, signals: dict[str, Counts], limits: Limits) -> Flags:
    flags = rule.broken(signals, limits)
    where = of.applies(rule, signals, limits)
    return flags if where is None else flags & where
