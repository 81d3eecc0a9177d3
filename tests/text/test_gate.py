"""What the gate lets pass is in its stored form, or needs no more than its ends trimmed."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.text.gate import suspects, with_odd_ends
from corpusmill.text.normalise import TextRules, normalise, with_plain_ends

RULES = [
    TextRules(mojibake, whitespace, markup)
    for mojibake in (True, False)
    for whitespace in ("keep", "trim", "fold")
    for markup in ((), ("html",), ("markdown", "html"))
]
CONTROLS = [*range(0x20), *range(0x7F, 0xA1), 0xAD, 0x61C, 0x1680, 0x180E, 0x205F, 0x3000, 0xFEFF]
INVISIBLE = [*map(chr, [*CONTROLS, *range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x2060, 0x2066])]
COMBINING = ["e", "\u0301", "\u0323", "\u1100", "\u1161", "\u212b", "\u0958", "\u037e", "\u1fef"]
MARKUP = ["<b>", "</b>", "&lt;", "<!--", "-->", "**", "_", "# ", "[a](b)", "`", "```\n", "|"]
BROKEN = [*"ÃÂâ€™œÅ©»Ðž\x9d", "Ã©", "Â ", "â€œ", "Ð¿", "è¯´"]


def drawn(seed: int) -> list[str]:
    draw = random.Random(seed)
    pools = [INVISIBLE, COMBINING, MARKUP, BROKEN, [*"aé日 .\t\n"], ["\r\n", " ", "\n", "x"]]
    texts = []
    for _ in range(3_000):
        several = [piece for pool in draw.sample(pools, 2) for piece in pool]
        texts.append("".join(draw.choices(several, k=draw.choice([1, 2, 3, 8]))))
    return texts


@pytest.mark.heavy
@pytest.mark.parametrize("rules", RULES, ids=str)
def test_what_passes_the_gate_would_not_be_changed(rules: TextRules) -> None:
    texts = drawn(1)
    array = pa.array(texts)

    suspect, ends = suspects(array, rules), with_odd_ends(array, rules)

    passed = [text for text, odd in zip(texts, suspect | ends, strict=True) if not odd]
    assert [normalise(text, rules).text for text in passed] == passed
    assert 50 < len(passed) < 2_900


def test_every_character_that_is_dropped_behind_any_other_is_seen() -> None:
    rules = TextRules(mojibake=False, whitespace="keep")
    before = ["", *map(chr, range(0x80)), *INVISIBLE, "é", "日"]
    texts = [one + c + "x" for one in before for c in [*INVISIBLE, "\u200c", "\u200d"]]

    seen = suspects(pa.array(texts), rules) | with_odd_ends(pa.array(texts), rules)

    passed = [text for text, odd in zip(texts, seen, strict=True) if not odd]
    assert [normalise(text, rules).text for text in passed] == passed
    assert 500 < len(passed) < len(texts) / 2


@pytest.mark.heavy
@pytest.mark.parametrize("rules", RULES, ids=str)
def test_what_is_no_suspect_needs_its_ends_trimmed_at_most(rules: TextRules) -> None:
    texts = drawn(2)

    clean = np.flatnonzero(~suspects(pa.array(texts), rules))

    found = [with_plain_ends(texts[place], rules) for place in clean]
    assert found == [normalise(texts[place], rules) for place in clean]
    assert rules.whitespace == "keep" or any(one.changes for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "plain\n\n    indented\tand - more.",
        "Ünïcödé « тест » δοκιμή 日本語　テスト 한국어",
        "می‌خواهم क्‍ष 👩‍👩‍👧",
        "",
    ],
)
def test_ordinary_text_passes(text: str) -> None:
    array = pa.array([text])

    assert not suspects(array, TextRules())[0]
    assert not with_odd_ends(array, TextRules())[0]
