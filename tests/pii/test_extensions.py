"""Extensions of phone numbers, held against the phone library's own matcher."""

from __future__ import annotations

import phonenumbers
import pytest

from corpusmill.pii.extensions import end_of_extension, start_of_extended

NUMBER = "+1 212 555 0143"
WIDE = " \t\u00a0," * 60
LABELS = [
    *("ext. ", "ext", "EXTN: ", "xtn.", "extensi\u00f3n ", "extensio\u0301n-", "anexo ", "доб. "),
    *(
        "x",
        "X ",
        "#",
        "~",
        "int ",
        "\uff58",
        "\uff45\uff58\uff54\uff0e",
        "\uff03",
        "\uff5e ",
        "x: -,",
    ),
]
WRITTEN = [
    *(f"{blanks}{label}51" for label in LABELS for blanks in ("", " ", " ,\t")),
    *(";ext=51", " ext 51#", "     - 51#", f"{' ' * 9}51#"),
]


def ends(text):
    return [match.end for match in phonenumbers.PhoneNumberMatcher(text, None)]


@pytest.mark.parametrize("extension", WRITTEN, ids=ascii)
def test_an_extension_ends_where_the_library_ends_the_number(extension):
    text = f"{NUMBER}{extension}; and 7"

    assert ends(text) == [len(NUMBER + extension)]
    assert end_of_extension(text, len(NUMBER)) == len(NUMBER + extension)


@pytest.mark.parametrize(
    "behind", ["", " 51", "; 51", " next 51", " e 51", " # word", ";ext 51", "\n# 51"]
)
def test_what_the_library_takes_for_no_extension_is_none(behind):
    text = NUMBER + behind

    assert ends(text) in ([len(NUMBER)], [])
    assert end_of_extension(text, len(NUMBER)) == len(NUMBER)


def test_blanks_before_a_label_and_behind_it_count_for_nothing():
    text = f"12{WIDE}ext.{WIDE}51 end"

    assert end_of_extension(text, 2) == len(text) - len(" end")
    assert start_of_extended(text, 0, text.index("51")) == 0


@pytest.mark.parametrize(
    ("before", "group", "start"),
    [
        ("call ", "030 1234567", 5),
        ("a 12 # ", "20 030 1234567", 2),
        ("a 12 # 3 ext. 4 int ", "20 030 1234567", 2),
        ("a 1-2 3 # ", "20 030 1234567", 2),
        ("a 12     ", "345# 030 1234567", 2),
        ("a 12     345# ", "030 1234567", 2),
        ("a 12     ", "345 030 1234567", 9),
        ("a # ", "20 030 1234567", 4),
    ],
)
def test_digits_that_a_group_may_extend_are_followed_to_their_start(before, group, start):
    assert start_of_extended(before + group, 0, len(before)) == start


def test_digits_are_followed_no_further_than_asked():
    text = "1 # 2 # 3 # 030 1234567"

    assert start_of_extended(text, 4, 12) == 4
