"""The stored form of a text, against Python's own NFC and rules written out."""

import random
import sys
import unicodedata

import pytest

from corpusmill.text.normalise import NormaliseRules, normalise

# Assigned in the Python that runs and neither a control nor a newline nor a byte order mark.
PLAIN = [
    chr(code)
    for code in range(0x20, 0x20000)
    if unicodedata.category(chr(code)) not in ("Cn", "Cc", "Cs", "Zl", "Zp", "Co")
    and code != 0xFEFF
]
MARKS = [character for character in PLAIN if unicodedata.combining(character)]


def test_text_is_stored_in_nfc():
    draw = random.Random(1)
    texts = [
        "".join(draw.choice(MARKS if draw.random() < 0.5 else PLAIN) for _ in range(12))
        for _ in range(4_000)
    ]

    found = [normalise(text) for text in texts]

    assert found == [unicodedata.normalize("NFC", text) for text in texts]
    assert found != texts


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("e\u0301", "é"),
        ("\u212b", "Å"),
        ("\u1112\u1161\u11ab", "한"),
        ("q\u0307\u0323", "q\u0323\u0307"),
        ("ﬁ ① Å", "ﬁ ① Å"),
    ],
)
def test_composition_is_canonical_and_never_compatible(text, stored):
    assert normalise(text) == stored


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_newline_becomes_one_line_feed(newline):
    assert normalise(f"a{newline}b{newline}{newline}c{newline}") == "a\nb\n\nc\n"


def test_a_carriage_return_behind_a_line_feed_is_a_line_of_its_own():
    assert normalise("a\n\rb\r\r\nc") == "a\n\nb\n\nc"


def test_control_characters_go_and_everything_else_stays():
    kept = "\t\n \u00a0\u00ad\u200b\u200c\u200d\u2060\u202e\u3000\ue000\U000f0000"
    controls = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))

    found = normalise(controls + kept)

    assert found == "\t\n\n\n\n\n" + kept


def test_each_control_character_but_tabs_and_newlines_leaves_nothing():
    controls = [chr(c) for c in range(sys.maxunicode) if unicodedata.category(chr(c)) == "Cc"]

    gone = [c for c in controls if normalise(f"a{c}b") == "ab"]

    assert set(controls) - set(gone) == {"\t", "\n", "\x0b", "\x0c", "\r", "\x85"}


def test_a_byte_order_mark_goes_wherever_it_stands():
    assert normalise("\ufeffa\ufeffb\ufeff") == "ab"


def test_what_a_control_character_kept_apart_is_composed():
    assert normalise("e\x00\u0301") == "é"


def test_normalising_twice_changes_nothing_more():
    draw = random.Random(2)
    odd = [
        "\r",
        "\n",
        "\x00",
        "\x0c",
        "\x85",
        "\ufeff",
        "\u2028",
        "e",
        "\u0301",
        "\u0323",
        "\u1161",
    ]
    texts = ["".join(draw.choices([*odd, *PLAIN[:500]], k=30)) for _ in range(3_000)]

    once = [normalise(text) for text in texts]

    assert [normalise(text) for text in once] == once
    assert not any(set(text) & {"\r", "\x00", "\x0c", "\x85", "\ufeff", "\u2028"} for text in once)


def test_another_normal_form_is_refused_with_the_one_that_is_allowed():
    with pytest.raises(ValueError, match=r"NFKC.*NFC"):
        NormaliseRules("NFKC")
