"""The repetition rules of the Gopher paper (Rae et al. 2021, table A1).

All signals are in millionths, and the rules read the signals. Lines and paragraphs are compared
stripped, blank ones left out; a duplicate is one that came earlier in the text. Runs of words are
counted as datatrove counts them (see ``corpusmill.quality.runs``), over corpusmill words: as
written, case included, punctuation left out. In unspaced scripts each character is a word, so that
runs are shorter there than the published numbers were made for.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.quality.batch import Counts, Pieces, TextBatch, Verdicts, millionths
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


@dataclass(frozen=True)
class GopherRepetition:
    """The published limits, in millionths. What reaches a limit keeps it.

    ``max_top_grams`` are for runs of 2, 3 and 4 words, ``max_duplicate_grams`` for 5 to 10.
    """

    max_duplicate_lines: int = 300_000
    max_duplicate_paragraphs: int = 300_000
    max_duplicate_line_characters: int = 200_000
    max_duplicate_paragraph_characters: int = 200_000
    max_top_grams: tuple[int, ...] = (200_000, 180_000, 160_000)
    max_duplicate_grams: tuple[int, ...] = (150_000, 140_000, 130_000, 120_000, 110_000, 100_000)

    def __post_init__(self) -> None:
        """Refuse lists of another length."""
        if len(self.max_top_grams) != len(_TOP_SIZES):
            raise ValueError(f"max_top_grams needs {len(_TOP_SIZES)} limits")
        if len(self.max_duplicate_grams) != len(_DUPLICATE_SIZES):
            raise ValueError(f"max_duplicate_grams needs {len(_DUPLICATE_SIZES)} limits")


def measure_gopher_repetition(batch: TextBatch, rules: GopherRepetition) -> Verdicts:
    """Signals of every text, and which rules it breaks. Each signal has a rule by its name."""
    lines, paragraphs = batch.lines, batch.paragraphs
    counts = {
        "duplicate_line_characters": lines.totals(lines.repeats * lines.lengths),
        "duplicate_paragraph_characters": paragraphs.totals(
            paragraphs.repeats * paragraphs.lengths
        ),
        **_run_characters(batch.words),
    }
    signals = {
        "duplicate_lines": millionths(lines.totals(lines.repeats), lines.counts),
        "duplicate_paragraphs": millionths(
            paragraphs.totals(paragraphs.repeats), paragraphs.counts
        ),
        **{name: millionths(count, batch.characters) for name, count in counts.items()},
    }
    limits = (
        rules.max_duplicate_lines,
        rules.max_duplicate_paragraphs,
        rules.max_duplicate_line_characters,
        rules.max_duplicate_paragraph_characters,
        *rules.max_top_grams,
        *rules.max_duplicate_grams,
    )
    each = zip(signals.items(), limits, strict=True)
    return Verdicts(signals, {name: signal > limit for (name, signal), limit in each})


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
