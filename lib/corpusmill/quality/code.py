"""Rules for source code, as StarCoder's corpus was cut (Li et al. 2023, section 3.1).

What people write has short lines and letters in it; data, minified and generated files have not.
Lines are taken as they stand, blank ones counted too, but none behind the last line feed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corpusmill.quality.batch import Counts, Limits, Rule, TextBatch, millionths
from corpusmill.text.characters import DIGIT, LETTER
from corpusmill.text.pieces import line_feeds, per_text, split_at

SIGNALS = (
    ("longest_line", "characters of the longest line"),
    ("mean_line_length", "mean characters of a line, in millionths of a character"),
    ("alphanumeric_characters", "letters and digits, in millionths of all characters"),
    ("letter_characters", "letters, in millionths of all characters"),
)

RULES = (
    Rule("long_line", "longest_line", "max_longest_line"),
    Rule("long_lines", "mean_line_length", "max_mean_line_length"),
    Rule("few_alphanumerics", "alphanumeric_characters", "min_alphanumeric_characters"),
    Rule("few_letters", "letter_characters", "min_letter_characters"),
)


@dataclass(frozen=True)
class Code:
    """The published limits. What reaches a limit keeps it; None is no limit."""

    max_longest_line: int | None = 1_000
    max_mean_line_length: int | None = 100_000_000
    min_alphanumeric_characters: int | None = 250_000
    min_letter_characters: int | None = 250_000


def measure(batch: TextBatch, _limits: Limits) -> dict[str, Counts]:
    """The signals of every text."""
    pieces = split_at(batch.points, *line_feeds(batch.points))
    longest = np.zeros(len(batch), dtype=np.int64)
    if len(batch):
        longest = np.maximum.reduceat(pieces.ends - pieces.starts, pieces.first[:-1])
    letters = np.flatnonzero((batch.kinds & LETTER) > 0)
    both = np.flatnonzero((batch.kinds & (LETTER | DIGIT)) > 0)
    return {
        "longest_line": longest,
        "mean_line_length": millionths(batch.characters - batch.line_feeds, batch.line_count),
        "alphanumeric_characters": millionths(per_text(batch.points, both), batch.characters),
        "letter_characters": millionths(per_text(batch.points, letters), batch.characters),
    }
