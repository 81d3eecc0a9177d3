"""The quality rules of the Gopher paper (Rae et al. 2021, table A1), read as datatrove reads them.

Ratios and limits are in millionths, and the rules read the signals, so that whoever has the signals
can hold them against other limits. Where there is no word or line, ratios are taken over one.
Words are those of ``corpusmill.quality.words``; what is made of punctuation only is a mark.

Two rules do not apply everywhere:
- the mean word length says nothing where words are not seen, so ``short_words`` and ``long_words``
  pass over texts with more than half of their words in scripts written without spaces;
- ``no_stop_words`` is asked of languages that have a list. English has that of the paper; others
  get theirs from the preset ``fineweb2`` or from the recipe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpusmill.quality.batch import (
    MILLION,
    Counts,
    Flags,
    Limits,
    Rule,
    TextBatch,
    millionths,
    runs_of,
)
from corpusmill.text.characters import LETTER, UNSPACED, classes
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.pieces import per_text
from corpusmill.text.words import Words, hash_words

SIGNALS = (
    ("words", "words of the text, punctuation marks left out"),
    ("words_and_marks", "words and punctuation marks of the text"),
    ("mean_word_length", "mean characters of a word, in millionths of a character"),
    ("unspaced_words", "words in scripts written without spaces, in millionths of all words"),
    ("hashes_per_word", "number signs for each word or mark, in millionths"),
    (
        "ellipses_per_word",
        "ellipses, as one character or three dots, for each word or mark, in millionths",
    ),
    ("bullet_lines", "lines that start with a bullet, in millionths of all lines"),
    ("ellipsis_lines", "lines that end in an ellipsis, in millionths of all lines"),
    ("lettered_words", "words with at least one letter, in millionths of all words and marks"),
    ("stop_words", "different stop words of its language found in the text; a count"),
)

RULES = (
    Rule("too_few_words", "words", "min_words"),
    Rule("too_many_words", "words", "max_words"),
    Rule("short_words", "mean_word_length", "min_mean_word_length"),
    Rule("long_words", "mean_word_length", "max_mean_word_length"),
    Rule("many_hashes", "hashes_per_word", "max_hashes_per_word"),
    Rule("many_ellipses", "ellipses_per_word", "max_ellipses_per_word"),
    Rule("bullet_lines", "bullet_lines", "max_bullet_lines"),
    Rule("ellipsis_lines", "ellipsis_lines", "max_ellipsis_lines"),
    Rule("few_lettered_words", "lettered_words", "min_lettered_words"),
    Rule("no_stop_words", "stop_words", "min_stop_words"),
)

ENGLISH_STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")
BULLETS = "•-"


@dataclass(frozen=True)
class GopherQuality:
    """The published limits. What reaches a limit keeps it; None is no limit.

    ``stop_words`` are spelled as they count: capitals are other words.
    """

    min_words: int | None = 50
    max_words: int | None = 100_000
    min_mean_word_length: int | None = 3_000_000
    max_mean_word_length: int | None = 10_000_000
    max_hashes_per_word: int | None = 100_000
    max_ellipses_per_word: int | None = 100_000
    max_bullet_lines: int | None = 900_000
    max_ellipsis_lines: int | None = 300_000
    min_lettered_words: int | None = 800_000
    min_stop_words: int | None = 2
    stop_words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for number, word in enumerate(self.stop_words):
            if len(word.split()) != 1 or word != word.strip():
                raise ValueError(f"stop_words[{number}]: must be one word")


def measure(batch: TextBatch, limits: Limits) -> dict[str, Counts]:
    """The signals of every text.

    Lines are counted as ``str.splitlines`` does at line feeds: blank ones too, but none after the
    last line feed.
    """
    signals = {**_word_signals(batch), **_symbol_signals(batch), **_line_signals(batch)}
    signals["stop_words"] = _stop_words(batch, limits)
    return {name: signals[name] for name, _ in SIGNALS}


def applies(rule: Rule, signals: dict[str, Counts], limits: Limits) -> Flags | None:
    """Where a rule has something to say: bool[n], or None for everywhere."""
    if rule.signal == "mean_word_length":
        return signals["unspaced_words"] <= MILLION // 2
    if rule.signal == "stop_words":
        listed = np.array([bool(record.stop_words) for record in limits.records])
        return np.asarray(listed[limits.of_text], dtype=np.bool_)
    return None


def _word_signals(batch: TextBatch) -> dict[str, Counts]:
    words = batch.words
    word = batch.spoken
    unspaced = (batch.kinds[words.starts] & UNSPACED) > 0
    counts = words.totals(word)
    return {
        "words": counts,
        "words_and_marks": words.counts,
        "mean_word_length": millionths(words.totals(words.lengths * word), counts),
        "unspaced_words": millionths(words.totals(unspaced), counts),
        "lettered_words": millionths(words.totals(_lettered(batch)), words.counts),
    }


def _lettered(batch: TextBatch) -> Flags:
    """Whether each word has a letter. What stands between words never has one."""
    if not len(batch.words):
        return np.zeros(0, dtype=np.bool_)
    letters = (batch.kinds & LETTER) > 0
    return np.asarray(np.logical_or.reduceat(letters, batch.words.starts), dtype=np.bool_)


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
    heads, tails = batch.line_text
    bullets = np.isin(codes[heads], [ord(bullet) for bullet in BULLETS])
    total = batch.line_count
    return {
        "bullet_lines": millionths(lines.totals(bullets), total),
        "ellipsis_lines": millionths(
            lines.totals(batch.line_dots | (codes[tails - 1] == ord("…"))), total
        ),
    }


def _stop_words(batch: TextBatch, limits: Limits) -> Counts:
    """Different words of each text's own list that it has: int64[n]."""
    found = np.zeros(len(batch), dtype=np.int64)
    for number, record in enumerate(limits.records):
        spaced = [word for word in record.stop_words if not _is_unspaced(word)]
        asked = limits.of_text == number
        if spaced:
            found += _different(batch, spaced, asked)
        for word in sorted(set(record.stop_words) - set(spaced)):
            found[asked] += _holds(batch, np.flatnonzero(asked), word)
    return found


