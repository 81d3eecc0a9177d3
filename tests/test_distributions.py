"""Percentiles and spreads, held against counting one value after the other."""

from __future__ import annotations

import hashlib
import random
from itertools import pairwise

import numpy as np
import pytest

from corpusmill import distributions as module
from corpusmill.contracts import contract
from corpusmill.distributions import (
    PERCENTS,
    bucket_counts,
    distributions,
    length_edges,
    percentiles,
)

QUALITY = contract("quality").ddl
DESCRIBED = (
    "doc_id string, language string, source string, kept boolean, characters long, "
    "token_count long, language_score int"
)


def slow_percentile(values, percent):
    """The smallest value that at least so many of a hundred values do not exceed."""
    return min(v for v in values if 100 * sum(w <= v for w in values) >= percent * len(values))


@pytest.mark.parametrize("count", [1, 2, 3, 19, 20, 21, 100, 333])
def test_percentiles_are_the_nearest_ranks(count):
    draw = random.Random(count)
    values = [draw.randrange(count) for _ in range(count)]

    found = percentiles(np.array(values, np.int64))

    assert found == tuple(slow_percentile(values, percent) for percent in PERCENTS)


def row(number, words, scores):
    known = {"doc_id": f"{number:032x}", "text_digest": "t", "words": words, "broken_rules": {}}
    values = {**known, "classifier_scores": scores}
    return tuple(values.get(name) for name in contract("quality").column_names)


def described(number, language="en", kept=True, **measures):
    known = {"characters": None, "token_count": None, "language_score": None, **measures}
    return (f"{number:032x}", language, "web", kept, *known.values())


def test_spreads_are_those_of_each_language_and_source_and_leave_out_what_is_null(dealt):
    rows = [row(n, None if n == 3 else 10 * n, {"quality": n} if n % 2 else {}) for n in range(8)]
    documents = [described(n, "en" if n < 6 else "de") for n in range(9)]  # one was never scored

    found = distributions(dealt(documents, DESCRIBED), dealt(rows, QUALITY), 42, 9)

    assert (found.drawn, found.documents) == (9, 9)
    spreads = {(s.signal, s.by, s.name): (s.documents, s.percentiles) for s in found.spreads}
    assert spreads == {
        ("words", "language", "en"): (5, (0, 10, 20, 40, 50)),
        ("words", "language", "de"): (2, (60, 60, 60, 70, 70)),
        ("words", "source", "web"): (7, (0, 10, 40, 60, 70)),
        ("classifier_scores.quality", "language", "en"): (3, (1, 1, 3, 5, 5)),
        ("classifier_scores.quality", "language", "de"): (1, (7, 7, 7, 7, 7)),
        ("classifier_scores.quality", "source", "web"): (4, (1, 1, 3, 5, 7)),
    }


def test_histograms_count_what_was_kept_apart_from_what_was_dropped(dealt):
    lengths = [0, 1, 9, 10, 14, 15, 400, 400]
    scores = [0, 24_999, 25_000, 999_999, 1_000_000, 1_000_000, None, 500_000]
    documents = [
        described(n, kept=n % 2 == 0, characters=lengths[n], language_score=scores[n])
        for n in range(8)
    ]

    found = distributions(dealt(documents, DESCRIBED), dealt([], QUALITY), 42, 8)

    by_signal = {histogram.signal: histogram for histogram in found.histograms}
    assert sorted(by_signal) == ["characters", "language_score"]
    characters = by_signal["characters"]
    assert characters.edges == (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)
    assert characters.kept == slow_bins(lengths[::2], characters.edges)
    assert characters.dropped == slow_bins(lengths[1::2], characters.edges)
    language = by_signal["language_score"]
    assert language.edges == tuple(range(0, 1_000_001, 25_000))
    assert language.kept == slow_bins([0, 25_000, 999_999], language.edges)
    assert language.dropped == slow_bins([24_999, 999_999, 999_999, 500_000], language.edges)


def slow_bins(values, edges):
    """How many values lie in each bin, one value after the other."""
    return tuple(sum(begin <= value < end for value in values) for begin, end in pairwise(edges))


@pytest.mark.parametrize("longest", [0, 1, 6, 7, 99, 100, 12_345])
def test_the_bins_of_lengths_grow_and_hold_the_longest(longest):
    edges = length_edges(longest)

    assert list(edges) == sorted(set(edges))
    assert edges[-2] <= longest < edges[-1]


def test_documents_of_which_nothing_is_decided_count_as_kept(dealt):
    found = distributions(
        dealt([described(1, kept=None, characters=5)], DESCRIBED), dealt([], QUALITY), 42, 1
    )

    assert (sum(found.histograms[0].kept), sum(found.histograms[0].dropped)) == (1, 0)


def test_of_more_documents_than_are_looked_at_the_same_are_drawn_each_time(dealt, monkeypatch):
    monkeypatch.setattr(module, "DRAWN", 20)
    rows = [row(n, n, {}) for n in range(60)]
    documents = [described(n) for n in range(60)]

    found = distributions(dealt(documents, DESCRIBED), dealt(rows, QUALITY), 42, 60)

    assert found.documents == 60
    own = [n for n in range(60) if slow_key(n) < f"{16**13 * 20 // 60:013x}"]
    assert found.drawn == len(own) == found.spreads[0].documents
    assert found.spreads[0].percentiles == tuple(slow_percentile(own, p) for p in PERCENTS)


def slow_key(number):
    return hashlib.sha256(f"42\0distributions\0{number:032x}".encode()).hexdigest()[:13]


def test_buckets_are_counted_with_their_characters(dealt):
    selection = dealt(
        [("a", True, {"q": 19}), ("b", False, {"q": 19}), ("c", True, {"q": 0}), ("d", True, {})],
        "doc_id string, kept boolean, buckets map<string,int>",
    )
    documents = dealt([(n, 10) for n in "abcd"], "doc_id string, chars bigint")

    found = bucket_counts(selection, documents)

    assert list(map(tuple, found)) == [("q", 19, 2, 20, 1), ("q", 0, 1, 10, 1)]
