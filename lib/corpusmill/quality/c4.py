"""The rules of C4 (Raffel et al. 2020) for whole documents: no line is removed.

A sentence is a stretch with at least one word, up to the end of its line or a sentence terminal;
``.``, ``!``, ``?`` and the ellipsis end one only before white space or closing punctuation, the
terminals of other scripts anywhere. Abbreviations are not known. Lines of fewer than 3 words hold
no sentence. A text in a script without terminals (Thai) has one sentence a line.

Lines that speak of JavaScript or of policies are counted, but no rule reads the counts, and lines
need no terminal punctuation. Phrases are found in any ASCII case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpusmill.quality.batch import Counts, TextBatch, Verdicts, split_at
from corpusmill.quality.punctuation import NEEDS_SPACE, SENTENCE_END, marks
from corpusmill.text.characters import CLOSING, SPACE, UNSPACED, WORD

SIGNALS = (
    ("sentences", "sentences in lines of at least 3 words"),
    ("lorem_ipsum", "lines with the words lorem ipsum"),
    ("curly_brackets", "opening curly brackets"),
    ("longest_word", "most characters in a row without white space or unspaced script"),
    ("javascript_lines", "lines with the word JavaScript"),
    ("policy_lines", "lines about terms of use, privacy or cookies"),
)

SENTENCE_LINE = 3
POLICY_PHRASES = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)


@dataclass(frozen=True)
class C4:
    """The published limits. What reaches a limit keeps it."""

    min_sentences: int = 5
    max_lorem_ipsum: int = 0
    max_curly_brackets: int = 0
    max_word_length: int = 1_000


def measure_c4(batch: TextBatch, rules: C4) -> Verdicts:
    """Signals of every text, and which of the rules it breaks."""
    lowered = _lowered(batch)
    signals = {
        "sentences": _sentences(batch),
        "lorem_ipsum": _lines_with(batch, lowered, ["lorem ipsum"]),
        "curly_brackets": batch.occurrences("{"),
        "longest_word": _longest_word(batch),
        "javascript_lines": _lines_with(batch, lowered, ["javascript"]),
        "policy_lines": _lines_with(batch, lowered, POLICY_PHRASES),
    }
    broken = {
        "too_few_sentences": signals["sentences"] < rules.min_sentences,
        "lorem_ipsum": signals["lorem_ipsum"] > rules.max_lorem_ipsum,
        "curly_bracket": signals["curly_brackets"] > rules.max_curly_brackets,
        "long_word": signals["longest_word"] > rules.max_word_length,
    }
    return Verdicts(signals, broken)


def _sentences(batch: TextBatch) -> Counts:
    """Sentences a text: int64[n]. Each ends at the first cut after its last word."""
    lines, words = batch.lines, batch.words
    cuts = np.sort(np.concatenate([_terminals(batch), lines.ends]), kind="stable")
    before = np.searchsorted(words.starts, cuts)
    worded = cuts[np.diff(before, prepend=0) > 0]
    line = np.searchsorted(lines.ends, worded)
    line_words = np.searchsorted(words.starts, lines.ends)
    line_words -= np.searchsorted(words.starts, lines.starts)
    sentences = np.bincount(line, minlength=len(lines)) * (line_words >= SENTENCE_LINE)
    return lines.totals(sentences)


def _terminals(batch: TextBatch) -> Counts:
    """Positions of the characters that end a sentence, ascending."""
    codes, kinds = batch.points.codes, batch.kinds
    marked = np.flatnonzero((kinds & (WORD | SPACE)) == 0)
    bits = marks()[codes[marked]]
    following = kinds[np.minimum(marked + 1, len(kinds) - 1)] & (SPACE | CLOSING)
    ends = ((bits & SENTENCE_END) > 0) & (((bits & NEEDS_SPACE) == 0) | (following > 0))
    terminals: Counts = marked[ends]
    return terminals


def _longest_word(batch: TextBatch) -> Counts:
    """Most characters between two gaps of each text: int64[n]."""
    if not len(batch):
        return np.zeros(0, dtype=np.int64)
    gaps = np.flatnonzero(batch.kinds & (SPACE | UNSPACED))
    stretches = split_at(batch.points, gaps, gaps + 1)
    return np.maximum.reduceat(stretches.ends - stretches.starts, stretches.first[:-1])


def _lowered(batch: TextBatch) -> bytes:
    """One byte a code point: ASCII in small letters, 0 for the rest."""
    codes = batch.points.codes
    return np.where(codes < 128, codes, 0).astype(np.uint8).tobytes().lower()


def _lines_with(batch: TextBatch, lowered: bytes, phrases: Sequence[str]) -> Counts:
    """Lines a text that hold one of the phrases: int64[n].

    A phrase found across the end of a text is none: it would reach past the end of its line.
    """
    lines = batch.lines
    marked = np.zeros(len(lines), dtype=np.bool_)
    for phrase in phrases:
        found = np.array(_places(lowered, phrase.encode("ascii")), dtype=np.int64)
        line = np.searchsorted(lines.ends, found, side="right")
        whole = found + len(phrase) <= lines.ends[line]
        marked[line[whole]] = True
    return lines.totals(marked)


def _places(lowered: bytes, phrase: bytes) -> list[int]:
    """Where the phrase, which cannot overlap itself, stands."""
    places = []
    at = lowered.find(phrase)
    while at >= 0:
        places.append(at)
        at = lowered.find(phrase, at + len(phrase))
    return places
