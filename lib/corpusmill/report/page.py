"""Facts to the page: one self-contained HTML file, every value escaped, equal for equal facts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from corpusmill.distributions import LENGTHS, Spread
from corpusmill.report import card, funnel, plots, wording
from corpusmill.report.facts import Facts
from corpusmill.report.processing import processing
from corpusmill.samples import Sample
from corpusmill.stages import STAGES
from corpusmill.warehouse import is_catalog_name

MOST = 20  # rows of a table before it says how many more there are
FILES = 40  # shard files of a set

_CONTENTS = (
    ("funnel", "From records to tokens"),
    ("tokens", "What is in it"),
    ("dropped", "What was dropped"),
    ("spread", "Lengths and scores"),
    ("duplicates", "Duplicates"),
    ("privacy", "Personal data"),
    ("tokenizer", "Tokenizer"),
    ("mix", "Mix"),
    ("shards", "Shards and pins"),
    ("samples", "Samples to read"),
    ("rebuild", "Cite and rebuild"),
    ("card", "Data card"),
    ("tables", "Tables"),
)
_MARK = {"placeholder": "mark", "differs": "ins", "skipped": "i", "": "span"}


def render(facts: Facts) -> str:
    """The page."""
    whole = facts.whole
    recipe = card.recipe_of(facts)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            facts=facts,
            contents=_CONTENTS,
            newest=max((state.committed for state in facts.tables), default=""),
            whole=whole,
            style=Markup(_shipped("page.css")),
            steps=funnel.steps(facts),
            rules=funnel.rules(facts),
            losses=_losses(facts),
            histograms=[
                (found.signal, Markup(plots.histogram(found, wording.title(found.signal))))
                for found in facts.distributions.histograms
            ],
            ranges=_ranges(facts),
            spreads=_spreads(facts),
            buckets=_buckets(facts),
            cluster_plot=_cluster_plot(facts),
            kinds=_kinds(facts),
            privacy_sources=_privacy_sources(facts),
            samples=_samples(facts),
            processing=processing(recipe),
            flat_recipe=[pair for pair in card.flattened(recipe) if pair[0]],
            limits=card.limits(facts),
        )
    )


def table_name(place: str, name: str) -> str:
    """How SQL calls a table of a warehouse."""
    if is_catalog_name(place):
        return f"{place}.{name}"
    return f"delta.`{place.replace('`', '``')}/{name}`"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_shipped),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=wording.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(reading=wording.reading, python=repr)
    environment.globals.update(
        share=wording.share,
        width=wording.width,
        ratio=wording.ratio,
        about=wording.about,
        title=wording.title,
        meaning=funnel.meaning,
        commands=card.commands,
        citation=card.citation,
        table_name=table_name,
        job_of=_job_of,
        most=MOST,
        files=FILES,
        tag_of=_MARK,
    )
    return environment


def _shipped(name: str) -> str:
    return resources.files("corpusmill.report").joinpath(name).read_text("utf-8")


def _job_of(table: str) -> str:
    """The command that fills a table."""
    return f"corpusmill {STAGES[table].job}"


def _losses(facts: Facts) -> dict[str, list[tuple[Any, ...]]]:
    """By source, language and kind: group, documents, dropped, the worst rule and its count."""
    found: dict[str, list[tuple[Any, ...]]] = {"source": [], "language": [], "kind": []}
    for loss in sorted(facts.losses, key=lambda loss: (-loss.documents, loss.name)):
        rule, count = next(iter(loss.rules.items()), ("", 0))
        found[loss.by].append((loss.name, loss.documents, loss.dropped, rule, count))
    return {by: rows for by, rows in found.items() if rows}


def _ranges(facts: Facts) -> dict[tuple[str, str], list[tuple[Spread, list[str]]]]:
    """Spreads of lengths by (signal, by), with the places of their percentiles on one log scale."""
    own = [spread for spread in facts.distributions.spreads if spread.signal in LENGTHS]
    found = defaultdict(list)
    for signal in LENGTHS:
        these = [spread for spread in own if spread.signal == signal]
        ends = [value for spread in these for value in spread.percentiles]
        for spread in these:
            places = [f"{_place(v, min(ends), max(ends)):.2f}%" for v in spread.percentiles]
            found[signal, spread.by].append((spread, places))
    return dict(found)


def _place(value: int, least: int, most: int) -> float:
    """Where a value lies between two others, in per cent, on a logarithmic scale."""
    whole = math.log1p(most) - math.log1p(least)
    return 100 * (math.log1p(value) - math.log1p(least)) / whole if whole else 50.0


def _spreads(facts: Facts) -> dict[str, list[Spread]]:
    found = defaultdict(list)
    for spread in facts.distributions.spreads:
        found[spread.signal].append(spread)
    return dict(found)


def _buckets(facts: Facts) -> dict[str, tuple[Markup, list[tuple[int, int, int, int]]]]:
    """By classifier a plot, worst bucket first, and its rows, best bucket first."""
    rows: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    for classifier, *row in facts.buckets:
        rows[classifier].append((row[0], row[1], row[2], row[3]))
    found = {}
    for classifier, own in sorted(rows.items()):
        by_number = {row[0]: row for row in own}
        numbers = range(max(by_number) + 1)
        documents = [by_number.get(n, (n, 0, 0, 0))[1] for n in numbers]
        kept = [by_number.get(n, (n, 0, 0, 0))[3] for n in numbers]
        plot = plots.buckets(kept, documents, f"Buckets of {classifier}")
        found[classifier] = Markup(plot), sorted(own, reverse=True)
    return found


def _cluster_plot(facts: Facts) -> Markup | None:
    return Markup(plots.cluster_sizes(facts.twins.sizes)) if facts.twins.sizes else None


def _kinds(facts: Facts) -> list[tuple[str, int, int, int, int]]:
    """Personal data by kind: replaced, kept, gone with their document, and documents."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for own in facts.privacy.found:
        for place, value in enumerate((own.replaced, own.kept, own.dropped, own.documents)):
            sums[own.kind][place] += value
    rows = [(kind, a, b, c, d) for kind, (a, b, c, d) in sums.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _privacy_sources(facts: Facts) -> list[tuple[str, int]]:
    """Findings by source, most first."""
    sums: dict[str, int] = defaultdict(int)
    for own in facts.privacy.found:
        sums[own.source] += own.replaced + own.kept + own.dropped
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


def _samples(facts: Facts) -> list[tuple[str, Sequence[Sample]]]:
    """The kept ones under "", then those of each rule, in the order in which rules decide."""
    drawn = facts.samples.documents
    rules = sorted({s.rule for s in drawn if s.rule is not None}, key=funnel.place_of)
    groups = [(rule or "", [s for s in drawn if s.rule == rule]) for rule in (None, *rules)]
    return [(rule, own) for rule, own in groups if own]
