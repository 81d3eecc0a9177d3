"""Where long texts are cut: nothing is lost, and only before a space behind no white space."""

import pytest

from corpusmill.tokens.cuts import pieces


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 5, [""]),
        ("a b", 5, ["a b"]),
        ("aa bb cc", 5, ["aa bb", " cc"]),
        ("aa bb cc", 3, ["aa", " bb", " cc"]),
        ("aa  bb", 4, ["aa", "  bb"]),
        ("aa   b", 4, ["aa", "   b"]),
        ("aaaaaaaa b c", 3, ["aaaaaaaa", " b", " c"]),
        ("aaaaaaaa", 3, ["aaaaaaaa"]),
        ("        ", 3, ["        "]),
        ("a\n b", 2, ["a\n b"]),
        ("a\u00a0 b", 2, ["a\u00a0 b"]),
    ],
)
def test_a_text_is_cut_before_spaces(text, limit, expected):
    assert list(pieces(text, limit)) == expected


def test_pieces_make_the_text_again_and_are_short_where_they_can_be():
    text = " ".join(["word"] * 1_000)

    found = list(pieces(text, 50))

    assert "".join(found) == text
    assert max(map(len, found)) <= 50


def test_a_long_text_without_a_place_to_cut_takes_no_square_of_time():
    assert len(list(pieces("\n " * 500_000, 10))) == 1
