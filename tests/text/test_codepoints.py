"""A batch of texts as one array of code points."""

from __future__ import annotations

import numpy as np
import pytest

from corpusmill.text.codepoints import CodePoints

TEXTS = ["abc", "", "漢字😀", "\ud800x", "", "é"]


def _texts(points: CodePoints) -> list[str]:
    joined = "".join(map(chr, points.codes))
    bounds = zip(points.starts[:-1], points.starts[1:], strict=True)
    return [joined[start:end] for start, end in bounds]


def test_the_texts_lie_end_to_end() -> None:
    points = CodePoints.of(TEXTS)

    assert _texts(points) == TEXTS
    assert len(points) == 6
    assert points.starts.tolist() == [0, 3, 3, 6, 8, 8, 9]


@pytest.mark.parametrize("texts", [[], [""], ["", ""]])
def test_texts_without_characters_make_an_empty_array(texts: list[str]) -> None:
    points = CodePoints.of(texts)

    assert len(points) == len(texts)
    assert _texts(points) == _texts(points.folded()) == texts


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "straße"),
        ("Café No. 7", "cafe no  0"),
        ("Cafe\u0301", "cafe"),
        ("\u0301", ""),
        ("ÀÉÎ ÕÜ", "aei ou"),
        ("a-b_c", "a b_c"),
        ("한국어", "한국어"),
        ("กำ", "กำ"),
        ("เที่ยว", "เทยว"),
    ],
)
def test_a_text_folds_for_matching(text: str, folded: str) -> None:
    assert _texts(CodePoints.of([text]).folded()) == [folded]


def test_marks_taken_out_of_one_text_do_not_move_the_others() -> None:
    points = CodePoints.of(["e\u0301\u0301", "\u0301", "", "A\u0301b", "C"])

    assert _texts(points.folded()) == ["e", "", "", "ab", "c"]


def test_composed_and_decomposed_texts_fold_to_the_same() -> None:
    composed, decomposed = (
        CodePoints.of(["crème brûlée"]),
        CodePoints.of(["cre\u0300me bru\u0302le\u0301e"]),
    )

    assert np.array_equal(composed.folded().codes, decomposed.folded().codes)


def test_some_of_the_texts_are_laid_end_to_end_once_more() -> None:
    points = CodePoints.of(["ab", "", "cde", "é", ""])

    assert _texts(points.texts(np.array([2, 1, 3]))) == ["cde", "", "é"]
    assert _texts(points.texts(np.array([], dtype=np.int64))) == []
