"""C4's rules for documents on texts whose numbers can be counted by hand."""

from __future__ import annotations

import pytest

from corpusmill.quality.c4 import SIGNALS

NAME = "c4"
FIVE = "One is here. Two is here! Is three here? Four is here! Five is here\n"


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (FIVE, []),
        ("One is here. Two is here! Is three here? Four is here", ["too_few_sentences"]),
        (FIVE + "Lorem IPSUM dolor", ["lorem_ipsum"]),
        (FIVE + "Lorem ipsum", []),
        (FIVE + "if (a) {", ["curly_bracket"]),
        (FIVE + "{ }", []),
        (FIVE + "in javascript (a) {", []),
        (FIVE + "use cookies (a) {", ["curly_bracket"]),
        (FIVE + "too long " + "x" * 1_001 + " {", []),
        (FIVE + "not too long " + "x" * 1_000 + " {", ["curly_bracket"]),
        (FIVE + "Please enable JavaScript.\nRead our privacy policy.", []),
        ("", ["too_few_sentences"]),
    ],
)
def test_a_text_breaks_the_rules_made_for_it(hold, text, broken) -> None:
    assert hold(NAME, text).broken == [broken]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (FIVE, 5),
        ("One is here", 1),
        ("The value is 3.14 in python3.11 today", 1),
        ('He said "one is here." Then he left.', 2),
        ("Nothing is here!!! Really?!", 2),
        ("one two three\n...\nfour five six.", 2),
        ("No end is... an end", 1),
        ("Home\nAbout us\nContact", 0),
        ("See this.[12] And this [citation needed]. And [3] that", 3),
        ("One is in JavaScript. So it goes.\nOne more is here.", 1),
        ("これは文です。これも文です。三つ目！", 3),
        ("यह वाक्य है। यह भी वाक्य है।", 2),
        ("हिं", 0),
        ("... !? .", 1),
        ("\n\n", 0),
        ("", 0),
    ],
)
def test_sentences_are_counted_in_the_lines_that_stay(hold, text, sentences) -> None:
    assert hold(NAME, text).signals["sentences"] == [sentences]


def test_sentences_of_one_text_do_not_leak_into_the_next(hold) -> None:
    texts = ["One is here", ". Two is here", "", "One is here.", "three is here\n"]
    texts += ["[1] [2] [3]", "And one [3] more.", "[1] [2] [3]"]

    together = hold(NAME, *texts).signals["sentences"]

    assert together == [1, 2, 0, 1, 1, 0, 1, 0]
    assert together == [hold(NAME, text).signals["sentences"][0] for text in texts]


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
def test_the_longest_word_ends_at_white_space_and_unspaced_script(hold, text, longest) -> None:
    assert hold(NAME, text).signals["longest_word"] == [longest]


def test_words_of_two_texts_do_not_join(hold) -> None:
    assert hold(NAME, "ab", "", "cde").signals["longest_word"] == [2, 0, 3]


def test_lines_with_a_phrase_are_counted_once_each(hold) -> None:
    text = "JavaScript and javascript\nno script\nUse cookies, see Cookie Policy\nterms of use"

    signals = hold(NAME, text, "java", "script").signals

    assert signals["javascript_lines"] == [1, 0, 0]
    assert signals["policy_lines"] == [2, 0, 0]
    assert signals["removed_lines"] == [4, 1, 1]


def test_a_phrase_across_two_texts_or_lines_is_none(hold) -> None:
    texts = ["so lorem ", "ipsum", "so lorem\nipsum", "the end of java", "script", "a lorem ipsum"]

    signals = hold(NAME, *texts).signals

    assert signals["lorem_ipsum"] == [0, 0, 0, 0, 0, 1]
    assert signals["javascript_lines"] == [0, 0, 0, 0, 0, 0]


def test_phrases_are_found_beside_other_scripts(hold) -> None:
    text = "漢字JAVASCRIPT漢字\nêjavascriptê\njavaｓcript"

    assert hold(NAME, text).signals["javascript_lines"] == [2]


def test_signals_come_in_the_declared_order(hold) -> None:
    assert list(hold(NAME, "a").signals) == [name for name, _ in SIGNALS]
