"""The data card of a run: one self-contained HTML page, no scripts, every value escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Row

from corpusmill.contracts import contract
from corpusmill.distributions import PERCENTS, Distributions, Spread
from corpusmill.losses import Loss
from corpusmill.page import bars, facts, folded, grid, page, paragraph, quotation, section
from corpusmill.samples import Sample
from corpusmill.selection import ASKED

_UNIT = "All values are whole numbers; shares are in millionths. A percentile is the smallest "
_UNIT += "value that so many of a hundred documents do not exceed."


@dataclass(frozen=True)
class Findings:
    """What the card shows beyond counts: see the functions that find it."""

    losses: Sequence[Loss]
    distributions: Distributions
    buckets: Sequence[Row]
    samples: Sequence[Sample]


def render(counts: Mapping[str, Any], said: Mapping[str, str], found: Findings) -> str:
    """The page: ``counts`` as ``summary.summarise`` gives them, ``said`` as name and value."""
    funnel = {
        "records accepted": counts["raw_documents"],
        "documents": counts["documents"],
        "in a language of the recipe": counts["scored"],
        "kept by selection": counts["kept"],
        "clean documents": counts["clean_documents"],
    }
    sections = [
        section("What this is", facts(said)),
        section("From records to documents", bars(funnel)),
        section("Refused at ingest, by reason", bars(counts["quarantined"])),
        section("What selection drops, in the order in which rules decide", _funnel(counts)),
        section("Only tagged, by reason", bars(counts["tagged"])),
        *(
            section(f"Dropped, by {by}", _losses(found.losses, by))
            for by in ("language", "source", "kind")
        ),
        section("Signals and scores by language and source", *_spreads(found.distributions)),
        section("Quality buckets, 19 the best", _buckets(found.buckets)),
        section("Twins of a survivor, by relation", bars(counts["duplicates"])),
        section("Personal data replaced, by kind", bars(counts["pii"])),
        section("Characters cut or replaced, by step", bars(counts["edited_characters"])),
        section("Documents by language", bars(counts["languages"])),
        *_samples(found.samples),
    ]
    return page("Corpus data card", sections)


def _place(rule: str) -> tuple[int, str]:
    return ASKED.index(rule.partition(".")[0]), rule


def _funnel(counts: Mapping[str, Any]) -> str:
    left, rows = counts["documents"], []
    for rule in sorted(counts["dropped"], key=_place):
        decided = counts["decided"].get(rule, 0)
        left -= decided
        rows.append((rule, decided, counts["dropped"][rule], left))
    heads = ("rule", "dropped here", "would drop alone", "documents left")
    return grid(heads, rows, most=len(rows))


def _losses(losses: Sequence[Loss], by: str) -> str:
    rows: list[tuple[str | int, ...]] = []
    for loss in sorted(losses, key=lambda loss: (-loss.documents, loss.name)):
        if loss.by == by:
            rule, count = next(iter(loss.rules.items()), ("", 0))
            share = f"{1000 * loss.dropped // loss.documents / 10} %"
            rows.append((loss.name, loss.documents, loss.dropped, share, rule, count))
    heads = (by, "documents", "dropped", "share", "rule that drops most", "documents it drops")
    return grid(heads, rows)


def _spreads(found: Distributions) -> list[str]:
    """A folded table for each signal, under what its column says of itself."""
    comments = {column.name: column.comment for column in contract("quality").columns}
    by_signal: dict[str, list[Spread]] = {}
    for spread in found.spreads:
        by_signal.setdefault(spread.signal, []).append(spread)
    whole = "all" if found.drawn == found.scored else "drawn by keyed hash from"
    about = f"Of {found.drawn:,} documents: {whole} {found.scored:,} that were scored. {_UNIT}"
    heads = ("", "", "documents", *(f"{percent} %" for percent in PERCENTS))
    tables = [
        folded(
            f"{signal}: {comments.get(signal, 'score in millionths')}",
            grid(heads, [(s.by, s.name, s.documents, *s.percentiles) for s in spreads]),
        )
        for signal, spreads in by_signal.items()
    ]
    return [paragraph(about), *tables]


def _buckets(rows: Sequence[Row]) -> str:
    heads = ("classifier", "bucket", "documents", "characters", "kept")
    return grid(heads, [tuple(row) for row in rows], most=200)


def _samples(samples: Sequence[Sample]) -> list[str]:
    """A section for the kept and for each rule, in the order in which rules decide."""
    rules = sorted({s.rule for s in samples if s.rule is not None}, key=_place)
    shown = []
    for rule in (None, *rules):
        own = [sample for sample in samples if sample.rule == rule]
        title = "Some that were kept" if rule is None else f"Some that {rule} dropped"
        if own:
            shown.append(section(title, *(_sample(sample) for sample in own)))
    return shown


def _sample(sample: Sample) -> str:
    reasons = f"; reasons: {', '.join(sample.reasons)}" if sample.reasons else ""
    head = paragraph(f"{sample.doc_id}, source {sample.source}{reasons}")
    if sample.excerpt is None:
        return head + paragraph("Not shown: the search for personal data failed on this text.")
    return head + quotation(sample.excerpt)
