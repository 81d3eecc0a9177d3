"""A batch of texts as the filters read it: words, lines and paragraphs, located and hashed once.

Characters are code points throughout. White space is Unicode's White_Space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import SPACE, classes
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.words import Words, hash_words, split_words

MILLION = 1_000_000

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Verdicts:
    """What one filter found in a batch of n texts.

    signals  name -> int64[n]  counts as they are, ratios in millionths, rounded down
    broken   rule -> bool[n]   in the filter's declared order
    """

    signals: dict[str, Counts]
    broken: dict[str, Flags]


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
    words       words of the corpusmill splitter; punctuation is none
    lines       texts split at line feeds, stripped, blank ones left out
    paragraphs  texts split at two or more line feeds in a row, stripped, blank ones left out
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
        inked = np.flatnonzero((kinds & SPACE) == 0)
        lines = _stripped(_lines(points), inked)
        paragraphs = _stripped(_paragraphs(points), inked)
        pieces = _hashed(points, split_words(points), lines, paragraphs)
        return cls(points, kinds, *pieces, tuple(languages))

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.points)

    @property
    def characters(self) -> Counts:
        """Characters a text: int64[n]."""
        return np.diff(self.points.starts)

    @property
    def line_feeds(self) -> Counts:
        """Line feeds a text: int64[n]."""
        return self.occurrences("\n")

    def occurrences(self, characters: str) -> Counts:
        """How often any of the characters stands in each text: int64[n]."""
        found = np.flatnonzero(np.isin(self.points.codes, [ord(each) for each in characters]))
        return per_text(self.points, found)


def millionths(part: Counts, whole: Counts) -> Counts:
    """``part / whole`` in millionths, rounded down; a whole of 0 counts as 1. int64 arrays."""
    return part * MILLION // np.maximum(whole, 1)


def per_text(points: CodePoints, positions: Counts) -> Counts:
    """How many of the ascending ``positions`` lie in each text: int64[n]."""
    return np.diff(np.searchsorted(positions, points.starts))


def runs_of(points: CodePoints, character: str) -> tuple[Counts, Counts]:
    """Starts and lengths of the maximal runs of a character; a run ends with its text."""
    found = np.flatnonzero(points.codes == ord(character))
    texts = np.searchsorted(points.starts, found, side="right")
    opens = (np.diff(found, prepend=-2) != 1) | (np.diff(texts, prepend=-1) != 0)
    heads = np.flatnonzero(opens)
    return found[heads], np.diff(np.append(heads, len(found)))


def split_at(points: CodePoints, gap_starts: Counts, gap_ends: Counts) -> Words:
    """What lies between the gaps of each text: one piece more than it has gaps, empty ones too.

    Gaps are ascending, do not overlap and lie each within one text.
    """
    starts = np.sort(np.concatenate([points.starts[:-1], gap_ends]), kind="stable")
    ends = np.sort(np.concatenate([gap_starts, points.starts[1:]]), kind="stable")
    counts = per_text(points, gap_starts) + 1
    return Words(starts, ends, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def _lines(points: CodePoints) -> Words:
    feeds = np.flatnonzero(points.codes == ord("\n"))
    return split_at(points, feeds, feeds + 1)


def _paragraphs(points: CodePoints) -> Words:
    feeds, lengths = runs_of(points, "\n")
    wide = lengths > 1
    return split_at(points, feeds[wide], (feeds + lengths)[wide])


def _stripped(pieces: Words, inked: Counts) -> Words:
    """The pieces without white space at either end, blank ones left out.

    ``inked`` are the positions of all characters that are not white space.
    """
    head = np.searchsorted(inked, pieces.starts)
    stop = np.searchsorted(inked, pieces.ends)
    kept = stop > head
    before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return Words(inked[head[kept]], inked[stop[kept] - 1] + 1, before[pieces.first])


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