def _different(batch: TextBatch, stop_words: Sequence[str], asked: Flags) -> Counts:
    """How many of the words each text that is ``asked`` has, 0 for the others: int64[n]."""
    points = CodePoints.of(sorted(set(stop_words)))
    hashes = hash_words(points, Words(points.starts[:-1], points.starts[1:], points.starts))
    order = np.argsort(hashes)
    own = np.flatnonzero(asked[batch.words.owners])
    at = np.minimum(np.searchsorted(hashes[order], batch.words.hashes[own]), len(hashes) - 1)
    hit = hashes[order][at] == batch.words.hashes[own]
    seen = np.zeros((len(batch), len(hashes)), dtype=np.int64)
    seen[batch.words.owners[own[hit]], at[hit]] = 1
    different: Counts = seen.sum(axis=1)
    return different


def _is_unspaced(word: str) -> bool:
    return any(classes()[ord(character)] & UNSPACED for character in word)


def _holds(batch: TextBatch, texts: Counts, word: str) -> Counts:
    """Whether the characters of ``word`` stand together in each text: its script shows no words."""
    starts, codes = batch.points.starts, batch.points.codes
    pattern = np.frombuffer(word.encode("utf-32-le"), dtype="<u4")
    heads = np.flatnonzero(codes[: max(0, len(codes) - len(pattern) + 1)] == pattern[0])
    for n, code in enumerate(pattern[1:].tolist(), start=1):
        heads = heads[codes[heads + n] == code]
    inside = np.searchsorted(starts, heads, "right") == np.searchsorted(
        starts, heads + len(pattern) - 1, "right"
    )
    return (per_text(batch.points, heads[inside]) > 0)[texts].astype(np.int64)
