"""Texts of a batch cut at gaps: the step that lines, paragraphs and sentences have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.codepoints import CodePoints
from corpusmill.text.words import Words

Offsets = NDArray[np.int64]


def per_text(points: CodePoints, positions: Offsets) -> Offsets:
    """How many of the ascending ``positions`` lie in each text: int64[n]."""
    return np.diff(np.searchsorted(positions, points.starts))


def split_at(points: CodePoints, gap_starts: Offsets, gap_ends: Offsets) -> Words:
    """What lies between the gaps of each text: one piece more than it has gaps, empty ones too.

    Gaps are ascending, do not overlap and lie each within one text.
    """
    starts = np.sort(np.concatenate([points.starts[:-1], gap_ends]), kind="stable")
    ends = np.sort(np.concatenate([gap_starts, points.starts[1:]]), kind="stable")
    counts = per_text(points, gap_starts) + 1
    return Words(starts, ends, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def line_feeds(points: CodePoints) -> tuple[Offsets, Offsets]:
    """The gaps between lines."""
    feeds = np.flatnonzero(points.codes == ord("\n"))
    return feeds, feeds + 1
