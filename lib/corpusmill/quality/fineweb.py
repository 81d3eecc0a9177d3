"""The rules FineWeb added to Gopher's and C4's (Penedo et al. 2024), read as datatrove reads them.

Ratios and limits are in millionths, and the rules read the signals. Lines are taken as they stand,
blank ones left out. A finished line ends in a sentence terminal of any script. A text without lines
breaks ``few_finished_lines``.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.quality.batch import Counts, Limits, Rule, TextBatch, millionths
from corpusmill.quality.punctuation import TERMINAL, marks

SIGNALS = (
    ("finished_lines", "lines that end in a sentence terminal, in millionths of the lines"),
    ("short_lines", "lines of at most 30 characters, in millionths of the lines"),
    (
        "duplicate_line_share",
        "characters in duplicate lines, in millionths of the characters that are no line feed",
    ),
    ("line_feeds_per_word", "line feeds for each word or punctuation mark, in millionths"),
)

RULES = (
    Rule("few_finished_lines", "finished_lines", "min_finished_lines"),
    Rule("short_lines", "short_lines", "max_short_lines"),
    Rule("duplicate_lines", "duplicate_line_share", "max_duplicate_line_share"),
    Rule("many_line_feeds", "line_feeds_per_word", "max_line_feeds_per_word"),
)

SHORT_LINE = 30


@dataclass(frozen=True)
class FineWeb:
    """The published limits, in millionths. What reaches a limit keeps it; None is no limit."""

    min_finished_lines: int | None = 120_000
    max_short_lines: int | None = 670_000
    max_duplicate_line_share: int | None = 10_000
    max_line_feeds_per_word: int | None = 300_000


def measure(batch: TextBatch, _limits: Limits) -> dict[str, Counts]:
    """The signals of every text."""
    lines = batch.lines
    finished = (marks()[batch.points.codes[lines.ends - 1]] & TERMINAL) > 0
    duplicate = lines.totals(lines.repeats * lines.lengths)
    return {
        "finished_lines": millionths(lines.totals(finished), lines.counts),
        "short_lines": millionths(lines.totals(lines.lengths <= SHORT_LINE), lines.counts),
        "duplicate_line_share": millionths(duplicate, batch.characters - batch.line_feeds),
        "line_feeds_per_word": millionths(batch.line_feeds, batch.words.counts),
    }
