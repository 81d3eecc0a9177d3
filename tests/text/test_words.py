"""The word splitter against a regular expression, and hashes against equality of strings."""

from __future__ import annotations

import random

import numpy as np
import pytest
import regex

from corpusmill.text.codepoints import CodePoints
from corpusmill.text.hashes import mix
from corpusmill.text.words import Words, hash_words, split_words

UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
)
SLOW = regex.compile(
    rf"[[{UNSPACED}]&&\w--\p{{M}}]\p{{M}}*"  # a letter of an unspaced script with its marks
    rf"|(?:[\w--[{UNSPACED}]]|\p{{M}})+",  # or a run of anything else
    regex.V1,
)
CHARACTERS = [*"abcZ019_éß-.' \n漢字かナー々한กขทำកខཀ٣ж😀\ud800\u200d"]
WITH_MARKS = [
    "e\u0301",
    "n\u0303\u0308",
    "กี",
    "ก\u0e35\u0e48",
    "က\u1031",
    "ཀ\u0f72",
    "हि",
    " \u0301",
]
FROZEN = [  # a change of these is a change of every signature ever stored
    9825293512440484870,
    2031494347599124816,
    11870846648887706158,
    15818834084057556226,
    16978532307688676321,
    10111262812468806838,
    15522760512832690075,
]


@pytest.fixture(scope="module")
def scrambled() -> list[str]:
    """2,000 texts of up to 40 characters of all scripts."""
    draw = random.Random(3)
    clusters = CHARACTERS + WITH_MARKS
    return ["".join(draw.choices(clusters, k=draw.randrange(40))) for _ in range(2000)]


def _strings(points: CodePoints, words: Words) -> list[list[str]]:
    text = "".join(map(chr, points.codes))
    spans = list(zip(words.starts.tolist(), words.ends.tolist(), strict=True))
    return [
        [text[start:end] for start, end in spans[first:last]]
        for first, last in zip(words.first[:-1], words.first[1:], strict=True)
    ]


def _split(*texts: str) -> list[list[str]]:
    points = CodePoints.of(texts)
    return _strings(points, split_words(points))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The mill, by the river.", ["The", "mill", "by", "the", "river"]),
        ("don't e-mail me_too", ["don", "t", "e", "mail", "me_too"]),
        ("3.14 x2", ["3", "14", "x2"]),
        ("漢字かな", ["漢", "字", "か", "な"]),
        ("use 漢字abc now", ["use", "漢", "字", "abc", "now"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("กี่ข", ["กี่", "ข"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        ("нет Ёж", ["нет", "Ёж"]),
        ("?! ... —", []),
        ("", []),
    ],
)
def test_a_text_has_the_words_a_reader_sees(text: str, words: list[str]) -> None:
    assert _split(text) == [words]


def test_words_are_those_of_a_regular_expression(scrambled: list[str]) -> None:
    expected = [SLOW.findall(text) for text in scrambled]

    assert _split(*scrambled) == expected


def test_words_end_with_their_text() -> None:
    assert _split("one", "two", "", "漢", "字\u0301", "\u0301x", "") == [
        ["one"],
        ["two"],
        [],
        ["漢"],
        ["字\u0301"],
        ["\u0301x"],
        [],
    ]


@pytest.mark.parametrize("texts", [(), ("",), ("", "..")])
def test_texts_without_words_have_none(texts: tuple[str, ...]) -> None:
    points = CodePoints.of(texts)

    words = split_words(points)

    assert len(words) == len(hash_words(points, words)) == 0
    assert words.counts().tolist() == [0] * len(texts)


def _hashes(texts: list[str]) -> dict[str, set[int]]:
    """All hashes that each word of the texts was given."""
    points = CodePoints.of(texts)
    words = split_words(points)
    found: dict[str, set[int]] = {}
    flat = [word for each in _strings(points, words) for word in each]
    for word, value in zip(flat, hash_words(points, words).tolist(), strict=True):
        found.setdefault(word, set()).add(value)
    return found


def test_equal_words_have_equal_hashes_and_others_have_others(scrambled: list[str]) -> None:
    found = _hashes(scrambled)

    assert {len(values) for values in found.values()} == {1}
    assert len({next(iter(values)) for values in found.values()}) == len(found) > 1000


def test_a_word_has_the_same_hash_in_every_batch(scrambled: list[str]) -> None:
    together, far = _hashes(scrambled), _hashes(["x " * 100_000, *scrambled])

    apart: dict[str, set[int]] = {}
    for at in range(0, len(scrambled), 7):
        for word, values in _hashes(scrambled[at : at + 7]).items():
            apart.setdefault(word, set()).update(values)

    assert apart == together
    assert {word: far[word] for word in together} == together


def test_hashes_never_change() -> None:
    points = CodePoints.of(["mill 漢 été a b ab ba"])

    hashes = hash_words(points, split_words(points))

    assert hashes.tolist() == FROZEN


def test_mix_is_the_finaliser_of_splitmix64() -> None:
    # The first three outputs of splitmix64 seeded with 0, as published with the generator.
    golden = np.uint64(0x9E3779B97F4A7C15)

    mixed = mix(np.arange(3, dtype=np.uint64) * golden)

    assert [hex(value) for value in mixed.tolist()] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]
