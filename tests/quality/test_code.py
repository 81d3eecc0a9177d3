"""The rules for source code on texts counted by hand."""

from __future__ import annotations

import pytest

from corpusmill.quality.code import SIGNALS

NAME = "code"
CODE = "def add(a, b):\n    return a + b\n"


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (CODE, []),
        (CODE * 50 + "x" * 1_001, ["long_line"]),
        (CODE * 50 + "x" * 1_000, []),
        (("x" * 150 + "\n") * 3, ["long_lines"]),
        ("0x1, 0x2, 0x3, 0x4\n" * 9, ["few_letters"]),
        ("{}{}{}--++//**\n" * 9, ["few_alphanumerics", "few_letters"]),
        ("", ["few_alphanumerics", "few_letters"]),
    ],
)
def test_a_text_breaks_the_rules_made_for_it(hold, text, broken) -> None:
    assert hold(NAME, text).broken == [broken]


def test_signals_are_counted(hold) -> None:
    found = hold(NAME, "ab1\n\nc", "", "x\n").signals

    assert found["longest_line"] == [3, 0, 1]
    assert found["mean_line_length"] == [4 * 1_000_000 // 3, 0, 1_000_000]
    assert found["alphanumeric_characters"] == [4 * 1_000_000 // 6, 0, 500_000]
    assert found["letter_characters"] == [500_000, 0, 500_000]


def test_signals_come_in_the_declared_order(hold) -> None:
    assert list(hold(NAME, "a").signals) == [name for name, _ in SIGNALS]
