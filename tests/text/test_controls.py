"""Newline forms, controls and marks that show nothing, against a walk over the text by hand."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter

import pytest

from corpusmill.text.controls import without_hidden, without_latin_controls
from corpusmill.text.normalise import TextRules, normalise

NEWLINES = "\n\r\x0b\x0c\x85\u2028\u2029"
BIDI = [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
JOINERS = "\u180e\u200c\u200d"
SPACES = "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def clean(text: str) -> tuple[str, dict[str, int]]:
    changes: Counter[str] = Counter()
    found = without_latin_controls(without_hidden(text, changes), changes)
    return found, {kind: number for kind, number in changes.items() if number}


def kind_of(c: str) -> str | None:
    """What a dropped character is counted as; None for others and for joiners."""
    if c == "\ufeff":
        return "byte_order_mark"
    if c in "\u200b\u2060\xad":
        return "zero_width"
    if ord(c) in BIDI:
        return "bidi"
    return "control" if unicodedata.category(c) == "Cc" and c not in "\t\n" else None


def by_hand(text: str) -> tuple[str, dict[str, int]]:
    """One character after the other: what it becomes, and what it is counted as."""
    changes: Counter[str] = Counter()
    lines = re.sub("\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", text)
    changes["newline"] = len(re.findall("\r\n?|[\x0b\x0c\x85\u2028\u2029]", text))
    stays = ""
    for c in lines:
        kind = kind_of(c)
        if c in JOINERS and (not stays or stays[-1].isascii() or stays[-1] in SPACES):
            kind = "zero_width"
        changes[kind or ""] += 1
        stays += "" if kind else c
    del changes[""]
    return stays, dict(+changes)


@pytest.mark.parametrize("newline", ["\r\n", *NEWLINES])
def test_every_newline_becomes_one_line_feed(newline: str) -> None:
    found, changes = clean(f"a{newline}b{newline}{newline}c{newline}")

    assert found == "a\nb\n\nc\n"
    assert changes == ({} if newline == "\n" else {"newline": 4})


def test_a_carriage_return_behind_a_line_feed_is_a_line_of_its_own() -> None:
    assert clean("a\n\rb\r\r\nc") == ("a\n\nb\n\nc", {"newline": 3})


@pytest.mark.heavy
def test_random_texts_become_what_a_walk_by_hand_makes_of_them() -> None:
    draw = random.Random(1)
    odd = [*map(chr, [*range(0x20), *range(0x7F, 0xA1), 0xAD, *BIDI]), *JOINERS, *SPACES]
    odd += ["\u200b", "\u2060", "\ufeff"]
    texts = ["".join(draw.choices([*odd, *"ab é کक👩"], k=20)) for _ in range(5_000)]
    texts = [text.replace("\u2000", "").replace("\u2001", "") for text in texts]  # NFC takes them
    rules = TextRules(mojibake=False, whitespace="keep")

    found = [normalise(text, rules) for text in texts]

    assert [(one.text, one.changes) for one in found] == [by_hand(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم",  # Persian: no joint within a word
        "क्‍ष र्‍य",  # Hindi: half forms
        "👩‍👩‍👧‍👦 🏳️‍🌈",
        "ᠪᠠᠢᠨ᠎ᠠ",  # Mongolian: a separated final vowel
        "ශ්‍රී ලංකාව",
        "한국어 ไทย\tעברית",
        "𝄞 \U000e0067\U000e007f \ufe0f \u034f",  # tags, variation selectors, joiner of graphemes
    ],
)
def test_what_belongs_to_the_spelling_stays(text: str) -> None:
    assert clean(text) == (text, {})


@pytest.mark.parametrize("before", ["", "a", "7", ".", " ", "\n", "\u3000", "\xa0", "a\u200b"])
@pytest.mark.parametrize("joiner", JOINERS)
def test_a_joiner_that_joins_nothing_goes(before: str, joiner: str) -> None:
    found, changes = clean(f"{before}{joiner}{joiner}b")

    assert found == before.replace("\u200b", "") + "b"
    assert changes == {"zero_width": 2 + ("\u200b" in before)}


def test_what_may_be_a_byte_of_broken_utf_8_waits_for_the_repair() -> None:
    changes: Counter[str] = Counter()

    found = without_hidden("\xc3\x85 \xe2\x80\x85 \xc2\xad a\x85\x85b \x00", changes)

    assert found == "\xc3\x85 \xe2\x80\x85 \xc2\xad a\n\nb "
    assert without_latin_controls(found, changes) == "\xc3\n \xe2\n \xc2 a\n\nb "
    assert +changes == {"newline": 4, "control": 2, "zero_width": 1}
