"""What the matching form leaves out, against plain string work."""

from __future__ import annotations

import random

import numpy as np
import slow_passages

from corpusmill.text.codepoints import CodePoints
from corpusmill.text.details import Details

LETTERS = [*"aAéÉêñçİßςΣKΩ漢ガカ한ÅkΩ٣70९_", "दि", "दी", "ปี่", "ปู", "x\u0301\u0323"]
GAPS = [" ", "", "", "-", "\n", "。"]


def details(text: str) -> tuple[tuple[int, str], ...]:
    """What matching makes another character of or none, and its place among those of words."""
    _, ink = slow_passages.exact(text)
    return tuple((at, c) for at, c in enumerate(ink) if slow_passages.matching(c) != c)


def hashed(texts: list[str]) -> list[int]:
    points = CodePoints.of(texts)
    return Details.of(points).hashed(points.starts[:-1], points.starts[1:]).tolist()


def test_details_are_equal_where_they_are_the_same_in_the_same_places() -> None:
    draw = random.Random(3)
    texts = [
        "".join(draw.choice(LETTERS) + draw.choice(GAPS) for _ in range(draw.randrange(4)))
        for _ in range(3_000)
    ]

    found = hashed(texts)

    pairs = set(zip(map(details, texts), found, strict=True))
    assert len(pairs) == len({kind for kind, _ in pairs}) == len({value for _, value in pairs})
    assert len(pairs) > 400
    assert dict(pairs)[()] == 0


def test_stretches_are_alike_wherever_they_stand() -> None:
    points = CodePoints.of(["3 mills in 1990", "1 mill: 3 MILLS", "", "3"])
    starts, ends = np.array([0, 8, 15, 30, 30]), np.array([7, 8, 16, 30, 31])
    alone = hashed(["3 mills", "", "1", "", "3"])

    assert Details.of(points).hashed(starts, ends).tolist() == alone


def test_texts_without_details_and_no_texts_have_none() -> None:
    assert hashed(["the mill, 0", "", "?!"]) == [0, 0, 0]
    assert hashed([]) == []
