import itertools
import random

import pytest

from corpusmill.pii.gate import LONGEST, OVERLAP, REACH, Gate
from corpusmill.pii.rules import DEFAULT, REGIONS

pytestmark = pytest.mark.heavy


def windows(text, kind, context=0):
    [found] = [found for _, found in Gate([text]).windows(kind, context, REGIONS)] or [[]]
    return found


def shown(text, kind, context=0):
    return [text[start:end] for start, end in windows(text, kind, context)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("EMAIL_ADDRESS", "x@y.org"),
        ("PHONE_NUMBER", "0301234567"),
        ("PHONE_NUMBER", "\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff10\uff10"),
        ("IP_ADDRESS", "10.0.0.1"),
        ("IP_ADDRESS", "fe80::a"),
        ("IP_ADDRESS", "::ffff"),
        ("IP_ADDRESS", "abcd::"),
        ("IP_ADDRESS", "1:2:3:4:5:6:7:8"),
        ("IP_ADDRESS", "1:2:3:4:5:6:10.0.0.1"),
        ("CREDIT_CARD", "4111111111111111"),
        ("IBAN_CODE", "NO9386011117947"),
        ("IBAN_CODE", "mt84malt011000012345mtlcast001s"),
        ("US_SSN", "536-90-4399"),
    ],
)
def test_each_kind_opens_a_window_around_the_token_it_stands_in(kind, text):
    assert shown(f"left {text} right", kind) == [text]


def test_ordinary_prose_and_code_open_no_window():
    text = "In 1789, at 12:34:56, Widget::Grow of v1.2.3 read 3.14159 pages; UTF-8, 5 % off."

    assert [shown(text, kind) for kind in DEFAULT] == [[]] * len(DEFAULT)


def test_windows_reach_the_context_and_then_the_end_of_the_token():
    text = "aaaa bbbb cccc x@y.org dddd eeee ffff"

    assert shown(text, "EMAIL_ADDRESS", context=7) == ["bbbb cccc x@y.org dddd"]


def test_windows_that_touch_become_one():
    text = "x@y.org and z@y.org"

    assert shown(text, "EMAIL_ADDRESS", context=7) == [text]


def test_offsets_count_code_points():
    text = "\U0001f600\U0001f601 x@y.org \U0001f602"

    assert windows(text, "EMAIL_ADDRESS", 0) == [(3, 10)]


def test_a_token_longer_than_the_reach_is_cut_there():
    text = "a" * 5_000 + "@" + "b." * 2_500

    assert windows(text, "EMAIL_ADDRESS", 10) == [(5_000 - 10 - REACH, 5_001 + 10 + REACH)]


@pytest.mark.parametrize("unit", ["7", "12 ", "12345678 x@y.org\n", "(", "1.", "@", "a::"])
def test_no_window_is_longer_than_stated_and_all_candidates_stay_inside(unit):
    text = (unit * 200_000)[:200_000]

    found = [windows(text, kind, 48) for kind in DEFAULT]

    for pieces in filter(None, found):
        assert all(0 < end - start <= LONGEST for start, end in pieces)
        assert all(a[1] > b[0] >= a[1] - OVERLAP for a, b in itertools.pairwise(pieces))
        assert (pieces[0][0], pieces[-1][1]) == (0, len(text))


def test_a_long_window_is_cut_at_white_space():
    text = "x@y.org word " * 2_000

    pieces = windows(text, "EMAIL_ADDRESS", 20)

    assert len(pieces) > 2
    assert all(text[end].isspace() for _, end in pieces[:-1])
    assert all(text[start].isspace() for start, _ in pieces[1:])


def test_whatever_is_shorter_than_half_the_overlap_is_whole_in_one_piece():
    draw = random.Random(3)
    text = "".join(draw.choices(["1", "2", "1 ", "2 "], k=20_000))

    pieces = windows(text, "CREDIT_CARD", 48)

    assert len(pieces) > 2
    assert (pieces[0][0], pieces[-1][1]) == (0, len(text))
    for start in range(0, len(text) - OVERLAP // 2, 37):
        end = start + OVERLAP // 2 - 1
        assert any(low <= start and end <= high for low, high in pieces)


def test_texts_of_a_batch_have_their_own_windows_and_those_without_have_none():
    texts = ["", "x@y.org", "no", "1", "\U0001f600 a@b.org", "@", "c.org", ""]

    found = list(Gate(texts).windows("EMAIL_ADDRESS", 9))

    assert found == [(1, [(0, 7)]), (4, [(0, 9)])]
