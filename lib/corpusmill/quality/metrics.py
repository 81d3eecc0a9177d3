"""How well a score tells good from bad: exact counts, and ratios in millionths."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 20  # documents of a label below which nothing is measured

Labels = NDArray[np.bool_]
Scores = NDArray[np.int64]


@dataclass(frozen=True)
class Point:
    """What a cut does: documents that score at least ``cut``, as counts and in millionths.

    ``share`` is the kept share of all documents, ``precision`` the good share of the kept (None:
    nothing is kept), ``recall`` the kept share of the good.
    """

    cut: int
    kept: int
    share: int
    precision: int | None
    recall: int


@dataclass(frozen=True)
class Ranking:
    """How well a score orders documents, whatever the cut, in millionths."""

    roc_auc: int
    average_precision: int


@dataclass(frozen=True)
class Measured:
    """A model on documents that it was not trained on, beside the length of the text alone."""

    positive: int
    negative: int
    model: Ranking
    length: Ranking
    thresholds: tuple[Point, ...]
    precision_recall: tuple[Point, ...]


def measure(labels: Labels, scores: Scores, chars: Scores, cuts: Iterable[int]) -> Measured | None:
    """All that is said of held-back documents; None where a label has fewer than ``LEAST``.

    The table of thresholds has the cuts that keep one to nine tenths, and the given ones.
    """
    positive = int(labels.sum())
    negative = len(labels) - positive
    if min(positive, negative) < LEAST:
        return None
    found = Curve(labels, scores)
    return Measured(
        positive,
        negative,
        Ranking(roc_auc(labels, scores), found.average_precision()),
        Ranking(roc_auc(labels, chars), Curve(labels, chars).average_precision()),
        tuple(found.point(cut) for cut in sorted({*found.tenths(), *cuts}, reverse=True)),
        tuple(found.by_recall()),
    )


def roc_auc(labels: Labels, scores: Scores) -> int:
    """How often a good document scores above a bad one, ties counted as half, in millionths.

    By ranks: those of a tie are the mean of theirs. Both labels have to be there.
    """
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    twice_rank = (2 * last - count + 1)[place]
    positive = int(labels.sum())
    negative = len(labels) - positive
    twice_above = int(twice_rank[labels].sum()) - positive * (positive + 1)
    return _millionths(twice_above, 2 * positive * negative)


class Curve:
    """Kept documents, and good ones among them, for every cut that differs, highest first."""

    def __init__(self, labels: Labels, scores: Scores) -> None:
        """One label and one score for each document; at least one of them good."""
        cuts, place = np.unique(scores, return_inverse=True)
        good = np.bincount(place[labels], minlength=len(cuts))
        self._cuts = cuts[::-1]
        self._kept = np.bincount(place, minlength=len(cuts))[::-1].cumsum()
        self._right = good[::-1].cumsum()

    def average_precision(self) -> int:
        """Precision at each cut, weighted by the recall it adds, in millionths."""
        added = np.diff(self._right, prepend=0)
        parts = added * (self._right / self._kept)
        return round(math.fsum(parts.tolist()) / int(self._right[-1]) * 1_000_000)

    def point(self, cut: int) -> Point:
        """What a cut does, whether or not a document scores exactly that."""
        above = int(np.searchsorted(-self._cuts, -cut, side="right"))
        kept, right = (int(n[above - 1]) if above else 0 for n in (self._kept, self._right))
        return Point(
            int(cut),
            kept,
            _millionths(kept, int(self._kept[-1])),
            _millionths(right, kept) if kept else None,
            _millionths(right, int(self._right[-1])),
        )

    def tenths(self) -> list[int]:
        """The highest cuts that keep at least one, two ... nine tenths of the documents."""
        return self._reaching(self._kept, 10)[:-1]

    def by_recall(self) -> list[Point]:
        """Precision and recall at the highest cuts that reach each hundredth of recall."""
        return [self.point(cut) for cut in dict.fromkeys(self._reaching(self._right, 100))]

    def _reaching(self, counts: NDArray[np.int64], parts: int) -> list[int]:
        """The highest cut at which a growing count reaches each part of its end."""
        wanted = [-(-int(counts[-1]) * part // parts) for part in range(1, parts + 1)]
        return [int(cut) for cut in self._cuts[np.searchsorted(counts, wanted)]]


def _millionths(part: int, whole: int) -> int:
    """The nearest millionth; halves go up."""
    return (2_000_000 * part + whole) // (2 * whole)
