"""Parts of a text are out of sight of a change, and stand where they stood."""

from __future__ import annotations

import re

from corpusmill.text.standins import STAND_IN, apart_from


def test_hidden_parts_are_not_changed_and_not_seen() -> None:
    seen: list[str] = []

    def change(text: str) -> str:
        seen.append(text)
        return text.upper() + "!"

    found = apart_from(re.compile("[0-9]+|q"), "a12bq3q", change)

    assert found == "A12Bq3q!"
    assert seen == [f"a{STAND_IN}b{STAND_IN * 3}"]


def test_a_text_without_hidden_parts_is_changed_as_it_is() -> None:
    assert apart_from(re.compile("[0-9]"), "abc", str.upper) == "ABC"
    assert apart_from(re.compile("[0-9]"), "", str.upper) == ""
