"""Lines, paragraphs and sentences of a batch, what they say, and how they are cut out.

A line stands between line feeds, a paragraph between blank lines (white space only), a sentence
as ``sentences`` says; sentences without words are none. Units are compared in the matching form,
or with their digits and marks as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpusmill.dedup.passage_rules import LINES, PARAGRAPHS
from corpusmill.dedup.sentences import split_sentences
from corpusmill.text.characters import SPACE, classes
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.details import Details
from corpusmill.text.equals import first_equal
from corpusmill.text.hashes import mix
from corpusmill.text.matching import MatchingForm
from corpusmill.text.pieces import line_feeds, split_at
from corpusmill.text.words import Words

Offsets = NDArray[np.int64]
Flags = NDArray[np.bool_]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Units:
    """Units of one kind, text after text, in order.

    starts, ends  int64[units]   code point offsets into the batch, ``ends`` exclusive
    owners        int64[units]   the text each belongs to
    hashes        uint64[units]  equal matching forms, equal hashes
    chars         int64[units]   characters of the matching form, 0 where there is no word
    """

    starts: Offsets
    ends: Offsets
    owners: Offsets
    hashes: Hashes
    chars: Offsets

    @cached_property
    def worded(self) -> Offsets:
        """The numbers of the units that have words."""
        return np.flatnonzero(self.chars)


@dataclass(frozen=True)
class Spans:
    """Stretches of texts: the text, and start and end within it, ascending: int64[spans] each."""

    owners: Offsets
    starts: Offsets
    ends: Offsets


@dataclass(frozen=True)
class UnitBatch:
    """The texts of a batch, and the units of each kind, found when they are first asked for."""

    points: CodePoints

    @classmethod
    def of(cls, texts: Sequence[str]) -> UnitBatch:
        """Lay the texts end to end."""
        return cls(CodePoints.of(texts))

    def units(self, kind: str) -> Units:
        """Lines, paragraphs or sentences."""
        if kind == LINES:
            return self._lines
        return self._paragraphs if kind == PARAGRAPHS else self._sentences

    def exactly(self, units: Units) -> Hashes:
        """Hashes that are equal where the words are, with their digits and marks: uint64[units]."""
        return units.hashes ^ self._details.hashed(units.starts, units.ends)

    def cut(self, kind: str, gone: Flags) -> Spans:
        """What takes the flagged units out.

        Flagged units in a row go with what lies between them and the next unit; at the end of the
        text with what lies between them and the unit before. Sentences are cut so within their
        line; a line of which no sentence stays goes as a line.
        """
        units = self.units(kind)
        if kind in (LINES, PARAGRAPHS):
            return self._spans(*_cut(units, units.owners, gone))
        lines = self._lines
        line = np.searchsorted(lines.starts, units.starts, side="right") - 1
        whole = np.bincount(line, minlength=len(lines.starts)) > 0
        whole[line[~gone]] = False
        of_lines = _cut(lines, lines.owners, whole)
        of_sentences = _cut(units, line, gone & ~whole[line])
        starts, ends = (np.concatenate(pair) for pair in zip(of_lines, of_sentences, strict=True))
        return self._spans(np.sort(starts), np.sort(ends))

    def _spans(self, starts: Offsets, ends: Offsets) -> Spans:
        owners = np.searchsorted(self.points.starts, starts, side="right") - 1
        base = self.points.starts[owners]
        return Spans(owners, starts - base, ends - base)

    @cached_property
    def _form(self) -> MatchingForm:
        return MatchingForm.of(self.points)

    @cached_property
    def _details(self) -> Details:
        return Details.of(self.points)

    @cached_property
    def _lines(self) -> Units:
        return self._of(split_at(self.points, *line_feeds(self.points)))

    @cached_property
    def _paragraphs(self) -> Units:
        lines = self._lines
        ink = np.flatnonzero((classes()[self.points.codes] & SPACE) == 0)
        filled = np.searchsorted(ink, lines.ends) > np.searchsorted(ink, lines.starts)
        same = np.append(False, lines.owners[1:] == lines.owners[:-1])[: len(filled)]
        joined = filled & np.append(False, filled[:-1])[: len(filled)] & same
        opens = np.flatnonzero(filled & ~joined)
        closes = np.flatnonzero(filled & ~np.append(joined[1:], False))
        return self._hashed(lines.starts[opens], lines.ends[closes], lines.owners[opens])

    @cached_property
    def _sentences(self) -> Units:
        found = self._of(split_sentences(self.points))
        kept = found.worded
        places = (found.starts[kept], found.ends[kept], found.owners[kept])
        return Units(*places, found.hashes[kept], found.chars[kept])

    def _of(self, found: Words) -> Units:
        owners = np.repeat(np.arange(len(self.points)), found.counts())
        return self._hashed(found.starts, found.ends, owners)

    def _hashed(self, starts: Offsets, ends: Offsets, owners: Offsets) -> Units:
        return Units(starts, ends, owners, *self._form.hashed(starts, ends))


def said_before(owners: Offsets, hashes: Hashes) -> Flags:
    """Whether an equal hash came earlier in the same text: bool[n]."""
    keys = hashes ^ mix(owners.astype(np.uint64))
    return first_equal(keys) < np.arange(len(keys))


def _cut(units: Units, within: Offsets, gone: Flags) -> tuple[Offsets, Offsets]:
    """Start and end of what goes, where ``within`` says which units hang together."""
    same = within[1:] == within[:-1]
    first = np.flatnonzero(gone & ~np.append(False, gone[:-1] & same)[: len(gone)])
    last = np.flatnonzero(gone & ~np.append(gone[1:] & same, False)[: len(gone)])
    after, before = np.append(same, False)[last], np.append(False, same)[first]
    following = units.starts[np.minimum(last + 1, len(gone) - 1)]
    at_end = ~after & before
    return (
        np.where(at_end, units.ends[first - 1], units.starts[first]),
        np.where(after, following, units.ends[last]),
    )
