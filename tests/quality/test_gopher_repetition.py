"""Gopher's repetition rules on texts whose numbers can be counted by hand."""

from __future__ import annotations

import pytest

from corpusmill.quality.batch import TextBatch, Verdicts
from corpusmill.quality.gopher_repetition import (
    SIGNALS,
    GopherRepetition,
    measure_gopher_repetition,
)


def _measure(*texts: str, rules: GopherRepetition | None = None) -> Verdicts:
    batch = TextBatch.of(texts, ["en"] * len(texts))
    return measure_gopher_repetition(batch, rules or GopherRepetition())


def _signal(name: str, text: str) -> int:
    return int(_measure(text).signals[name][0])


def test_prose_without_repetition_breaks_nothing() -> None:
    text = (
        "A kernel takes a batch of texts and answers with numbers. Nothing else happens there,"
        " which is why its tests need no cluster, no table and hardly any time at all.\n\n"
        "Whoever changes the limits later reads those numbers again instead of every document."
    )

    verdicts = _measure(text)

    assert [rule for rule, mask in verdicts.broken.items() if mask[0]] == []


def test_a_line_that_came_earlier_is_a_duplicate() -> None:
    text = "one\n two \n\none\ntwo\nfour"

    lines = _signal("duplicate_lines", text)
    characters = _signal("duplicate_line_characters", text)

    assert lines == 2 * 1_000_000 // 5
    assert characters == 6 * 1_000_000 // len(text)


def test_a_paragraph_that_came_earlier_is_a_duplicate() -> None:
    text = "one\ntwo\n\none\ntwo\n\n\nthree\n\none\n"

    paragraphs = _signal("duplicate_paragraphs", text)
    characters = _signal("duplicate_paragraph_characters", text)

    assert paragraphs == 1_000_000 // 4
    assert characters == 7 * 1_000_000 // len(text)


def test_the_top_run_counts_every_occurrence() -> None:
    text = "to be or not to be, that is to be asked"

    characters = _signal("top_2_gram_characters", text)

    assert characters == 3 * len("to be") * 1_000_000 // len(text)


def test_overlapping_occurrences_can_exceed_the_text() -> None:
    assert _signal("top_2_gram_characters", "a a a a") == 3 * 3 * 1_000_000 // 7


def test_words_in_other_case_are_other_words() -> None:
    text = "one two three four five One two three four five"

    assert _signal("duplicate_5_gram_characters", text) == 0


def test_punctuation_does_not_hide_a_duplicate_run() -> None:
    text = "one two three four five; one, two (three) four five!"

    characters = _signal("duplicate_5_gram_characters", text)

    assert characters == len("onetwothreefourfive") * 1_000_000 // len(text)


def test_shorter_texts_than_the_run_have_none_of_it() -> None:
    signals = _measure("one two", "one", "").signals

    assert signals["top_2_gram_characters"].tolist() == [1_000_000, 0, 0]
    assert signals["top_3_gram_characters"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("size", range(5, 11))
def test_a_rule_is_broken_above_its_limit_only(size: int) -> None:
    name = f"duplicate_{size}_gram_characters"
    text = " ".join(f"w{number}" for number in range(100, 100 + size)) + " "
    value = _signal(name, text * 2)
    at_limit, below = [value] * 6, [value - 1] * 6

    kept = _measure(text * 2, rules=GopherRepetition(max_duplicate_grams=tuple(at_limit)))
    lost = _measure(text * 2, rules=GopherRepetition(max_duplicate_grams=tuple(below)))

    assert value == 4 * size * 1_000_000 // len(text * 2)
    assert (kept.broken[name].tolist(), lost.broken[name].tolist()) == ([False], [True])


def test_every_signal_has_a_rule_of_its_name_in_the_declared_order() -> None:
    verdicts = _measure("one two one two\n" * 30)

    assert list(verdicts.signals) == list(verdicts.broken) == [name for name, _ in SIGNALS]
    assert all(mask.all() for name, mask in verdicts.broken.items() if "paragraph" not in name)


def test_the_published_limits_are_the_default() -> None:
    rules = GopherRepetition()

    assert rules.max_top_grams == (200_000, 180_000, 160_000)
    assert rules.max_duplicate_grams == (150_000, 140_000, 130_000, 120_000, 110_000, 100_000)


def test_a_missing_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="max_top_grams needs 3 limits"):
        GopherRepetition(max_top_grams=(1, 2))
    with pytest.raises(ValueError, match="max_duplicate_grams needs 6 limits"):
        GopherRepetition(max_duplicate_grams=())
