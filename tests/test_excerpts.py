"""Excerpts without what is personal, and two of them with what differs."""

from __future__ import annotations

import pytest

from corpusmill.excerpts import Piece, cleared, side_by_side
from corpusmill.pii.spans import Span

ADDRESS = "jane.roe@example.org"
MAIL = Piece("<EMAIL_ADDRESS>", "placeholder")


def span(start, end, kind="EMAIL_ADDRESS"):
    return Span(kind, start, end, "some", 1_000_000)


@pytest.mark.parametrize(
    ("text", "spans", "end", "shown"),
    [
        ("short", [], 300, [Piece("short")]),
        ("a" * 400, [], 300, [Piece("a" * 300)]),
        (f"to {ADDRESS}, now", [span(3, 23)], 300, [Piece("to "), MAIL, Piece(", now")]),
        ("a" * 295 + ADDRESS + "b" * 9, [span(295, 315)], 300, [Piece("a" * 295), MAIL]),
        ("a" * 300 + ADDRESS, [span(300, 320)], 300, [Piece("a" * 300)]),
        ("", [], 300, []),
        (f"{ADDRESS} {ADDRESS}", [span(0, 20), span(21, 41)], 300, [MAIL, Piece(" "), MAIL]),
    ],
    ids=["short", "long", "found", "across-the-end", "past-the-end", "empty", "two"],
)
def test_an_excerpt_is_a_part_of_the_text_without_what_was_found(text, spans, end, shown):
    assert cleared(text, spans, 0, end) == tuple(shown)


def test_a_finding_that_begins_before_the_excerpt_leaves_its_placeholder_alone():
    assert cleared(f"{ADDRESS} and on", [span(0, 20)], 10, 30) == (MAIL, Piece(" and on"))


def test_overlapping_findings_hide_all_that_they_cover():
    shown = cleared("0123456789", [span(2, 6), span(4, 9, "PHONE_NUMBER")], 0, 10)

    assert "".join(piece.text for piece in shown if not piece.mark) == "019"


def marked(pieces, mark):
    return [piece.text.strip() for piece in pieces if piece.mark == mark]


def test_words_that_only_one_of_two_texts_has_are_marked():
    left, right = side_by_side(
        (Piece("the old mill stands by the river"),), (Piece("the new mill  stood by the river"),)
    )

    assert marked(left, "differs") == ["old", "stands"]
    assert marked(right, "differs") == ["new", "stood"]


def test_equal_stretches_are_cut_down_and_the_first_difference_is_shown_wherever_it_is():
    same = " ".join(f"w{n}" for n in range(500))
    left, right = side_by_side((Piece(f"{same} left {same}"),), (Piece(f"{same} right {same}"),))

    assert marked(left, "differs") == ["left"]
    assert marked(right, "differs") == ["right"]
    assert "".join(piece.text for piece in left).split()[:2] == ["…", "w488"]
    assert len("".join(piece.text for piece in left).split()) == 1 + 12 + 1 + 12 + 1


def test_texts_that_differ_everywhere_are_bounded():
    sides = [(Piece(" ".join(f"{name}{n}" for n in range(2_000))),) for name in "ab"]

    for side in side_by_side(*sides):
        assert len("".join(piece.text for piece in side).split()) == 120


def test_equal_texts_have_no_sides_and_white_space_is_no_difference():
    assert side_by_side((Piece("one two"),), (Piece("one  two "),)) is None
    assert side_by_side((), ()) is None


def test_placeholders_are_words_and_stay_placeholders():
    left, right = side_by_side((Piece("to "), MAIL), (Piece("to nobody"),))

    assert left[-1] == MAIL
    assert marked(right, "differs") == ["nobody"]


def test_a_placeholder_is_another_word_than_the_same_letters_in_a_text():
    assert side_by_side((MAIL,), (Piece("<EMAIL_ADDRESS>"),)) is not None
