"""C4's document rules on texts whose numbers can be counted by hand."""

from __future__ import annotations

import pytest

from corpusmill.quality.batch import TextBatch, Verdicts
from corpusmill.quality.c4 import C4, SIGNALS, measure_c4

FIVE = "One is here. Two is here! Is three here? Four is here... Five is here\n"


def _measure(*texts: str, rules: C4 | None = None) -> Verdicts:
    batch = TextBatch.of(texts, ["en"] * len(texts))
    return measure_c4(batch, rules or C4())


def _signal(name: str, *texts: str) -> list[int]:
    return [int(value) for value in _measure(*texts).signals[name]]


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (FIVE, []),
        ("One is here. Two is here! Is three here? Four is here", ["too_few_sentences"]),
        (FIVE + "Lorem IPSUM dolor", ["lorem_ipsum"]),
        (FIVE + "if (a) {", ["curly_bracket"]),
        (FIVE + "x" * 1_001, ["long_word"]),
        (FIVE + "x" * 1_000, []),
        (FIVE + "Please enable JavaScript.\nRead our privacy policy.", []),
        ("", ["too_few_sentences"]),
    ],
)
def test_a_text_breaks_the_rules_made_for_it(text: str, broken: list[str]) -> None:
    verdicts = _measure(text)

    assert [rule for rule, mask in verdicts.broken.items() if mask[0]] == broken


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (FIVE, 5),
        ("One is here", 1),
        ("The value is 3.14 in python3.11 today", 1),
        ('He said "one is here." Then he left.', 2),
        ("Nothing here!!! Really?!", 2),
        ("one two three\n...\nfour five six.", 2),
        ("Home\nAbout us\nContact", 0),
        ("これは文です。これも文です。三つ目！", 3),
        ("यह वाक्य है। यह भी वाक्य है।", 2),
        ("हिं", 0),
        ("... !? .", 0),
        ("\n\n", 0),
        ("", 0),
    ],
)
def test_sentences_are_counted_by_the_stated_rule(text: str, sentences: int) -> None:
    assert _signal("sentences", text) == [sentences]


def test_sentences_of_one_text_do_not_leak_into_the_next() -> None:
    texts = ["One is here", ". Two is here", "", "One is here.", "three is here\n"]

    together = _signal("sentences", *texts)

    assert together == [1, 1, 0, 1, 1]


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("", 0),
        ("   ", 0),
        ("a bcd\nef", 3),
        ("see https://example.org/a-b_c?d=e now", 29),
        ("漢字" * 600, 0),
        ("漢字abc漢", 3),
    ],
)
def test_the_longest_word_ends_at_white_space_and_unspaced_script(text: str, longest: int) -> None:
    assert _signal("longest_word", text) == [longest]


def test_words_of_two_texts_do_not_join() -> None:
    assert _signal("longest_word", "ab", "", "cde") == [2, 0, 3]


def test_lines_with_a_phrase_are_counted_once_each() -> None:
    text = "JavaScript and javascript\nno script\nUse cookies, see Cookie Policy\nterms of use"

    signals = _measure(text, "java", "script").signals

    assert signals["javascript_lines"].tolist() == [1, 0, 0]
    assert signals["policy_lines"].tolist() == [2, 0, 0]


def test_a_phrase_across_two_texts_or_lines_is_none() -> None:
    texts = ["lorem ", "ipsum", "lorem\nipsum", "the end of java", "script", "a lorem ipsum"]

    assert _signal("lorem_ipsum", *texts) == [0, 0, 0, 0, 0, 1]
    assert _signal("javascript_lines", *texts) == [0, 0, 0, 0, 0, 0]


def test_phrases_are_found_beside_other_scripts() -> None:
    assert _signal("javascript_lines", "漢字JAVASCRIPT漢字\nêjavascriptê\njavaｓcript") == [2]


def test_signals_come_in_the_declared_order() -> None:
    assert list(_measure("a").signals) == [name for name, _ in SIGNALS]
