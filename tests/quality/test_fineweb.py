"""FineWeb's rules on texts counted by hand, and against plain string methods."""

from __future__ import annotations

import pytest

from corpusmill.quality.batch import TextBatch, Verdicts
from corpusmill.quality.fineweb import SIGNALS, FineWeb, measure_fineweb

LONG = "This line has more than thirty characters"


def _measure(*texts: str, rules: FineWeb | None = None) -> Verdicts:
    batch = TextBatch.of(texts, ["en"] * len(texts))
    return measure_fineweb(batch, rules or FineWeb())


def _broken(text: str) -> list[str]:
    return [rule for rule, mask in _measure(text).broken.items() if mask[0]]


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (f"{LONG} one.\n{LONG} two!\n{LONG}", []),
        (f"{LONG} one\n{LONG} two\n{LONG}", ["few_finished_lines"]),
        (f"{LONG}.\nshort one.\nand another short one.\none more.", ["short_lines"]),
        (f"{LONG}.\n{LONG} one.\n{LONG}.", ["duplicate_lines"]),
        (f"{LONG}.\n\n\n\n\n{LONG} one.", ["many_line_feeds"]),
        ("", ["few_finished_lines"]),
    ],
)
def test_a_text_breaks_the_rules_made_for_it(text: str, broken: list[str]) -> None:
    assert _broken(text) == broken


@pytest.mark.parametrize("end", [".", "?", "!", "…", '"', "”", "’", "»", "。", "।", "؟", ". "])
def test_finished_lines_end_in_punctuation_of_any_script(end: str) -> None:
    signals = _measure(f"line{end}\nline").signals

    assert signals["finished_lines"].tolist() == [500_000]


@pytest.mark.parametrize("end", ["", ",", ":", ")", "-", "|"])
def test_other_lines_are_not_finished(end: str) -> None:
    signals = _measure(f"line{end}\nline.").signals

    assert signals["finished_lines"].tolist() == [500_000]


@pytest.mark.parametrize(("length", "millionths"), [(30, 1_000_000), (31, 0)])
def test_thirty_characters_are_a_short_line(length: int, millionths: int) -> None:
    signals = _measure(" " + "x" * length + " \n").signals

    assert signals["short_lines"].tolist() == [millionths]


def test_ratios_are_those_of_plain_string_methods(babble: list[str]) -> None:
    signals = _measure(*babble).signals

    expected: list[tuple[int, int]] = []
    for text in babble:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
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


def test_what_reaches_a_limit_keeps_it() -> None:
    rules = FineWeb(500_000, 500_000, 0, 500_000)

    verdicts = _measure(f"{LONG}.\ntwo\n", rules=rules)

    assert [bool(mask[0]) for mask in verdicts.broken.values()] == [False] * 4


def test_signals_come_in_the_declared_order() -> None:
    assert list(_measure("a").signals) == [name for name, _ in SIGNALS]
