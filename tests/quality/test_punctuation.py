"""Which characters end sentences and lines."""

from __future__ import annotations

import pytest

from corpusmill.quality.punctuation import LINE_END, NEEDS_SPACE, SENTENCE_END, marks


@pytest.mark.parametrize("character", ".!?…")
def test_marks_that_also_stand_inside_words_need_a_space(character: str) -> None:
    bits = int(marks()[ord(character)])

    assert bits == SENTENCE_END | NEEDS_SPACE | LINE_END


@pytest.mark.parametrize("character", ["。", "！", "।", "؟", "۔", "።", "។", "။"])
def test_sentences_end_in_other_scripts_too(character: str) -> None:
    bits = int(marks()[ord(character)])

    assert bits == SENTENCE_END | LINE_END


@pytest.mark.parametrize("character", ['"', "'", "”", "’", "»", "」"])
def test_a_quotation_mark_ends_a_line_but_no_sentence(character: str) -> None:
    bits = int(marks()[ord(character)])

    assert bits == LINE_END


@pytest.mark.parametrize("character", ["a", " ", "\n", ",", ":", ";", ")", "-", "、", "漢", "0"])
def test_other_characters_end_nothing(character: str) -> None:
    bits = int(marks()[ord(character)])

    assert bits == 0
