"""Plots: numbers as text in the colours of the page, nothing that another file could hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import matplotlib as mpl
import pytest

from corpusmill.distributions import Histogram, length_edges
from corpusmill.report.plots import buckets, cluster_sizes, histogram

EDGES = length_edges(400)
LENGTHS = Histogram("characters", EDGES, *[tuple(range(len(EDGES) - 1))] * 2)
SCORES = Histogram(
    "language_score", tuple(range(0, 1_000_001, 25_000)), (0,) * 39 + (5,), (0,) * 40
)


class Texts(HTMLParser):
    """What can be read in a drawing, and its tags."""

    def __init__(self):
        super().__init__()
        self.found, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.found.append(data.strip())


def read(drawn):
    texts = Texts()
    texts.feed(drawn)
    return texts


def test_lengths_are_told_at_powers_of_ten_and_scores_in_per_cent():
    assert {"1", "10", "100"} <= set(read(histogram(LENGTHS, "Characters")).found)
    assert "100 %" in read(histogram(SCORES, "Score")).found


def test_clusters_stand_in_classes_with_their_number():
    texts = read(cluster_sizes({2: 10, 3: 1, 7: 3, 9: 2, 200: 4})).found

    assert {"2", "3", "6–10", "101–1000", "10", "5", "4"} <= set(texts)


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: histogram(LENGTHS, "A & <b>"),
        lambda: buckets([1] * 20, [3] * 20, "Buckets"),
        lambda: cluster_sizes({2: 10**7}),
    ],
    ids=["histogram", "buckets", "clusters"],
)
def test_a_drawing_is_the_same_each_time_and_takes_font_and_colours_from_the_page(drawn):
    first = drawn()
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        second = drawn()

    assert first == second
    assert "var(--kept)" in first
    assert not re.search(r"#[0-9a-f]{6}|font-family|\bid=|url\(|href|http", first)
    assert read(first).tags <= {"svg", "g", "path", "text", "defs"}


def test_what_is_drawn_is_told_in_words():
    assert 'role="img" aria-label="A &amp; &lt;b&gt; of 240 documents, from 1 to 500"' in histogram(
        LENGTHS, "A & <b>"
    )
