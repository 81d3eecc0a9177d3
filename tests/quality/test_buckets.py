"""Cuts of quality buckets, held against a slow count over documents one by one."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from corpusmill.quality.buckets import BUCKETS, fit_cuts


def fitted(pairs):
    scores, characters = zip(*pairs, strict=True) if pairs else ((), ())
    return fit_cuts(np.array(scores, np.int64), np.array(characters, np.int64))


def slow_cuts(pairs):
    """By the definition, each cut tried over all scores."""
    total = sum(characters for _, characters in pairs)

    def share(cut):
        return Fraction(sum(characters for score, characters in pairs if score <= cut), total)

    return [
        min(score for score, _ in pairs if share(score) >= Fraction(k, BUCKETS))
        for k in range(1, BUCKETS)
    ]


def bucket(score, cuts):
    return sum(score >= cut for cut in cuts)


CORPORA = {
    "one score": [(500_000, 7)],
    "two halves": [(1, 10), (2, 10)],
    "fewer scores than buckets": [(3, 5), (9, 1), (4, 2), (7, 2)],
    "as many as buckets": [(n * 11, 3) for n in range(BUCKETS)],
    "a heavy tie at the end": [(n, 1) for n in range(50)] + [(1_000_000, 900)],
    "a heavy tie at the start": [(0, 900)] + [(n, 1) for n in range(1, 50)],
    "some without characters": [(1, 0), (2, 5), (3, 0), (4, 5), (5, 0)],
    "large": [(n, 10**12 + n) for n in range(1_000)],
}


@pytest.mark.parametrize("name", CORPORA)
def test_cuts_are_those_of_the_definition_in_any_order(name):
    pairs = list(CORPORA[name])
    expected = slow_cuts(pairs)

    for seed in range(3):
        random.Random(seed).shuffle(pairs)
        assert fitted(pairs) == expected


@pytest.mark.parametrize("seed", range(20))
def test_cuts_of_random_weights_are_those_of_the_definition(seed):
    draw = random.Random(seed)
    scores = draw.sample(range(1_000_001), draw.randint(1, 80))
    pairs = [(score, draw.choice((0, 1, 2, 5_000))) for score in scores] + [(-1, 1)]

    assert fitted(pairs) == slow_cuts(pairs)


@pytest.mark.parametrize("name", CORPORA)
def test_the_best_score_is_in_the_last_bucket_and_cuts_rise(name):
    pairs = CORPORA[name]
    cuts = fitted(pairs)

    best = max(score for score, characters in pairs if characters)
    assert len(cuts) == BUCKETS - 1
    assert cuts == sorted(cuts)
    assert bucket(best, cuts) == BUCKETS - 1


def test_buckets_of_many_documents_hold_equal_shares_of_the_characters():
    draw = random.Random(1)
    pairs = [(score, draw.randint(100, 9_000)) for score in range(0, 1_000_000, 50)]
    cuts = fitted(pairs)
    held = [0] * BUCKETS

    for score, characters in pairs:
        held[bucket(score, cuts)] += characters

    total = sum(held)
    assert max(held) - min(held) <= 2 * 9_000
    assert all(abs(share - total / BUCKETS) <= 2 * 9_000 for share in held)


@pytest.mark.parametrize("pairs", [[], [(5, 0)]])
def test_there_are_no_cuts_where_there_are_no_characters(pairs):
    assert fitted(pairs) == []
