"""Ratios against slow counts over all pairs, and what a cut does against counting."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest

from corpusmill.quality.metrics import LEAST, Curve, measure, roc_auc


def drawn(seed: int) -> tuple[list[bool], list[int]]:
    """Labels and scores with ties, of both labels; sizes and mixtures differ by seed."""
    draw = random.Random(seed)
    count, most = draw.randint(2, 60), draw.choice([1, 3, 10, 1_000_000])
    labels = [True, False, *(draw.random() < 0.5 for _ in range(count))]
    return labels, [draw.randint(0, most) + label * draw.randint(0, 2) for label in labels]


def arrays(labels: list[bool], scores: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(labels, dtype=np.bool_), np.array(scores, dtype=np.int64)


def nearest(value: Fraction) -> int:
    return int(value * 1_000_000 + Fraction(1, 2))


def auc_by_pairs(labels: list[bool], scores: list[int]) -> Fraction:
    good = [s for s, is_good in zip(scores, labels, strict=True) if is_good]
    bad = [s for s, is_good in zip(scores, labels, strict=True) if not is_good]
    wins = sum(2 * (g > b) + (g == b) for g, b in itertools.product(good, bad))
    return Fraction(wins, 2 * len(good) * len(bad))


def average_precision_by_cuts(labels: list[bool], scores: list[int]) -> Fraction:
    total, before = Fraction(0), Fraction(0)
    for cut in sorted(set(scores), reverse=True):
        kept = [is_good for s, is_good in zip(scores, labels, strict=True) if s >= cut]
        recall = Fraction(sum(kept), sum(labels))
        total, before = total + (recall - before) * Fraction(sum(kept), len(kept)), recall
    return total


@pytest.mark.parametrize("seed", range(40))
def test_areas_are_those_of_counting_over_all_pairs_and_cuts(seed: int) -> None:
    labels, scores = drawn(seed)

    assert roc_auc(*arrays(labels, scores)) == nearest(auc_by_pairs(labels, scores))
    found = Curve(*arrays(labels, scores)).average_precision()
    assert abs(found - average_precision_by_cuts(labels, scores) * 1_000_000) <= 0.5


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_documents_does_not_matter(seed: int) -> None:
    labels, scores = drawn(seed)
    pairs = list(zip(labels, scores, strict=True))
    random.Random(seed).shuffle(pairs)
    again = arrays([label for label, _ in pairs], [score for _, score in pairs])

    assert roc_auc(*again) == roc_auc(*arrays(labels, scores))
    assert Curve(*again).by_recall() == Curve(*arrays(labels, scores)).by_recall()


@pytest.mark.parametrize(
    ("scores", "area"), [([3, 2, 1, 0], 1_000_000), ([0, 1, 2, 3], 0), ([5, 5, 5, 5], 500_000)]
)
def test_the_area_of_perfect_reversed_and_blind_scores(scores: list[int], area: int) -> None:
    assert roc_auc(*arrays([True, True, False, False], scores)) == area


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("cut", [0, 1, 2, 7, 500_000, 2_000_000])
def test_a_cut_keeps_what_scores_as_much(seed: int, cut: int) -> None:
    labels, scores = drawn(seed)
    kept = [is_good for s, is_good in zip(scores, labels, strict=True) if s >= cut]

    point = Curve(*arrays(labels, scores)).point(cut)

    assert (point.cut, point.kept) == (cut, len(kept))
    assert point.share == nearest(Fraction(len(kept), len(labels)))
    assert point.recall == nearest(Fraction(sum(kept), sum(labels)))
    assert point.precision == (nearest(Fraction(sum(kept), len(kept))) if kept else None)


@pytest.mark.parametrize("seed", range(10))
def test_the_cut_of_a_tenth_is_the_highest_that_keeps_as_much(seed: int) -> None:
    labels, scores = drawn(seed)

    for tenth, cut in enumerate(Curve(*arrays(labels, scores)).tenths(), 1):
        keeping = {c for c in scores if 10 * sum(s >= c for s in scores) >= tenth * len(scores)}
        assert cut == max(keeping)


def test_recall_grows_to_all_of_the_good_in_at_most_a_hundred_steps() -> None:
    labels, scores = arrays([n % 3 > 0 for n in range(3_000)], list(range(3_000)))

    points = Curve(labels, scores).by_recall()

    assert len(points) == 100
    assert [p.recall for p in points] == sorted({p.recall for p in points})
    assert points[-1].recall == 1_000_000


def test_a_measure_holds_the_length_alone_and_the_cuts_asked_for() -> None:
    labels = np.array([True] * LEAST + [False] * LEAST)
    scores = np.arange(2 * LEAST, dtype=np.int64)[::-1] * 1_000
    chars = np.full(2 * LEAST, 7, dtype=np.int64)

    found = measure(labels, scores, chars, [18_112])

    assert found is not None
    assert (found.positive, found.negative) == (LEAST, LEAST)
    assert (found.model.roc_auc, found.length.roc_auc) == (1_000_000, 500_000)
    assert found.length.average_precision == 500_000
    assert 18_112 in [point.cut for point in found.thresholds]
    assert [p.cut for p in found.thresholds] == sorted(
        (p.cut for p in found.thresholds), reverse=True
    )


@pytest.mark.parametrize(("good", "bad"), [(LEAST - 1, 500), (500, LEAST - 1), (0, 0)])
def test_too_few_documents_of_a_label_are_not_measured(good: int, bad: int) -> None:
    labels = np.array([True] * good + [False] * bad, dtype=np.bool_)
    scores = np.arange(good + bad, dtype=np.int64)

    assert measure(labels, scores, scores, []) is None
