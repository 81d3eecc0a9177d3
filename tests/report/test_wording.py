"""Numbers and names as they stand on the page."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from corpusmill.report.wording import about, is_share, ratio, reading, share, title, visible


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a<b", "a<b"),
        ("one\ntwo", "one\ntwo"),
        ("\x1b[2J\u202egnp", "\\x1b[2J\\u202egnp"),
        (1_234_567, "1,234,567"),
        (None, "–"),
    ],
)
def test_nothing_on_the_page_is_hidden(value, shown):
    assert visible(value) == shown


def test_markup_of_our_own_stays_markup():
    drawn = Markup("<svg></svg>")

    assert visible(drawn) is drawn


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "–"),
        (0, 7, "0.0 %"),
        (1, 3, "33.3 %"),
        (2, 3, "66.7 %"),
        (1, 1_000_000, "< 0.1 %"),
        (999_999, 1_000_000, "> 99.9 %"),
        (7, 7, "100.0 %"),
    ],
)
def test_a_share_has_one_decimal_and_never_rounds_something_to_nothing_or_to_all(
    part, whole, shown
):
    assert share(part, whole) == shown


@pytest.mark.parametrize(
    ("signal", "value", "shown", "said"),
    [
        ("words", 12_345, "12,345", "words of the text, punctuation marks left out"),
        ("bullet_lines", 123_456, "12.3 %", "lines that start with a bullet, in per cent of"),
        ("mean_word_length", 4_250_000, "4.25", "mean characters of a word"),
        ("classifier_scores.good", 500_000, "50.0 %", "probability of the good label, in per cent"),
        ("token_count", 12, "12", "tokens of the clean text"),
    ],
)
def test_a_signal_is_read_in_the_unit_that_it_is_explained_in(signal, value, shown, said):
    assert reading(value, signal) == shown
    assert about(signal).startswith(said)
    assert "millionths" not in about(signal)
    assert is_share(signal) == shown.endswith("%")


def test_signals_have_titles():
    assert title("token_count") == "Tokens"
    assert title("classifier_scores.good") == "Score of good"
    assert title("top_2_gram_characters") == "Top 2 gram characters"


def test_a_ratio_of_nothing_is_none():
    assert ratio(13, 10) == "1.30"
    assert ratio(13, 0) == "–"
