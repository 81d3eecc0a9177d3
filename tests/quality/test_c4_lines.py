"""Which lines C4 takes out, and the spans that do it."""

from __future__ import annotations

import pytest

from corpusmill.quality.batch import Limits, TextBatch
from corpusmill.quality.c4 import C4
from corpusmill.quality.c4_lines import judge_lines, removed_spans

STAYS = "This line stays here"


def cut(*texts: str, **limits: object) -> list[str]:
    """The texts without the spans."""
    batch = TextBatch.of(texts, ["en"] * len(texts))
    held = Limits((C4(**limits),), batch.lines.first[:-1] * 0)
    spans = list(
        zip(
            *(each.tolist() for each in removed_spans(batch, judge_lines(batch, held))), strict=True
        )
    )
    left = list(texts)
    for text, start, end in reversed(spans):
        assert 0 <= start < end <= len(texts[text])
        left[text] = left[text][:start] + left[text][end:]
    return left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{STAYS}\n{STAYS}", f"{STAYS}\n{STAYS}"),
        (f"Home\n{STAYS}\nContact us", STAYS),
        (f"Home\n\n{STAYS}\n\nEnd", f"\n{STAYS}\n"),
        (f"{STAYS}\nPlease enable JavaScript now\n{STAYS}", f"{STAYS}\n{STAYS}"),
        (f"{STAYS}\nWe use cookies for you\n", f"{STAYS}\n"),
        (f"so long {'x' * 1_001}\n{STAYS}", STAYS),
        (f"{STAYS}.[1][2] And on[edit]", f"{STAYS}. And on"),
        (f"gone [1]\n{STAYS}", STAYS),
        ("Home", "Home"),
        ("one\ntwo [1]\n", "one\ntwo [1]\n"),
        ("", ""),
        ("\n", "\n"),
    ],
)
def test_lines_go_with_their_line_feed_unless_none_would_stay(text: str, left: str) -> None:
    assert cut(text) == [left]


def test_lines_of_one_text_leave_the_next_alone() -> None:
    texts = ["Home", STAYS, "one\n", f"\n{STAYS}\n", "end"]
    mixed = [f"one\n{STAYS}", f"{STAYS}\ntwo", STAYS]

    assert cut(*mixed) == [STAYS] * 3

    assert cut(*texts) == texts


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("It ends here.", True),
        ("Does it end here?", True),
        ('He said "it ends."', True),
        ("It goes on...", False),
        ("It goes on", False),
        ("It ends here.[12]", True),
        ("It ends here. [12]", False),  # as in the original: a space is left at its end
    ],
)
def test_terminal_punctuation_can_be_asked_for(line: str, stays: bool) -> None:
    ends = "It ends here."

    assert cut(f"{ends}\n{line}", terminal_punctuation=True) == (
        cut(f"{ends}\n{line}") if stays else [ends]
    )


def test_each_reason_can_be_switched_off() -> None:
    text = "Home\nuse cookies here\nin JavaScript here"

    assert cut(text) == [text]
    assert cut(text, min_line_words=0) == ["Home"]
    assert cut(text, remove_policy=False) == ["use cookies here"]
    assert cut(text, remove_javascript=False) == ["in JavaScript here"]
