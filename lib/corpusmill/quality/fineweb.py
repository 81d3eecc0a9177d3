"""The rules FineWeb added to Gopher's and C4's (Penedo et al. 2024).

Ratios and limits are in millionths, and the rules read the signals. Lines are stripped, blank ones
left out. A finished line ends in a sentence terminal of any script, an ellipsis or a quotation
mark. A text without lines breaks ``few_finished_lines``.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.quality.batch import TextBatch, Verdicts, millionths
from corpusmill.quality.punctuation import LINE_END, marks

SIGNALS = (
    ("finished_lines", "lines that end in punctuation, in millionths of the lines"),
    ("short_lines", "lines of at most 30 characters, in millionths of the lines"),
    (
        "duplicate_line_share",
        "characters in duplicate lines, in millionths of the characters that are no line feed",
    ),
    ("line_feeds_per_word", "line feeds for each word, in millionths"),
)

SHORT_LINE = 30


@dataclass(frozen=True)
class FineWeb:
    """The published limits, in millionths. What reaches a limit keeps it."""

    min_finished_lines: int = 120_000
    max_short_lines: int = 670_000
    max_duplicate_line_share: int = 10_000
    max_line_feeds_per_word: int = 300_000


def measure_fineweb(batch: TextBatch, rules: FineWeb) -> Verdicts:
    """Signals of every text, and which of the rules it breaks."""
    lines = batch.lines
    finished = (marks()[batch.points.codes[lines.ends - 1]] & LINE_END) > 0
    duplicate = lines.totals(lines.repeats * lines.lengths)
    signals = {
        "finished_lines": millionths(lines.totals(finished), lines.counts),
        "short_lines": millionths(lines.totals(lines.lengths <= SHORT_LINE), lines.counts),
        "duplicate_line_share": millionths(duplicate, batch.characters - batch.line_feeds),
        "line_feeds_per_word": millionths(batch.line_feeds, batch.words.counts),
    }
    broken = {
        "few_finished_lines": signals["finished_lines"] < rules.min_finished_lines,
        "short_lines": signals["short_lines"] > rules.max_short_lines,
        "duplicate_lines": signals["duplicate_line_share"] > rules.max_duplicate_line_share,
        "many_line_feeds": signals["line_feeds_per_word"] > rules.max_line_feeds_per_word,
    }
    return Verdicts(signals, broken)
