"""Character classes and the matching fold, against the pinned packages asked one by one."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
import regex
import unicodedata2

from corpusmill.text.characters import (
    CAPITAL,
    CODE_POINTS,
    DIGIT,
    LETTER,
    MARK,
    SPACE,
    UNSPACED,
    WORD,
    assigned_planes,
    case_fold,
    classes,
    matching_fold,
)

EVERYTHING = [*range(0xD800), *range(0xE000, CODE_POINTS)]


@pytest.mark.parametrize(
    ("character", "bits"),
    [
        ("a", WORD | LETTER),
        ("é", WORD | LETTER),
        ("7", WORD | DIGIT),
        ("٣", WORD | DIGIT),
        ("_", WORD),
        ("\u0301", WORD | MARK),
        ("漢", WORD | LETTER | UNSPACED),
        ("か", WORD | LETTER | UNSPACED),
        ("ก", WORD | LETTER | UNSPACED),
        ("\u0e31", WORD | MARK | UNSPACED),
        ("한", WORD | LETTER),
        (" ", SPACE),
        ("\n", SPACE),
        ("\u3000", SPACE),
        ("\u200b", 0),
        ("A", WORD | LETTER | CAPITAL),
        ("É", WORD | LETTER | CAPITAL),
        (".", 0),
        ("(", 0),
        ("#", 0),
        ("😀", 0),
        ("\ud800", 0),
    ],
)
def test_a_character_has_the_classes_that_unicode_gives_it(character: str, bits: int) -> None:
    found = classes()[ord(character)]

    assert int(found) == bits


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("bit", "pattern"),
    [(WORD, r"\w"), (LETTER, r"\p{L}"), (DIGIT, r"\p{Nd}"), (SPACE, r"\p{White_Space}")],
)
def test_a_class_is_what_the_pinned_regex_says_of_each_code_point(bit: int, pattern: str) -> None:
    matches = regex.compile(pattern).match

    expected = [code for code in EVERYTHING if matches(chr(code))]

    assert np.flatnonzero(classes() & bit).tolist() == expected


def test_letters_marks_and_digits_are_word_characters() -> None:
    kinds = classes()

    others = (kinds & (LETTER | MARK | DIGIT | UNSPACED) > 0) & (kinds & WORD == 0)

    assert not others.any()


# Python folds these to several characters; the table keeps one for one.
LONGER_WHEN_FOLDED = {
    **dict(zip("ßẞŉևẚ", "ßßŉևẚ", strict=True)),
    **dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", "ﬀﬁﬂﬃﬄﬆﬆ", strict=True)),
    **dict(zip("ﬓﬔﬕﬖﬗ", "ﬓﬔﬕﬖﬗ", strict=True)),
}


def test_letters_fold_as_their_first_base_character_does() -> None:
    table = matching_fold()

    folded = {letter: chr(table[ord(letter)]) for letter in _letters_this_python_knows()}

    expected = {
        letter: LONGER_WHEN_FOLDED.get(letter, _base(letter).casefold()) for letter in folded
    }
    assert folded == expected
    assert len(folded) > 100_000


def _letters_this_python_knows() -> list[str]:
    """Case folding is stable for assigned characters, so an older table may check a newer one."""
    letters = map(chr, np.flatnonzero(classes() & LETTER).tolist())
    return [letter for letter in letters if unicodedata.category(letter) != "Cn"]


def _base(letter: str) -> str:
    hangul = "가" <= letter <= "힣"
    return letter if hangul else str(unicodedata2.normalize("NFD", letter)[0])


@pytest.mark.parametrize(
    ("character", "folded"),
    [
        ("A", "a"),
        ("É", "e"),
        ("ế", "e"),
        ("Ж", "ж"),
        ("Й", "и"),
        ("Σ", "σ"),
        ("ς", "σ"),
        ("I", "i"),
        ("İ", "i"),
        ("ı", "ı"),
        ("Ⅷ", "ⅷ"),
        ("7", "0"),
        ("٣", "0"),
        ("한", "한"),
        ("漢", "漢"),
        ("_", "_"),
        ("-", " "),
        ("\n", " "),
        ("😀", " "),
    ],
)
def test_a_character_folds_for_matching(character: str, folded: str) -> None:
    assert chr(matching_fold()[ord(character)]) == folded


def test_marks_fold_to_nothing_and_surrogates_to_a_space() -> None:
    table = matching_fold()

    assert set(table[(classes() & MARK) > 0].tolist()) == {0}
    assert set(table[0xD800:0xE000].tolist()) == {0x20}


def test_folding_twice_is_folding_once() -> None:
    table = matching_fold()

    twice = np.where(table == 0, 0, table[table])

    assert np.array_equal(twice, table)


def test_planes_left_out_have_no_characters() -> None:
    left_out = set(map(chr, EVERYTHING)) - set(assigned_planes())

    assert {unicodedata2.category(character) for character in left_out} <= {"Cn", "Co"}
    assert len(left_out) == 12 * 2**16


@pytest.mark.parametrize(
    ("character", "folded"),
    [*zip("ÉéIİıßςΣA7ガ漢", "ééiİıßσσa7ガ漢", strict=True), ("\u0301", "\u0301")],
)
def test_without_case_a_character_keeps_its_mark_and_a_digit_its_value(character, folded) -> None:
    assert chr(case_fold()[ord(character)]) == folded
