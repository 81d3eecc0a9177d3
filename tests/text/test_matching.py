"""The matching form of stretches, against plain string work."""

from __future__ import annotations

import random

import numpy as np
import slow_passages

from corpusmill.text.codepoints import CodePoints
from corpusmill.text.matching import MatchingForm

WORDS = ["Été", "ete", "e\u0301te", "x7", "X1", "漢", "字", "_", "ßs", "한글", "İ", "\u0301"]
GAPS = [" ", "  ", "\n", "-", " | ", "…", "\u200b", "。"]


def test_stretches_are_equal_where_their_words_are_and_as_long_as_these_one_space_apart():
    draw = random.Random(2)
    stretches = [
        "".join(draw.choice(WORDS) + draw.choice(GAPS) for _ in range(draw.randrange(4)))
        for _ in range(3_000)
    ]
    texts = [draw.choice(["", " "]) + stretch for stretch in stretches]
    points = CodePoints.of(texts)

    hashes, chars = MatchingForm.of(points).hashed(points.starts[:-1], points.starts[1:])

    forms = [slow_passages.matching(text) for text in texts]
    assert chars.tolist() == [len(form) for form in forms]
    pairs = set(zip(forms, hashes.tolist(), strict=True))
    assert len(pairs) == len(set(forms)) == len({value for _, value in pairs})
    assert len(pairs) > 300


def test_where_a_stretch_stands_does_not_matter():
    points = CodePoints.of(["The mill, by the", "mill, by! the", "é", "…mill by", ""])
    starts, ends = np.array([4, 16, 30, 29]), np.array([12, 24, 38, 30])

    hashes, chars = MatchingForm.of(points).hashed(starts, ends)

    assert chars.tolist() == [7, 7, 7, 1]
    assert len(set(hashes[:3].tolist())) == 1


def test_no_texts_have_no_stretches():
    nothing = np.zeros(0, dtype=np.int64)

    for texts in ([], [""], ["?!"]):
        hashes, chars = MatchingForm.of(CodePoints.of(texts)).hashed(nothing, nothing)
        assert len(hashes) == len(chars) == 0
