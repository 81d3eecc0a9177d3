"""RefinedWeb's line rules on lines made for them."""

from __future__ import annotations

import pytest

from corpusmill.quality.refinedweb import SIGNALS

NAME = "refinedweb"
PROSE = "The mill of the town stood by a river that was never quiet.\n"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ALL RIGHTS RESERVED TODAY", "capital_lines"),
        ("12/03/2024 14:05", "digit_lines"),
        ("3 likes", "counter_lines"),
        ("1.2k shares", "counter_lines"),
        ("Home", "one_word_lines"),
        ("Sign in to comment", "click_lines"),
        ("Find out all about it and read more...", "click_lines"),
        ("2 items in your cart", "click_lines"),
        ("Back to top", "click_lines"),
    ],
)
def test_a_line_of_each_kind_is_told(hold, line, kind) -> None:
    signals = hold(NAME, f"{PROSE}{line}\n").signals

    assert {name for name, _ in SIGNALS[:-1] if signals[name] == [500_000]} >= {kind}


@pytest.mark.parametrize(
    "line",
    [
        "He likes 3 of them a lot",
        "NATO and the EU met in Brussels",
        "In 2024 there were 12 of them",
        "Please sign in before the storm begins, said the man at the door of the old mill house",
        "It was never quiet there.",
    ],
)
def test_other_lines_are_not(hold, line) -> None:
    signals = hold(NAME, line).signals

    assert signals["boilerplate_words"] == [0]


def test_a_text_is_dropped_for_more_than_a_twentieth_of_its_words(hold) -> None:
    kept, lost = PROSE * 3 + "Read more\n", PROSE * 2 + "Read more\n"

    found = hold(NAME, kept, lost, "", max_boilerplate_words=2 * 1_000_000 // 41)

    assert found.signals["boilerplate_words"] == [2 * 1_000_000 // 41, 2 * 1_000_000 // 28, 0]
    assert found.broken == [[], ["boilerplate_lines"], []]


def test_signals_come_in_the_declared_order(hold) -> None:
    assert list(hold(NAME, "a").signals) == [name for name, _ in SIGNALS]
