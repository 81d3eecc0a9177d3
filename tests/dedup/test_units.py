"""Where units are and how they are cut, against plain string work and by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest
import slow_passages

from corpusmill.dedup.passage_rules import UNITS
from corpusmill.dedup.units import UnitBatch, said_before

WORDS = [
    "One",
    "ONE",
    "two",
    "été",
    "ete",
    "漢字",
    "字。",
    "Да!",
    "नमस्ते।",
    "7.5",
    "...",
    "-",
    '"a."',
]
JOINTS = [
    " ",
    " ",
    ". ",
    "? ",
    "!",
    "\n",
    "\n",
    "\n\n",
    " \n \n",
    "\n\n\n",
    "。」",
    '." ',
    "\u3000",
]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """600 texts, some empty, in which much comes twice."""
    draw = random.Random(11)

    def text() -> str:
        words = draw.choices(WORDS[: draw.randint(1, len(WORDS))], k=draw.choice((0, 1, 3, 9, 30)))
        edges = draw.choices(["", "", "\n", " ", "\n\n", ".\n"], k=2)
        return edges[0] + "".join(word + draw.choice(JOINTS) for word in words) + edges[1]

    return [text() for _ in range(600)]


def cut(batch: UnitBatch, kind: str, texts: list[str], gone: np.ndarray) -> list[str]:
    """The texts without the flagged units."""
    spans = batch.cut(kind, gone)
    edited = list(texts)
    for owner, start, end in reversed(
        list(zip(spans.owners.tolist(), spans.starts.tolist(), spans.ends.tolist(), strict=True))
    ):
        assert 0 <= start < end <= len(edited[owner])
        edited[owner] = edited[owner][:start] + edited[owner][end:]
    return edited


@pytest.mark.parametrize("kind", UNITS)
def test_units_that_say_the_same_and_no_others_have_equal_hashes(texts, kind):
    found = UnitBatch.of(texts).units(kind)

    expected = [(n, form) for n, t in enumerate(texts) for form in slow_passages.units(t, kind)]
    worded = found.worded
    assert found.owners[worded].tolist() == [n for n, _ in expected]
    assert found.chars[worded].tolist() == [len(form) for _, form in expected]
    pairs = set(zip((form for _, form in expected), found.hashes[worded].tolist(), strict=True))
    assert len(pairs) == len({form for form, _ in pairs}) == len({value for _, value in pairs})
    assert len(pairs) > 100


@pytest.mark.parametrize("kind", UNITS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0])
def test_what_is_left_of_a_text_reads_as_if_the_units_had_never_stood_there(texts, kind, share):
    batch, draw = UnitBatch.of(texts), random.Random(3)
    units = batch.units(kind)
    gone = np.zeros(len(units.starts), dtype=bool)
    gone[units.worded] = [draw.random() < share for _ in units.worded]

    edited = cut(batch, kind, texts, gone)

    flags = {n: [] for n in range(len(texts))}
    for unit in units.worded:
        flags[int(units.owners[unit])].append(bool(gone[unit]))
    assert edited == [
        slow_passages.without(text, kind, flags[n].__getitem__) for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [
        ("lines", "A\nx\nB", "A\nB"),
        ("lines", "x\nx", ""),
        ("lines", "A\nx\n", "A\n"),
        ("lines", "A\n\nx\n\nB", "A\n\n\nB"),
        ("paragraphs", "A\n\nx\nx\n\nB", "A\n\nB"),
        ("paragraphs", "A\n \n\nx", "A"),
        ("paragraphs", "x\n\nA\n", "A\n"),
        ("sentences", "A b. x. C d. x!\nE.", "A b. C d.\nE."),
        ("sentences", "A.\n x. x? \n\nB", "A.\n\nB"),
        ("sentences", "甲乙。x。丙丁！」x", "甲乙。丙丁！」"),
        ("sentences", "At 3.14 e.g. x (x.) B", "At 3.14 e.g. B"),
    ],
)
def test_units_go_with_what_parted_them_from_the_next(kind, text, left):
    texts = ["", text, ""]
    batch = UnitBatch.of(texts)
    units = batch.units(kind)
    spans = zip(units.starts.tolist(), units.ends.tolist(), strict=True)

    gone = np.array(["x" in batch.points.whole[start:end] for start, end in spans])

    assert cut(batch, kind, texts, gone) == ["", left, ""]


@pytest.mark.parametrize("kind", UNITS)
@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["\n\n"], ["...\n!? "]])
def test_texts_without_words_have_no_units_to_compare(kind, texts):
    batch = UnitBatch.of(texts)

    units = batch.units(kind)

    assert len(units.worded) == 0
    assert len(batch.cut(kind, np.zeros(len(units.starts), dtype=bool)).starts) == 0


def test_a_hash_was_said_before_only_in_its_own_text():
    owners, hashes = [0, 0, 0, 1, 1, 2], [5, 6, 5, 5, 5, 6]

    found = said_before(np.array(owners), np.array(hashes, dtype=np.uint64))

    assert found.tolist() == [False, False, True, False, True, False]
