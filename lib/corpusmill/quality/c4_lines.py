"""Which lines C4 keeps (Raffel et al. 2020), read as datatrove reads it, and what removes the rest.

A line is looked at without the white space around it. It goes when it holds a word that is too long
(characters in a row without white space or unspaced script), has too few words, speaks of
JavaScript or of policies, or, where the recipe asks for it, does not end in terminal punctuation.
Words of a line are what white space separates, and the words of scripts without spaces. Phrases are
found in any ASCII case. Citation marks such as ``[12]`` go from the lines that stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex

from corpusmill.quality.batch import Counts, Flags, Limits, TextBatch
from corpusmill.quality.punctuation import PUNCTUATION, TERMINAL, marks
from corpusmill.quality.words import split
from corpusmill.text.characters import SPACE, UNSPACED, classes
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.words import Words

POLICY_PHRASES = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)
_CITATION = regex.compile(r"\[\p{Nd}*\]|\[edit\]|\[citation needed\]")
_LINE_ENDS = (".", "?", "!", '"', "'")


@dataclass(frozen=True)
class C4Lines:
    """What C4 has to say of each line of ``TextBatch.lines``: bool[lines] or int64[lines] each.

    whole       no reason yet against the line but what its words speak of
    kept        whole, and neither of JavaScript nor of policies where those are asked for
    sentences   how many the line has, citation marks left out
    citations   start and end of the citation marks of the batch: int64[marks] each
    """

    whole: Flags
    kept: Flags
    javascript: Flags
    policy: Flags
    lorem_ipsum: Flags
    curly_bracket: Flags
    sentences: Counts
    citations: tuple[Counts, Counts]


def judge_lines(batch: TextBatch, limits: Limits) -> C4Lines:
    """Hold every line against the limits of its text (``corpusmill.quality.c4.C4``)."""
    lowered = _lowered(batch)
    citations = _citations(batch)
    finished, sentences = _endings(batch), _sentences_of(batch)
    places = np.flatnonzero(_lines_at(batch, citations[0]))
    finished[places], sentences[places] = _without_citations(batch, places)
    of_line = batch.lines.owners
    demanding = limits.column("terminal_punctuation")[of_line] > 0
    whole = ~_has_long_word(batch, limits.column("max_word_length")[of_line])
    whole &= _line_words(batch) >= limits.column("min_line_words")[of_line]
    whole &= finished | ~demanding
    javascript = lines_with(batch, lowered, ["javascript"])
    policy = lines_with(batch, lowered, POLICY_PHRASES)
    kept = whole & ~(javascript & (limits.column("remove_javascript")[of_line] > 0))
    return C4Lines(
        whole=whole,
        kept=kept & ~(policy & (limits.column("remove_policy")[of_line] > 0)),
        javascript=javascript,
        policy=policy,
        lorem_ipsum=whole & lines_with(batch, lowered, ["lorem ipsum"]),
        curly_bracket=kept & _lines_at(batch, np.flatnonzero(batch.points.codes == ord("{"))),
        sentences=sentences,
        citations=citations,
    )


def removed_spans(batch: TextBatch, judged: C4Lines) -> tuple[Counts, Counts, Counts]:
    """What the line rules take out: text, start and end within it, ascending: int64[spans] each.

    A removed line goes with its line feed (the last of a text with the one before it); blank lines
    stay. Spans do not touch one another. A text of which no line would stay keeps all: whether it
    goes is not for an edit to say.
    """
    lines, starts = batch.lines, batch.points.starts
    emptied = lines.totals(judged.kept) == 0
    gone = np.flatnonzero(~judged.kept & ~emptied[lines.owners])
    marks_at, marks_to = judged.citations
    cited = _line_of(batch, marks_at)
    stays = judged.kept[cited]
    texts = np.concatenate([lines.owners[gone], lines.owners[cited[stays]]])
    heads = np.concatenate([lines.starts[gone], marks_at[stays]])
    tails = np.concatenate([lines.ends[gone], marks_to[stays]])
    tails[: len(gone)] += tails[: len(gone)] < starts[texts[: len(gone)] + 1]
    order = np.argsort(heads, kind="stable")
    texts, heads, tails = _joined(texts[order], heads[order], tails[order])
    # What ends a text has no line feed behind it that could go with it.
    feed = batch.points.codes == ord("\n")
    last = (tails == starts[texts + 1]) & (heads > starts[texts]) & ~feed[tails - 1]
    heads = heads - (last & feed[heads - 1])
    texts, heads, tails = _joined(texts, heads, tails)
    return texts, heads - starts[texts], tails - starts[texts]


def lines_with(batch: TextBatch, lowered: bytes, phrases: Sequence[str]) -> Flags:
    """Whether each line holds one of the phrases (ASCII, small letters): bool[lines]."""
    lines = batch.lines
    marked = np.zeros(len(lines) + 1, dtype=np.bool_)
    for phrase in phrases:
        found = np.array(_places(lowered, phrase.encode("ascii")), dtype=np.int64)
        line = np.searchsorted(lines.ends, found, side="right")
        # Found across the end of a text it is none: it would reach past the end of its line.
        whole = found + len(phrase) <= np.append(lines.ends, 0)[line]
        marked[line[whole]] = True
    return marked[:-1]


def _lines_at(batch: TextBatch, places: Counts) -> Flags:
    """Whether any of the places lies in each line: bool[lines]."""
    flags = np.zeros(len(batch.lines), dtype=np.bool_)
    flags[_line_of(batch, places)] = True
    return flags


def _joined(texts: Counts, heads: Counts, tails: Counts) -> tuple[Counts, Counts, Counts]:
    """Spans that touch or overlap as one."""
    if not len(heads):
        return texts, heads, tails
    opens = np.append(True, (texts[1:] != texts[:-1]) | (heads[1:] > tails[:-1]))
    first = np.flatnonzero(opens)
    return texts[first], heads[first], np.maximum.reduceat(tails, first)


def _line_of(batch: TextBatch, places: Counts) -> Counts:
    return np.searchsorted(batch.lines.ends, places, side="right")


def _lowered(batch: TextBatch) -> bytes:
    """One byte a code point: ASCII in small letters, 0 for the rest."""
    codes = batch.points.codes
    return np.where(codes < 128, codes, 0).astype(np.uint8).tobytes().lower()


def _places(lowered: bytes, phrase: bytes) -> list[int]:
    """Where the phrase, which cannot overlap itself, stands."""
    places = []
    at = lowered.find(phrase)
    while at >= 0:
        places.append(at)
        at = lowered.find(phrase, at + len(phrase))
    return places


def _has_long_word(batch: TextBatch, limit: Counts) -> Flags:
    lengths = batch.stretches.ends - batch.stretches.starts
    long = np.flatnonzero(lengths > limit.min(initial=np.iinfo(np.int64).max))
    line = _line_of(batch, batch.stretches.starts[long])
    flags = np.zeros(len(batch.lines), dtype=np.bool_)
    flags[line[lengths[long] > limit[line]]] = True
    return flags


def _line_words(batch: TextBatch) -> Counts:
    """Words of each line: int64[lines]."""
    blank = (batch.kinds & SPACE) > 0
    heads = np.append(True, blank[:-1])[: len(blank)]
    heads[batch.points.starts[:-1][batch.points.starts[:-1] < len(blank)]] = True
    unspaced = batch.words.starts[(batch.kinds[batch.words.starts] & UNSPACED) > 0]
    places = np.sort(np.concatenate([np.flatnonzero(heads & ~blank), unspaced]))
    ends, begins = (
        np.searchsorted(places, each) for each in (batch.lines.ends, batch.lines.starts)
    )
    return np.asarray(ends - begins, dtype=np.int64)


def _endings(batch: TextBatch) -> Flags:
    """Whether each line ends in terminal punctuation that is no ellipsis: bool[lines]."""
    _, tails = batch.line_text
    ends = np.isin(batch.points.codes[tails - 1], [ord(each) for each in _LINE_ENDS])
    return np.asarray(ends & ~batch.line_dots, dtype=np.bool_)


def _sentences_of(batch: TextBatch) -> Counts:
    words = Words(batch.words.starts, batch.words.ends, batch.words.first)
    return count_sentences(batch.points, words, batch.lines.ends)


def count_sentences(points: CodePoints, words: Words, line_ends: Counts) -> Counts:
    """Sentences of each line: int64[lines]; by the rule of spaCy's sentencizer.

    A line without words has none. Else one begins with the line, and with the first word that is no
    punctuation mark behind a word that is a single sentence terminal.
    """
    if not len(words):
        return np.zeros(len(line_ends), dtype=np.int64)
    bits = marks()[points.codes]
    terminal = (words.ends - words.starts == 1) & ((bits[words.starts] & TERMINAL) > 0)
    silent = ((bits & PUNCTUATION) > 0) | ((classes()[points.codes] & SPACE) > 0)
    speaking = np.flatnonzero(~np.logical_and.reduceat(silent, words.starts) & ~terminal)
    seen = np.append(0, np.cumsum(terminal))
    line = np.searchsorted(line_ends, words.starts[speaking], side="right")
    line_starts = np.append(0, line_ends[:-1])
    first, last = (np.searchsorted(words.starts, each) for each in (line_starts, line_ends))
    opening = seen[first]
    before = np.append(0, seen[speaking][:-1])[: len(speaking)]
    follows = np.append(False, line[1:] == line[:-1])[: len(speaking)]
    begins = seen[speaking] > np.where(follows, before, opening[line])
    return np.bincount(line[begins], minlength=len(line_ends)) + (last > first)


def _citations(batch: TextBatch) -> tuple[Counts, Counts]:
    codes = batch.points.codes
    nothing = np.zeros(0, dtype=np.int64)
    if not (codes == ord("[")).any():
        return nothing, nothing
    found = _CITATION.finditer(batch.points.whole)
    spans = np.array([match.span() for match in found], dtype=np.int64)
    if not len(spans):
        return nothing, nothing
    starts, ends = spans[:, 0], spans[:, 1]
    one_line = ends <= batch.lines.ends[_line_of(batch, starts)]
    return starts[one_line], ends[one_line]


def _without_citations(batch: TextBatch, places: Counts) -> tuple[Flags, Counts]:
    """Endings and sentences of some lines as they would be without their citation marks."""
    heads, tails = batch.line_text
    spans = zip(heads[places].tolist(), tails[places].tolist(), strict=True)
    bare = [_CITATION.sub("", batch.points.whole[start:end]) for start, end in spans]
    points = CodePoints.of(bare)
    languages = [batch.languages[text] for text in batch.lines.owners[places].tolist()]
    words = split(points, classes()[points.codes], languages)
    ends = points.starts[1:]
    sentences = np.zeros(len(places), dtype=np.int64)
    filled = np.flatnonzero(np.diff(points.starts) > 0)
    sentences[filled] = count_sentences(points, words, ends[filled])
    finished = [line.endswith(_LINE_ENDS) and not line.endswith("...") for line in bare]
    return np.array(finished, dtype=np.bool_), sentences
