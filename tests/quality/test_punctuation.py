"""Which characters end sentences, and which make no word."""

from __future__ import annotations

import string
import unicodedata

import pytest

from corpusmill.quality.punctuation import NO_WORD, PUNCTUATION, TERMINAL, marks


def bits(character: str) -> int:
    return int(marks()[ord(character)])


@pytest.mark.parametrize("character", [".", "!", "?", "。", "！", "।", "؟", "۔", "።"])
def test_sentences_end_in_any_script(character) -> None:
    assert bits(character) == TERMINAL | PUNCTUATION | NO_WORD


@pytest.mark.parametrize("character", ["…", '"', "”", "»", ",", ":", "-", "、"])
def test_other_punctuation_ends_no_sentence(character) -> None:
    assert bits(character) == PUNCTUATION | NO_WORD


def test_ascii_punctuation_makes_no_word() -> None:
    assert all(bits(character) & NO_WORD for character in string.punctuation)


@pytest.mark.parametrize("character", ["a", "é", "漢", "0", "€", "→", "•"])
def test_other_characters_make_words(character) -> None:
    assert not bits(character) & NO_WORD


def test_punctuation_is_that_of_unicode() -> None:
    for code in range(0x2000):
        if unicodedata.category(chr(code)) != "Cn":
            is_mark = unicodedata.category(chr(code)).startswith("P")
            assert bool(marks()[code] & PUNCTUATION) == is_mark, hex(code)
