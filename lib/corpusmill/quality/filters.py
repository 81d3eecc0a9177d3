"""The filters by the names that recipes and ``broken_rules`` use, and all signals they measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from corpusmill.quality import c4, fineweb, gopher_quality, gopher_repetition
from corpusmill.quality.batch import Counts, TextBatch, Verdicts


@dataclass(frozen=True)
class Filter:
    """A rule set: the record of its limits, how it is measured, and its signals with comments."""

    rules: type[Any]
    measure: Callable[[TextBatch, Any], Verdicts]
    signals: tuple[tuple[str, str], ...]


FILTERS: dict[str, Filter] = {
    "gopher_quality": Filter(
        gopher_quality.GopherQuality,
        gopher_quality.measure_gopher_quality,
        gopher_quality.SIGNALS,
    ),
    "gopher_repetition": Filter(
        gopher_repetition.GopherRepetition,
        gopher_repetition.measure_gopher_repetition,
        gopher_repetition.SIGNALS,
    ),
    "c4": Filter(c4.C4, c4.measure_c4, c4.SIGNALS),
    "fineweb": Filter(fineweb.FineWeb, fineweb.measure_fineweb, fineweb.SIGNALS),
}

SIGNALS: tuple[tuple[str, str], ...] = tuple(
    signal for each in FILTERS.values() for signal in each.signals
)


def measure_all(
    texts: Sequence[str], languages: Sequence[str], presets: Sequence[str]
) -> tuple[dict[str, Counts], list[dict[str, list[str]]]]:
    """Hold the texts against the published limits of the named filters.

    Answers the signals of those filters (name -> int64[n], in the order of ``SIGNALS``) and, for
    each text, filter -> the rules it breaks, in the filter's order; filters with none are absent.
    The order of ``presets`` does not matter. Raises ``ValueError`` for an unknown filter.
    """
    unknown = sorted(set(presets) - set(FILTERS))
    if unknown:
        raise ValueError(f"unknown filters {', '.join(unknown)}; allowed: {', '.join(FILTERS)}")
    batch = TextBatch.of(texts, languages)
    signals: dict[str, Counts] = {}
    broken: list[dict[str, list[str]]] = [{} for _ in texts]
    for name in filter(set(presets).__contains__, FILTERS):
        verdicts = FILTERS[name].measure(batch, FILTERS[name].rules())
        signals.update(verdicts.signals)
        _note(name, verdicts, broken)
    return signals, broken


def _note(name: str, verdicts: Verdicts, broken: list[dict[str, list[str]]]) -> None:
    for rule, mask in verdicts.broken.items():
        for text in np.flatnonzero(mask).tolist():
            broken[text].setdefault(name, []).append(rule)


@cache
def rule_names(name: str) -> tuple[str, ...]:
    """The rules of a filter, in its order."""
    return tuple(FILTERS[name].measure(TextBatch.of([], []), FILTERS[name].rules()).broken)
