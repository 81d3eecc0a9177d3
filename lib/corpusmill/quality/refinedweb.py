"""The line rules of RefinedWeb (Penedo et al. 2023, appendix G.2) as signals of the document.

A line is boilerplate when most of its letters are capitals, when it has digits and no letter, when
it is a counter such as ``3 likes``, when it is one word, or when it is short and asks for a click
the way pages do. A document with more than a twentieth of its words in such lines is dropped. The
phrases are English; in other languages the rest of the rules still speaks. Words of a line are
those of ``corpusmill.quality.words``, punctuation marks left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import regex

from corpusmill.quality.batch import Counts, Flags, Limits, Rule, TextBatch, millionths
from corpusmill.text.characters import CAPITAL, DIGIT, LETTER

SIGNALS = (
    ("capital_lines", "lines of letters that are mostly capitals, in millionths of the lines"),
    ("digit_lines", "lines with digits and without letters, in millionths of the lines"),
    ("counter_lines", "lines such as 3 likes, in millionths of the lines"),
    ("one_word_lines", "lines of one word, in millionths of the lines"),
    ("click_lines", "short lines that ask for a click, in millionths of the lines"),
    ("boilerplate_words", "words in any of those lines, in millionths of all words"),
)

RULES = (Rule("boilerplate_lines", "boilerplate_words", "max_boilerplate_words"),)

SHORT = 10  # words up to which a line may be one that asks for a click
_LONGEST = 120  # characters: ten words of a page's furniture have no more

_COUNTER = regex.compile(
    r"\W*[\p{Nd}][\p{Nd}.,]*\s*[km]?\s*(?:likes?|shares?|comments?|retweets?|reposts?|quotes?"
    r"|bookmarks?|upvotes?|downvotes?|downloads?|views?|followers?|replies|reply|votes?|points?)\W*",
    regex.IGNORECASE,
)
_CLICK = regex.compile(
    "|".join(
        (
            r"\W*(?:sign|log)[ -]?(?:in|up|out)\b.*",
            r".*\bread more\W*",
            r".*\b(?:see|show|view|load) (?:more|all)\W*",
            r".*\bitems? in (?:your )?(?:cart|basket)\b.*",
            r"\W*(?:click|tap) here\b.*",
            r"\W*skip to (?:main )?content\W*",
            r"\W*(?:share|follow|like) (?:this|us|on)\b.*",
            r"\W*(?:previous|next) (?:post|page|article)\W*",
            r"\W*back to top\W*",
            r"\W*leave a (?:comment|reply)\W*",
            r"\W*subscribe\b.*",
        )
    ),
    regex.IGNORECASE,
)


@dataclass(frozen=True)
class RefinedWeb:
    """The published limit, in millionths. What reaches it keeps; None is no limit."""

    max_boilerplate_words: int | None = 50_000


def measure(batch: TextBatch, _limits: Limits) -> dict[str, Counts]:
    """The signals of every text."""
    lines = batch.lines
    words = _words(batch)
    upper, letters, digits = (_per_line(batch, flags) for flags in _letters(batch))
    counter, click = _phrases(batch, words)
    kinds = {
        "capital_lines": (letters > 0) & (2 * upper > letters),
        "digit_lines": (letters == 0) & (digits > 0),
        "counter_lines": counter,
        "one_word_lines": words == 1,
        "click_lines": click,
    }
    any_of = np.logical_or.reduce(list(kinds.values()))
    return {
        **{name: millionths(lines.totals(flags), lines.counts) for name, flags in kinds.items()},
        "boilerplate_words": millionths(lines.totals(words * any_of), lines.totals(words)),
    }


def _words(batch: TextBatch) -> Counts:
    """Words of each line, punctuation marks left out: int64[lines]."""
    before = np.append(0, np.cumsum(batch.spoken))
    starts = batch.words.starts
    tails = before[np.searchsorted(starts, batch.lines.ends)]
    heads = before[np.searchsorted(starts, batch.lines.starts)]
    return np.asarray(tails - heads, dtype=np.int64)


def _letters(batch: TextBatch) -> tuple[Flags, Flags, Flags]:
    """Which code points are capitals, letters, digits."""
    return (
        (batch.kinds & CAPITAL) > 0,
        (batch.kinds & LETTER) > 0,
        (batch.kinds & DIGIT) > 0,
    )


def _per_line(batch: TextBatch, flags: Flags) -> Counts:
    before = np.zeros(len(flags) + 1, dtype=np.int64)
    np.cumsum(flags, out=before[1:])
    return np.asarray(before[batch.lines.ends] - before[batch.lines.starts], dtype=np.int64)


def _phrases(batch: TextBatch, words: Counts) -> tuple[Flags, Flags]:
    """Which lines are counters, and which ask for a click."""
    counter = np.zeros(len(batch.lines), dtype=np.bool_)
    click = counter.copy()
    heads, tails = batch.line_text
    short = np.flatnonzero((words <= SHORT) & (tails - heads <= _LONGEST))
    spans = zip(short.tolist(), heads[short].tolist(), tails[short].tolist(), strict=True)
    for line, start, end in spans:
        text = batch.points.whole[start:end]
        counter[line] = _COUNTER.fullmatch(text) is not None
        click[line] = _CLICK.fullmatch(text) is not None
    return counter, click
