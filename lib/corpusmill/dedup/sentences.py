"""Where sentences are, by rules that read the same in every language.

A sentence ends with its line, or with a sentence terminal (Unicode's Sentence_Terminal) and the
closing marks behind it: after ``.``, ``!`` and ``?`` only where white space follows, after others
(``。``, ``।`` and so on) wherever they stand. So ``3.14`` is no end, and ``Mr. Hill`` is one: what
matters is that equal stretches are cut alike.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import CODE_POINTS, SPACE, classes, codes_of
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.pieces import split_at
from corpusmill.text.words import Words

_TERMINAL = 1
_CLOSING = 2
_ANYWHERE = 4  # a terminal that needs no white space behind it
_CLOSERS = 8  # marks looked at behind a terminal

Offsets = NDArray[np.int64]


def split_sentences(points: CodePoints) -> Words:
    """The sentences of every text, in order, without the white space between them.

    Some are empty: before white space that a text begins with, and behind what it ends with.
    """
    blank_starts, blank_ends = _blanks(points)
    feeds = np.flatnonzero(points.codes == ord("\n"))
    ends_line = np.searchsorted(feeds, blank_ends) > np.searchsorted(feeds, blank_starts)
    at_edge = np.isin(blank_starts, points.starts) | np.isin(blank_ends, points.starts)
    gap = ends_line | at_edge | _finished(points, blank_starts)
    bare = _bare_ends(points)
    return split_at(
        points,
        np.sort(np.concatenate([blank_starts[gap], bare])),
        np.sort(np.concatenate([blank_ends[gap], bare])),
    )


@cache
def _marks() -> NDArray[np.uint8]:
    """Bits of each code point: uint8[0x110000]."""
    table = np.zeros(CODE_POINTS, dtype=np.uint8)
    for bit, pattern in (
        (_TERMINAL, r"\p{Sentence_Terminal}"),
        (_CLOSING, r"[\p{Pe}\p{Pf}\"']"),
        (_ANYWHERE, r"[\p{Sentence_Terminal}--[.!?]]"),
    ):
        table[codes_of(pattern)] |= bit
    return table


def _blanks(points: CodePoints) -> tuple[Offsets, Offsets]:
    """Starts and ends of the maximal runs of white space within a text."""
    blank = np.append((classes()[points.codes] & SPACE) > 0, False)
    edge = np.zeros(len(blank), dtype=np.bool_)
    edge[points.starts] = True
    behind = np.append(False, blank[:-1])
    starts = np.flatnonzero(blank & (edge | ~behind))
    ends = np.flatnonzero(behind & (edge | ~blank))
    return starts, ends


def _finished(points: CodePoints, places: Offsets) -> NDArray[np.bool_]:
    """Whether what stands before each place ends with a terminal and its closing marks."""
    first = points.starts[np.searchsorted(points.starts, places, side="right") - 1]
    bits = _marks()[points.codes]
    last = places - 1
    for _ in range(_CLOSERS):
        last = last - ((last >= first) & ((bits[last] & _CLOSING) > 0))
    return (last >= first) & ((bits[last] & _TERMINAL) > 0)


def _bare_ends(points: CodePoints) -> Offsets:
    """Ends of sentences that neither white space nor the end of the text follows."""
    bits = _marks()[points.codes]
    found = np.flatnonzero(bits & _ANYWHERE)
    end = points.starts[np.searchsorted(points.starts, found, side="right")]
    places = found + 1
    for _ in range(_CLOSERS):
        at = bits[np.minimum(places, len(bits) - 1)]
        places = places + ((places < end) & ((at & (_CLOSING | _TERMINAL)) > 0))
    inside = places < end
    places = np.unique(places[inside])
    silent = (classes()[points.codes[places]] & SPACE) | (bits[places] & (_CLOSING | _TERMINAL))
    bare: Offsets = places[silent == 0]
    return bare
