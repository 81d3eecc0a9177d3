"""Percentiles and spreads, held against counting one value after the other."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pytest

from corpusmill import distributions as module
from corpusmill.contracts import contract
from corpusmill.distributions import PERCENTS, bucket_counts, distributions, percentiles

QUALITY = contract("quality").ddl
GROUPS = "doc_id string, language string, source string"


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


def test_spreads_are_those_of_each_language_and_source_and_leave_out_what_is_null(dealt):
    rows = [row(n, None if n == 3 else 10 * n, {"quality": n} if n % 2 else {}) for n in range(8)]
    groups = [(f"{n:032x}", "en" if n < 6 else "de", "web") for n in range(8)]

    found = distributions(dealt(rows, QUALITY), dealt(groups, GROUPS), 42)

    assert (found.drawn, found.scored) == (8, 8)
    spreads = {(s.signal, s.by, s.name): (s.documents, s.percentiles) for s in found.spreads}
    assert spreads == {
        ("words", "language", "en"): (5, (0, 10, 20, 40, 50)),
        ("words", "language", "de"): (2, (60, 60, 60, 70, 70)),
        ("words", "source", "web"): (7, (0, 10, 40, 60, 70)),
        ("classifier_scores.quality", "language", "en"): (3, (1, 1, 3, 5, 5)),
        ("classifier_scores.quality", "language", "de"): (1, (7, 7, 7, 7, 7)),
        ("classifier_scores.quality", "source", "web"): (4, (1, 1, 3, 5, 7)),
    }


def test_of_more_documents_than_are_looked_at_the_same_are_drawn_each_time(dealt, monkeypatch):
    monkeypatch.setattr(module, "DRAWN", 20)
    rows = [row(n, n, {}) for n in range(60)]
    groups = [(f"{n:032x}", "en", "web") for n in range(60)]

    found = distributions(dealt(rows, QUALITY), dealt(groups, GROUPS), 42)

    assert found.scored == 60
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
