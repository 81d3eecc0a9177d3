"""Gopher's repetition rules on texts whose numbers can be counted by hand."""

from __future__ import annotations

import pytest

from corpusmill.quality.gopher_repetition import SIGNALS, GopherRepetition

NAME = "gopher_repetition"


@pytest.fixture
def signal(hold):
    return lambda name, text: hold(NAME, text).signals[name][0]


def test_prose_without_repetition_breaks_nothing(hold) -> None:
    text = (
        "A kernel takes a batch of texts and answers with numbers. Nothing else happens there,"
        " which is why its tests need no cluster, no table and hardly any time at all.\n\n"
        "Whoever changes the limits later reads those numbers again instead of every document."
    )

    assert hold(NAME, text).broken == [[]]


def test_a_line_that_came_earlier_is_a_duplicate(signal) -> None:
    text = "one\n two \n\none\ntwo\nfour\n two "

    lines = signal("duplicate_lines", text)
    characters = signal("duplicate_line_characters", text)

    assert lines == 2 * 1_000_000 // 6  # as they stand: with the space, two is another line
    assert characters == 8 * 1_000_000 // len(text)


def test_a_paragraph_that_came_earlier_is_a_duplicate(signal) -> None:
    text = "one\ntwo\n\none\ntwo\n\n\nthree\n\none\n"

    paragraphs = signal("duplicate_paragraphs", text)
    characters = signal("duplicate_paragraph_characters", text)

    assert paragraphs == 1_000_000 // 4
    assert characters == 7 * 1_000_000 // len(text)


def test_the_top_run_counts_every_occurrence(signal) -> None:
    text = "to be or not to be, that is to be asked"

    characters = signal("top_2_gram_characters", text)

    assert characters == 3 * len("to be") * 1_000_000 // len(text)


def test_overlapping_occurrences_can_exceed_the_text(signal) -> None:
    assert signal("top_2_gram_characters", "a a a a") == 3 * 3 * 1_000_000 // 7


def test_words_in_other_case_are_other_words(signal) -> None:
    text = "one two three four five One two three four five"

    assert signal("duplicate_5_gram_characters", text) == 0


def test_punctuation_marks_are_words_of_a_run(signal) -> None:
    same, other = "one, two; three one, two; three", "one, two; three one two; three"

    assert signal("duplicate_5_gram_characters", same) == 13 * 1_000_000 // len(same)
    assert signal("duplicate_5_gram_characters", other) == 0


def test_shorter_texts_than_the_run_have_none_of_it(hold) -> None:
    signals = hold(NAME, "one two", "one", "").signals

    assert signals["top_2_gram_characters"] == [1_000_000, 0, 0]
    assert signals["top_3_gram_characters"] == [0, 0, 0]


@pytest.mark.parametrize("size", range(5, 11))
def test_a_rule_is_broken_above_its_limit_only(hold, signal, size) -> None:
    name = f"duplicate_{size}_gram_characters"
    text = " ".join(f"w{number}" for number in range(100, 100 + size)) + " "
    value = signal(name, text * 2)

    [kept] = hold(NAME, text * 2, **{f"max_{name}": value}).broken
    [lost] = hold(NAME, text * 2, **{f"max_{name}": value - 1}).broken

    assert value == 4 * size * 1_000_000 // len(text * 2)
    assert name not in kept
    assert name in lost


def test_every_signal_has_a_rule_of_its_name_in_the_declared_order(hold) -> None:
    found = hold(NAME, "one two one two\n\n" * 30)

    assert list(found.signals) == found.broken[0] == [name for name, _ in SIGNALS]


def test_the_published_limits_are_the_default() -> None:
    rules = vars(GopherRepetition())

    assert [rules[f"max_top_{n}_gram_characters"] for n in (2, 3, 4)] == [200_000, 180_000, 160_000]
    assert [rules[f"max_duplicate_{n}_gram_characters"] for n in range(5, 11)] == [
        *(150_000, 140_000, 130_000, 120_000, 110_000, 100_000)
    ]
