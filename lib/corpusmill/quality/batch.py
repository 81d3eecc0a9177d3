"""A batch of texts as the filters read it: words, lines and paragraphs, located and hashed once.

Characters are code points throughout. White space is Unicode's White_Space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpusmill.quality.punctuation import NO_WORD, marks
from corpusmill.quality.words import split
from corpusmill.text.characters import SPACE, UNSPACED, classes
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.pieces import line_feeds, per_text, split_at
from corpusmill.text.words import Words, hash_words

MILLION = 1_000_000

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pieces:
    """Stretches of text (words, lines or paragraphs), text after text, in order.

    starts, ends  int64[pieces]   code point offsets into the batch, ``ends`` exclusive
    first         int64[n + 1]    pieces of text ``i`` are ``first[i]:first[i + 1]``
    hashes        uint64[pieces]  equal pieces, equal hashes, wherever they stand
    """

    starts: Counts
    ends: Counts
    first: Counts
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        """Number of pieces in the batch."""
        return len(self.starts)

    @property
    def counts(self) -> Counts:
        """Pieces a text: int64[n]."""
        return np.diff(self.first)

    @property
    def lengths(self) -> Counts:
        """Characters of each piece: int64[pieces]."""
        return self.ends - self.starts

    @cached_property
    def owners(self) -> Counts:
        """The text each piece belongs to: int64[pieces]."""
        return np.repeat(np.arange(len(self.first) - 1), self.counts)

    @cached_property
    def repeats(self) -> Flags:
        """Whether an equal piece came earlier in the same text: bool[pieces]."""
        order = np.lexsort((self.hashes, self.owners))
        hashes, owners = self.hashes[order], self.owners[order]
        flags = np.zeros(len(self), dtype=np.bool_)
        flags[order[1:]] = (hashes[1:] == hashes[:-1]) & (owners[1:] == owners[:-1])
        return flags

    def totals(self, values: Counts | Flags) -> Counts:
        """Sum, for each text, of a value a piece: int64[n]."""
        before = np.zeros(len(self) + 1, dtype=np.int64)
        np.cumsum(values, out=before[1:])
        return np.diff(before[self.first])


@dataclass(frozen=True)
class TextBatch:
    """n texts, taken apart.

    kinds       uint8[total]  class bits of every code point (``corpusmill.text.characters``)
    words       words and punctuation marks, as ``corpusmill.quality.words`` splits them
    lines       texts split at line feeds, blank ones left out, as they stand
    paragraphs  texts without the white space around them, split at two or more line feeds in a row,
                blank ones left out, as they stand
    languages   a language code for each text
    """

    points: CodePoints
    kinds: NDArray[np.uint8]
    words: Pieces
    lines: Pieces
    paragraphs: Pieces
    languages: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str], languages: Sequence[str]) -> TextBatch:
        """Take the texts apart. Raises ``ValueError`` unless there is one language a text."""
        if len(texts) != len(languages):
            raise ValueError(f"{len(texts)} texts, but {len(languages)} languages")
        points = CodePoints.of(texts)
        kinds = classes()[points.codes]
        inked = _inked(kinds)
        lines = _worded(split_at(points, *line_feeds(points)), inked)
        paragraphs = _bounded(points, _worded(split_at(points, *_gaps(points)), inked), inked)
        pieces = _hashed(points, split(points, kinds, languages), lines, paragraphs)
        return cls(points, kinds, *pieces, tuple(languages))

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.points)

    @property
    def characters(self) -> Counts:
        """Characters a text: int64[n]."""
        return np.diff(self.points.starts)

    @cached_property
    def line_feeds(self) -> Counts:
        """Line feeds a text: int64[n]."""
        return self.occurrences("\n")

    @cached_property
    def line_count(self) -> Counts:
        """Lines a text, blank ones too, but none behind the last line feed: int64[n]."""
        unfinished = self.characters > 0
        last = self.points.codes[self.points.starts[1:][unfinished] - 1]
        unfinished[unfinished] = last != ord("\n")
        return np.asarray(self.line_feeds + unfinished, dtype=np.int64)

    @cached_property
    def line_text(self) -> tuple[Counts, Counts]:
        """Start and end of each line without the white space around it: int64[lines] each."""
        inked = _inked(self.kinds)
        heads = np.searchsorted(inked, self.lines.starts)
        tails = np.searchsorted(inked, self.lines.ends) - 1
        return inked[heads], inked[tails] + 1

    @cached_property
    def stretches(self) -> Words:
        """What lies between white space and letters of unspaced scripts, empty stretches too."""
        gaps = np.flatnonzero(self.kinds & (SPACE | UNSPACED))
        return split_at(self.points, gaps, gaps + 1)

    @cached_property
    def line_dots(self) -> Flags:
        """Whether the text of each line ends in three dots: bool[lines]."""
        heads, tails = self.line_text
        dots = tails - heads >= 3
        for back in (1, 2, 3):
            dots = dots & (self.points.codes[np.maximum(tails - back, 0)] == ord("."))
        return np.asarray(dots, dtype=np.bool_)

    @cached_property
    def spoken(self) -> Flags:
        """Whether each word is more than punctuation: bool[words]."""
        if not len(self.words):
            return np.zeros(0, dtype=np.bool_)
        # Behind a word there is white space only, up to the next.
        silent = ((marks()[self.points.codes] & NO_WORD) > 0) | ((self.kinds & SPACE) > 0)
        return np.asarray(~np.logical_and.reduceat(silent, self.words.starts), dtype=np.bool_)

    def occurrences(self, characters: str) -> Counts:
        """How often any of the characters stands in each text: int64[n]."""
        found = self.points.codes == ord(characters[0])
        for character in characters[1:]:
            found |= self.points.codes == ord(character)
        return per_text(self.points, np.flatnonzero(found))


@dataclass(frozen=True)
class Limits:
    """What each text is held against: records of a filter's limits, most of them shared.

    of_text  int64[n]  which of the ``records`` is that of each text
    """

    records: tuple[Any, ...]
    of_text: Counts

    def column(self, name: str, off: int = 0) -> Counts:
        """One limit for each text: int64[n]; ``off`` where it is None."""
        values = [getattr(record, name) for record in self.records]
        return np.array([off if v is None else v for v in values], dtype=np.int64)[self.of_text]


@dataclass(frozen=True)
class Rule:
    """A text breaks it where ``signal`` lies below a limit ``min_...`` or above a ``max_...``."""

    name: str
    signal: str
    limit: str

    def broken(self, signals: dict[str, Counts], limits: Limits) -> Flags:
        """Which texts break it: bool[n]. A limit of None keeps all."""
        signal = signals[self.signal]
        if self.limit.startswith("min_"):
            return signal < limits.column(self.limit, off=0)
        return signal > limits.column(self.limit, off=np.iinfo(np.int64).max)


def millionths(part: Counts, whole: Counts) -> Counts:
    """``part / whole`` in millionths, rounded down; a whole of 0 counts as 1. int64 arrays."""
    return part * MILLION // np.maximum(whole, 1)


def runs_of(points: CodePoints, character: str) -> tuple[Counts, Counts]:
    """Starts and lengths of the maximal runs of a character; a run ends with its text."""
    found = np.flatnonzero(points.codes == ord(character))
    texts = np.searchsorted(points.starts, found, side="right")
    opens = (np.diff(found, prepend=-2) != 1) | (np.diff(texts, prepend=-1) != 0)
    heads = np.flatnonzero(opens)
    return found[heads], np.diff(np.append(heads, len(found)))


def _inked(kinds: NDArray[np.uint8]) -> Counts:
    """Positions of all that is no white space, ascending."""
    return np.flatnonzero((kinds & SPACE) == 0)


def _gaps(points: CodePoints) -> tuple[Counts, Counts]:
    """Where two or more line feeds stand in a row."""
    feeds, lengths = runs_of(points, "\n")
    wide = lengths > 1
    return feeds[wide], (feeds + lengths)[wide]


def _worded(pieces: Words, inked: Counts) -> Words:
    """The pieces that are not blank; ``inked`` are the positions of what is no white space."""
    kept = np.searchsorted(inked, pieces.ends) > np.searchsorted(inked, pieces.starts)
    before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return Words(pieces.starts[kept], pieces.ends[kept], before[pieces.first])


def _bounded(points: CodePoints, pieces: Words, inked: Counts) -> Words:
    """The pieces without what lies before the first or behind the last ink of their text."""
    if not len(pieces):
        return pieces
    text = np.searchsorted(points.starts, pieces.starts, side="right") - 1
    heads = inked[np.searchsorted(inked, points.starts[text])]
    tails = inked[np.searchsorted(inked, points.starts[text + 1]) - 1] + 1
    starts, ends = np.maximum(pieces.starts, heads), np.minimum(pieces.ends, tails)
    return Words(starts, ends, pieces.first)


def _hashed(
    points: CodePoints, words: Words, lines: Words, paragraphs: Words
) -> tuple[Pieces, Pieces, Pieces]:
    """The pieces with their hashes, by one pass over the characters for all three."""
    three = (words, lines, paragraphs)
    starts = np.concatenate([each.starts for each in three])
    ends = np.concatenate([each.ends for each in three])
    hashes = hash_words(points, Words(starts, ends, np.array([0, len(starts)])))
    of_words, of_lines, rest = np.split(hashes, [len(words), len(words) + len(lines)])
    return _piece(words, of_words), _piece(lines, of_lines), _piece(paragraphs, rest)


def _piece(places: Words, hashes: NDArray[np.uint64]) -> Pieces:
    return Pieces(places.starts, places.ends, places.first, hashes)
