"""The quality rules of the Gopher paper (Rae et al. 2021, table A1) over corpusmill words.

Ratios and limits are in millionths, and the rules read the signals, so that whoever has the signals
can hold them against other limits. Where there is no word or line, ratios are taken over one.

Two rules do not apply everywhere:
- the mean word length says nothing where each character is a word, so ``short_words`` and
  ``long_words`` pass over texts with more than half of their words in unspaced scripts;
- the list of stop words is English, so ``no_stop_words`` looks at texts of language ``en`` only.
  Other languages have no list yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from corpusmill.quality.batch import (
    MILLION,
    Counts,
    Flags,
    TextBatch,
    Verdicts,
    millionths,
    per_text,
    runs_of,
)
from corpusmill.text.characters import LETTER, UNSPACED
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.words import Words, hash_words

SIGNALS = (
    ("words", "words of the text"),
    ("mean_word_length", "mean characters of a word, in millionths of a character"),
    ("unspaced_words", "words in scripts written without spaces, in millionths of all words"),
    ("hashes_per_word", "number signs for each word, in millionths"),
    ("ellipses_per_word", "ellipses, as one character or three dots, for each word, in millionths"),
    ("bullet_lines", "lines that start with a bullet, in millionths of all lines"),
    ("ellipsis_lines", "lines that end in an ellipsis, in millionths of all lines"),
    ("lettered_words", "words with at least one letter, in millionths of all words"),
    ("stop_words", "different English stop words found, whatever the language; a count"),
)

STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")
BULLETS = "•‣◦⁃∙▪●○■►-*"  # noqa: RUF001


@dataclass(frozen=True)
class GopherQuality:
    """The published limits. What reaches a limit keeps it."""

    min_words: int = 50
    max_words: int = 100_000
    min_mean_word_length: int = 3_000_000
    max_mean_word_length: int = 10_000_000
    max_hashes_per_word: int = 100_000
    max_ellipses_per_word: int = 100_000
    max_bullet_lines: int = 900_000
    max_ellipsis_lines: int = 300_000
    min_lettered_words: int = 800_000
    min_stop_words: int = 2


def measure_gopher_quality(batch: TextBatch, rules: GopherQuality) -> Verdicts:
    """Signals of every text, and which of the rules it breaks.

    Lines are counted as ``str.splitlines`` does at line feeds: blank ones too, but none after the
    last line feed.
    """
    signals = {**_word_signals(batch), **_symbol_signals(batch), **_line_signals(batch)}
    signals["stop_words"] = _stop_words(batch)
    ordered = {name: signals[name] for name, _ in SIGNALS}
    return Verdicts(ordered, _broken(ordered, _english(batch), rules))


def _broken(signals: dict[str, Counts], english: Flags, rules: GopherQuality) -> dict[str, Flags]:
    spaced = signals["unspaced_words"] <= MILLION // 2
    length = signals["mean_word_length"]
    return {
        "too_few_words": signals["words"] < rules.min_words,
        "too_many_words": signals["words"] > rules.max_words,
        "short_words": spaced & (length < rules.min_mean_word_length),
        "long_words": spaced & (length > rules.max_mean_word_length),
        "many_hashes": signals["hashes_per_word"] > rules.max_hashes_per_word,
        "many_ellipses": signals["ellipses_per_word"] > rules.max_ellipses_per_word,
        "bullet_lines": signals["bullet_lines"] > rules.max_bullet_lines,
        "ellipsis_lines": signals["ellipsis_lines"] > rules.max_ellipsis_lines,
        "few_lettered_words": signals["lettered_words"] < rules.min_lettered_words,
        "no_stop_words": english & (signals["stop_words"] < rules.min_stop_words),
    }


def _word_signals(batch: TextBatch) -> dict[str, Counts]:
    words = batch.words
    unspaced = (batch.kinds[words.starts] & UNSPACED) > 0
    return {
        "words": words.counts,
        "mean_word_length": millionths(words.totals(words.lengths), words.counts),
        "unspaced_words": millionths(words.totals(unspaced), words.counts),
        "lettered_words": millionths(words.totals(_lettered(batch)), words.counts),
    }


def _lettered(batch: TextBatch) -> Flags:
    """Whether each word has a letter. What stands between words never has one."""
    if not len(batch.words):
        return np.zeros(0, dtype=np.bool_)
    letters = batch.kinds & np.uint8(LETTER)
    lettered: Flags = np.bitwise_or.reduceat(letters, batch.words.starts) > 0
    return lettered


def _symbol_signals(batch: TextBatch) -> dict[str, Counts]:
    dots, lengths = runs_of(batch.points, ".")
    three = np.repeat(dots, lengths // 3)
    ellipses = per_text(batch.points, three) + batch.occurrences("…")
    return {
        "hashes_per_word": millionths(batch.occurrences("#"), batch.words.counts),
        "ellipses_per_word": millionths(ellipses, batch.words.counts),
    }


def _line_signals(batch: TextBatch) -> dict[str, Counts]:
    codes, lines = batch.points.codes, batch.lines
    bullets = np.isin(codes[lines.starts], [ord(bullet) for bullet in BULLETS])
    total = _line_count(batch)
    return {
        "bullet_lines": millionths(lines.totals(bullets), total),
        "ellipsis_lines": millionths(lines.totals(_ends_in_ellipsis(batch)), total),
    }


def _ends_in_ellipsis(batch: TextBatch) -> Flags:
    codes, ends = batch.points.codes, batch.lines.ends
    dots = batch.lines.lengths >= 3
    for back in (1, 2, 3):
        dots = dots & (codes[np.maximum(ends - back, 0)] == ord("."))
    ellipses: Flags = dots | (codes[ends - 1] == ord("…"))
    return ellipses


def _line_count(batch: TextBatch) -> Counts:
    """Lines a text, blank ones included: int64[n]."""
    unfinished = batch.characters > 0
    last = batch.points.codes[batch.points.starts[1:][unfinished] - 1]
    unfinished[unfinished] = last != ord("\n")
    lines: Counts = batch.line_feeds + unfinished
    return lines


def _stop_words(batch: TextBatch) -> Counts:
    """Different stop words a text, in small letters, capitals or with a capital: int64[n]."""
    hashes, numbers = _stop_word_hashes()
    at = np.minimum(np.searchsorted(hashes, batch.words.hashes), len(hashes) - 1)
    found = np.flatnonzero(hashes[at] == batch.words.hashes)
    seen = np.zeros((len(batch), len(STOP_WORDS)), dtype=np.int64)
    seen[batch.words.owners[found], numbers[at[found]]] = 1
    different: Counts = seen.sum(axis=1)
    return different


@cache
def _stop_word_hashes() -> tuple[NDArray[np.uint64], Counts]:
    """Ascending hashes of all spellings, and which of ``STOP_WORDS`` each one is."""
    spellings = [*STOP_WORDS, *map(str.capitalize, STOP_WORDS), *map(str.upper, STOP_WORDS)]
    points = CodePoints.of(spellings)
    hashes = hash_words(points, Words(points.starts[:-1], points.starts[1:], points.starts))
    order = np.argsort(hashes)
    return hashes[order], order % len(STOP_WORDS)


def _english(batch: TextBatch) -> Flags:
    return np.array([language == "en" for language in batch.languages], dtype=np.bool_)
