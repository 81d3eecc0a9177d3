"""Documents that are too long, in parts."""

from __future__ import annotations

import random

import pytest

from corpusmill.ingest.parts import parts


def test_a_short_text_is_one_part():
    assert list(parts("abc", 3)) == ["abc"]
    assert list(parts("", 3)) == [""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 93 + "\n\nb\nc d" + "e" * 50, ["a" * 93 + "\n\n", "b\nc d" + "e" * 50]),
        ("a" * 93 + "\nc d" + "e" * 50, ["a" * 93 + "\n", "c d" + "e" * 50]),
        ("a" * 93 + " d" + "e" * 50, ["a" * 93 + " ", "d" + "e" * 50]),
        ("a" * 150, ["a" * 100, "a" * 50]),
        ("a" * 50 + "\n\n" + "b" * 98, ["a" * 50 + "\n\n" + "b" * 48, "b" * 50]),
        ("a" * 92 + "\n\nb\n \n c" + "d" * 90, ["a" * 92 + "\n\nb\n \n ", "c" + "d" * 90]),
    ],
    ids=["paragraph", "line", "word", "nowhere", "too far back", "the last paragraph"],
)
def test_a_cut_is_made_at_the_best_place_of_the_last_tenth(text, expected):
    assert list(parts(text, 100)) == expected


@pytest.mark.parametrize("seed", range(50))
def test_no_character_is_lost_and_no_part_is_too_long(seed):
    chance = random.Random(seed)
    text = "".join(chance.choices("ab é\n\u3000😀", k=chance.randrange(5_000)))
    size = chance.randrange(1, 900)

    found = list(parts(text, size))

    assert "".join(found) == text
    assert all(0 < len(part) <= size for part in found[:-1])
    assert len(found[-1]) <= size
