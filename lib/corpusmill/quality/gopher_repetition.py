"""The repetition rules of the Gopher paper (Rae et al. 2021, table A1), read as datatrove reads it.

All signals are in millionths, and the rules read the signals. Lines and paragraphs are compared as
they stand, blank ones left out; a duplicate is one that came earlier in the text. Runs of words are
counted as ``corpusmill.quality.runs`` says, punctuation marks and case included.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.quality.batch import Counts, Limits, Pieces, Rule, TextBatch, millionths
from corpusmill.quality.runs import (
    duplicate_run_characters,
    lengthened,
    repeated_words,
    top_run_characters,
)

_TOP_SIZES = (2, 3, 4)
_DUPLICATE_SIZES = (5, 6, 7, 8, 9, 10)

SIGNALS = (
    ("duplicate_lines", "lines that came earlier in the text, in millionths of its lines"),
    ("duplicate_paragraphs", "paragraphs that came earlier, in millionths of its paragraphs"),
    ("duplicate_line_characters", "characters in duplicate lines, in millionths of the text's"),
    ("duplicate_paragraph_characters", "the same for paragraphs, in millionths"),
    *(
        (
            f"top_{size}_gram_characters",
            f"most frequent run of {size} words: occurrences times characters, in millionths of"
            " the text's characters; overlaps can exceed a million",
        )
        for size in _TOP_SIZES
    ),
    *(
        (
            f"duplicate_{size}_gram_characters",
            f"characters in runs of {size} words read before, in millionths of the text's",
        )
        for size in _DUPLICATE_SIZES
    ),
)

RULES = tuple(Rule(name, name, f"max_{name}") for name, _ in SIGNALS)


@dataclass(frozen=True)
class GopherRepetition:
    """The published limits, in millionths. What reaches a limit keeps it; None is no limit."""

    max_duplicate_lines: int | None = 300_000
    max_duplicate_paragraphs: int | None = 300_000
    max_duplicate_line_characters: int | None = 200_000
    max_duplicate_paragraph_characters: int | None = 200_000
    max_top_2_gram_characters: int | None = 200_000
    max_top_3_gram_characters: int | None = 180_000
    max_top_4_gram_characters: int | None = 160_000
    max_duplicate_5_gram_characters: int | None = 150_000
    max_duplicate_6_gram_characters: int | None = 140_000
    max_duplicate_7_gram_characters: int | None = 130_000
    max_duplicate_8_gram_characters: int | None = 120_000
    max_duplicate_9_gram_characters: int | None = 110_000
    max_duplicate_10_gram_characters: int | None = 100_000


def measure(batch: TextBatch, _limits: Limits) -> dict[str, Counts]:
    """The signals of every text."""
    lines, paragraphs = batch.lines, batch.paragraphs
    counts = {
        "duplicate_line_characters": lines.totals(lines.repeats * lines.lengths),
        "duplicate_paragraph_characters": paragraphs.totals(
            paragraphs.repeats * paragraphs.lengths
        ),
        **_run_characters(batch.words),
    }
    return {
        "duplicate_lines": millionths(lines.totals(lines.repeats), lines.counts),
        "duplicate_paragraphs": millionths(
            paragraphs.totals(paragraphs.repeats), paragraphs.counts
        ),
        **{name: millionths(count, batch.characters) for name, count in counts.items()},
    }


def _run_characters(words: Pieces) -> dict[str, Counts]:
    characters = {}
    runs = repeated_words(words)
    for size in range(_TOP_SIZES[0], _DUPLICATE_SIZES[-1] + 1):
        runs = lengthened(runs)
        if size in _TOP_SIZES:
            characters[f"top_{size}_gram_characters"] = top_run_characters(runs, words)
        else:
            characters[f"duplicate_{size}_gram_characters"] = duplicate_run_characters(runs, words)
    return characters
