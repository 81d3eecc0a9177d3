"""The rules of C4 (Raffel et al. 2020) for whole documents, read as datatrove reads them.

Lines that C4 removes (``corpusmill.quality.c4_lines``) hold no sentences and speak for nothing,
but stay in the text: only the recipe's ``quality.remove_lines`` takes them out. Brackets and
lorem ipsum in lines that go count as little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corpusmill.quality.batch import Counts, Limits, Rule, TextBatch
from corpusmill.quality.c4_lines import judge_lines

SIGNALS = (
    ("sentences", "sentences in the lines that C4 keeps"),
    ("removed_lines", "lines, blank ones apart, that C4 removes"),
    ("lorem_ipsum", "lines with the words lorem ipsum, of those with enough words"),
    ("curly_brackets", "lines with a curly bracket, of those with enough words"),
    ("longest_word", "most characters in a row without white space or unspaced script"),
    ("javascript_lines", "lines with the word JavaScript"),
    ("policy_lines", "lines about terms of use, privacy or cookies"),
)

RULES = (
    Rule("too_few_sentences", "sentences", "min_sentences"),
    Rule("lorem_ipsum", "lorem_ipsum", "max_lorem_ipsum"),
    Rule("curly_bracket", "curly_brackets", "max_curly_brackets"),
)


@dataclass(frozen=True)
class C4:
    """The published limits, FineWeb's way: lines need no terminal punctuation.

    What reaches a limit keeps it; None is no limit. The last five say which lines are removed.
    """

    min_sentences: int | None = 5
    max_lorem_ipsum: int | None = 0
    max_curly_brackets: int | None = 0
    min_line_words: int = 3
    max_word_length: int = 1_000
    terminal_punctuation: bool = False
    remove_javascript: bool = True
    remove_policy: bool = True


def measure(batch: TextBatch, limits: Limits) -> dict[str, Counts]:
    """The signals of every text."""
    judged, lines = judge_lines(batch, limits), batch.lines
    return {
        "sentences": lines.totals(judged.sentences * judged.kept),
        "removed_lines": lines.totals(~judged.kept),
        "lorem_ipsum": lines.totals(judged.lorem_ipsum),
        "curly_brackets": lines.totals(judged.curly_bracket),
        "longest_word": _longest_word(batch),
        "javascript_lines": lines.totals(judged.javascript),
        "policy_lines": lines.totals(judged.policy),
    }


def _longest_word(batch: TextBatch) -> Counts:
    """Most characters between two gaps of each text: int64[n]."""
    if not len(batch):
        return np.zeros(0, dtype=np.int64)
    runs = batch.stretches
    return np.maximum.reduceat(runs.ends - runs.starts, runs.first[:-1])
