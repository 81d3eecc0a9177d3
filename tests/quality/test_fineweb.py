"""FineWeb's rules on texts counted by hand, and against plain string methods."""

from __future__ import annotations

import pytest

from corpusmill.quality.fineweb import SIGNALS

NAME = "fineweb"
LONG = "This line has more than thirty characters"


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (f"{LONG} one.\n{LONG} two!\n{LONG}", []),
        (f"{LONG} one\n{LONG} two\n{LONG}", ["few_finished_lines"]),
        (f"{LONG}.\nshort one.\nand another short one.\none more.", ["short_lines"]),
        (f"{LONG}.\n{LONG} one.\n{LONG}.", ["duplicate_lines"]),
        (f"{LONG}.\n\n\n\n\n\n{LONG} one.", ["many_line_feeds"]),
        ("", ["few_finished_lines"]),
    ],
)
def test_a_text_breaks_the_rules_made_for_it(hold, text, broken) -> None:
    assert hold(NAME, text).broken == [broken]


@pytest.mark.parametrize("end", [".", "?", "!", "。", "।", "؟", "۔", "..."])
def test_finished_lines_end_in_a_sentence_terminal_of_any_script(hold, end) -> None:
    assert hold(NAME, f"line{end}\nline").signals["finished_lines"] == [500_000]


@pytest.mark.parametrize("end", ["", ",", ":", ")", "-", "|", '"', "”", "…", ". "])
def test_other_lines_are_not_finished(hold, end) -> None:
    assert hold(NAME, f"line{end}\nline.").signals["finished_lines"] == [500_000]


@pytest.mark.parametrize(("length", "millionths"), [(30, 1_000_000), (31, 0)])
def test_thirty_characters_are_a_short_line(hold, length, millionths) -> None:
    text = " " + "x" * (length - 2) + " \n"

    assert hold(NAME, text).signals["short_lines"] == [millionths]


def test_ratios_are_those_of_plain_string_methods(hold, babble) -> None:
    signals = hold(NAME, *babble).signals

    expected: list[tuple[int, int]] = []
    for text in babble:
        lines = [line for line in text.split("\n") if line.strip()]
        again = sum(len(line) for at, line in enumerate(lines) if line in lines[:at])
        short = sum(len(line) <= 30 for line in lines)
        expected.append(
            (
                again * 1_000_000 // max(len(text.replace("\n", "")), 1),
                short * 1_000_000 // max(len(lines), 1),
            )
        )
    found = zip(signals["duplicate_line_share"], signals["short_lines"], strict=True)
    assert [(int(share), int(short)) for share, short in found] == expected


def test_what_reaches_a_limit_keeps_it(hold) -> None:
    limits = {
        "min_finished_lines": 500_000,
        "max_short_lines": 500_000,
        "max_duplicate_line_share": 0,
        "max_line_feeds_per_word": 222_222,
    }

    found = hold(NAME, f"{LONG}.\ntwo\n", **limits)

    assert found.signals["line_feeds_per_word"] == [2 * 1_000_000 // 9]
    assert found.broken == [[]]


def test_signals_come_in_the_declared_order(hold) -> None:
    assert list(hold(NAME, "a").signals) == [name for name, _ in SIGNALS]
