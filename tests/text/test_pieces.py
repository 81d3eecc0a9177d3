"""Texts cut at gaps, against ``str.split``."""

from __future__ import annotations

import numpy as np
import pytest

from corpusmill.text.codepoints import CodePoints
from corpusmill.text.pieces import line_feeds, per_text, split_at


@pytest.mark.parametrize("texts", [[], [""], ["a\nb", "", "\n\nc", "\n", "d"], ["\U0001f600\né"]])
def test_lines_are_those_of_split(texts):
    points = CodePoints.of(texts)

    found = split_at(points, *line_feeds(points))

    spans = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    lines = [points.whole[start:end] for start, end in spans]
    assert lines == [line for text in texts for line in text.split("\n")]
    assert found.counts().tolist() == [len(text.split("\n")) for text in texts]


def test_gaps_of_no_width_part_too():
    points = CodePoints.of(["abc", "de"])
    cuts = np.array([1, 4])

    found = split_at(points, cuts, cuts)

    assert (found.starts.tolist(), found.ends.tolist()) == ([0, 1, 3, 4], [1, 3, 4, 5])


def test_places_are_counted_by_text():
    assert per_text(CodePoints.of(["ab", "", "cde"]), np.array([1, 2, 4])).tolist() == [1, 0, 2]
