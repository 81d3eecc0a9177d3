"""The stored form of a text: rules, order of steps, idempotence, texts of many languages."""

from __future__ import annotations

import gzip
import json
import random
import re
import time
import unicodedata
from pathlib import Path

import pytest
import unicodedata2

from corpusmill.config import decode, plain
from corpusmill.refusal import Refused
from corpusmill.text.normalise import (
    Normalised,
    NormaliseRules,
    SourceRules,
    TextRules,
    normalise,
)

USUAL = TextRules()
EVERY = [
    TextRules(mojibake, whitespace, markup)
    for mojibake in (True, False)
    for whitespace in ("keep", "trim", "fold")
    for markup in ((), ("html",), ("markdown",), ("html", "markdown"))
]


@pytest.mark.parametrize(
    ("text", "stored", "changes"),
    [
        ("می‌خواهم بروم", "می‌خواهم بروم", {}),  # Persian, with its non-joiner
        ("👨‍👩‍👧‍👦 ❤️ 🏴󠁧󠁢󠁷󠁬󠁳󠁿", "👨‍👩‍👧‍👦 ❤️ 🏴󠁧󠁢󠁷󠁬󠁳󠁿", {}),
        ("हिन्दी में क्‍ष \u095b", "हिन्दी में क्‍ष \u091c\u093c", {"composed": 1}),
        ("ภาษาไทย น้ำ", "ภาษาไทย น้ำ", {}),
        ("Où ?\xa0Là\u202f! «\xa0Oui\xa0»", "Où ? Là ! « Oui »", {"white_space": 4}),
        ("\u200fمرحبا\u200e \u202bعالم\u202c", "مرحبا عالم", {"bidi": 4}),
        ("schÃ¶n â€œsoâ€\x9d", "schön “so”", {"mojibake": 1}),
        ("cafÃ© crÃ¨me", "café crème", {"mojibake": 1}),
        ("one\u2028two\u2029three\x0c", "one\ntwo\nthree", {"newline": 3, "white_space": 1}),
        ("\ufeffa\ufeffb", "ab", {"byte_order_mark": 2}),
        ("co\xadop\u200bera\u2060te", "cooperate", {"zero_width": 3}),
        ("a\x00\x1bb\x7f", "ab", {"control": 3}),
        ("e\x00\u0301", "é", {"composed": 1, "control": 1}),
        ("# T\n- **a**\n\n\tx = 1 \n\n", "# T\n- **a**\n\n\tx = 1", {"white_space": 2}),
        ("def f():\r\n    pass\r\n", "def f():\n    pass", {"newline": 2, "white_space": 1}),
        ("PÃO, AÇÃO E IRMÃ", "PÃO, AÇÃO E IRMÃ", {}),
        ("\u3000むかし\u3000むかし", "\u3000むかし\u3000むかし", {}),
        ("ﬁ ① Ⅳ ½ Å", "ﬁ ① Ⅳ ½ Å", {}),
        ("\ue000 \U000f0000 \ufffd", "\ue000 \U000f0000 \ufffd", {}),
        ("", "", {}),
        (" \n\t\n", "", {"white_space": 3}),
    ],
)  # fmt: skip
def test_a_text_as_it_is_stored(text: str, stored: str, changes: dict[str, int]) -> None:
    found = normalise(text, USUAL)

    assert found.text == stored
    assert found.changes == changes


def test_each_control_character_but_tabs_and_newlines_leaves_nothing() -> None:
    controls = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) == "Cc"]
    rules = TextRules(mojibake=False)

    gone = [c for c in controls if normalise(f"a{c}b", rules).text == "ab"]

    assert set(controls) - set(gone) == {"\t", "\n", "\x0b", "\x0c", "\r", "\x85"}


def test_all_steps_together() -> None:
    text = (
        "\ufeff<p>&Atilde;&copy;t&Atilde;&copy;</p>\r\n"
        "# **SchÃ¶n**\u200b \xa0\r\n\r\n\r\n&amp;lt;hr&gt;x"
    )
    rules = TextRules(whitespace="fold", markup=("html", "markdown"))

    found = normalise(text, rules)

    assert found.text == "été\nSchön\n\nx"
    assert found.changes == {
        "byte_order_mark": 1,
        "html": 10,
        "markdown": 2,
        "mojibake": 2,
        "newline": 4,
        "white_space": 3,
        "zero_width": 1,
    }


ALPHABETS = {
    "invisible": [
        *map(chr, [*range(0x20), *range(0x7F, 0xA1), 0xAD, 0x61C, 0x1680, 0x180E, 0x3000, 0xFEFF]),
        *map(chr, [*range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x205F, 0x2060, 0x2066, 0xFFFD]),
    ],
    "broken": [*"ÃÂâ€™œÅ©»ÐžØÙ\x9d\x93", "Ã©", "Â ", "â€œ", "Ð¿", "â€‹", "Ã‚Â", "ï»¿", "Ã ", "É”"],
    "combining": [*"aAeq", *"\u0301\u0323\u0303\u1100\u1161\u11a8\u212b\u0958\u037e\u1fef\u1ffd"],
    "html": ["<", ">", "&", ";", "<b>", "</b>", "<br>", "&lt;", "&#38;", "amp;", "<!--", "-->"],
    "markdown": ["*", "**", "_", "[", "](x)", "`", "\n```\n", "# ", "> ", "|", "\n|-|-|\n", "    "],
    "plain": [*"ab1.,é日я \n\t"],
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("rules", EVERY, ids=str)
def test_normalising_twice_changes_nothing_more(rules: TextRules) -> None:
    draw = random.Random(2)
    texts = []
    for _ in range(1_500):
        pools = draw.sample(list(ALPHABETS.values()), draw.choice([1, 2, 3]))
        pieces = [piece for pool in pools for piece in pool]
        texts.append("".join(draw.choices(pieces, k=draw.choice([2, 5, 12, 40]))))

    once = [normalise(text, rules) for text in texts]
    twice = [normalise(one.text, rules) for one in once]

    assert [one.text for one in twice] == [one.text for one in once]
    assert not any(one.changes for one in twice)
    assert [bool(one.changes) for one in once] == [
        one.text != text for one, text in zip(once, texts, strict=True)
    ]
    assert all(unicodedata2.normalize("NFC", one.text) == one.text for one in once)
    gone = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2028\u2029\u2060\ufeff]")
    assert not any(gone.search(one.text) for one in once)


def _corpus(folder: Path) -> list[str]:
    with gzip.open(folder / "mixed-corpus" / "part-00.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


@pytest.mark.heavy
@pytest.mark.parametrize("rules", [USUAL, TextRules(True, "fold", ("html", "markdown"))], ids=str)
def test_real_texts_are_at_rest_after_once(shared_data: Path, rules: TextRules) -> None:
    once = [normalise(text, rules) for text in _corpus(shared_data)]

    twice = [normalise(one.text, rules) for one in once]

    assert [one.text for one in twice] == [one.text for one in once]
    assert not any(one.changes for one in twice)
    assert sum(bool(one.changes) for one in once) > 20


HOSTILE = {
    "references in references": "&" + "amp;" * 60_000 + "lt;b>",
    "tags in tags": "<" * 100_000 + "b>" * 100_000,
    "references across tags": "&l<b>" * 40_000 + "t;" * 40_000,
    "tags without end": "<b " * 100_000,
    "attributes without end": "<a" + " b" * 150_000,
    "quotes without end": "<a b='" * 50_000,
    "comments without end": "<!--" * 80_000,
    "scripts without end": "<script>" * 40_000,
    "white space": " " * 300_000 + "x" + "\t" * 300_000 + "x",
    "blank lines": "\n" * 300_000 + "x",
    "brackets": "[" * 300_000,
    "links in links": "[" * 60_000 + "a" + "](b)" * 60_000,
    "links without end": "[a](b" * 60_000,
    "stars": "*a" * 150_000,
    "code without end": " ".join("`" * (n % 1_400 + 1) for n in range(400)),
    "fences without end": "```a\n" * 60_000,
    "shorter and shorter fences": "\n".join("`" * n + "a" for n in range(700, 2, -1)),
    "rules": "* " * 150_000 + "x",
    "heading": "# a" + " " * 300_000 + "x",
    "marks": "a" + "\u0301" * 300_000,
    "leads": ("Â" * 400 + "¤ ") * 1_000,
    "vanishing in broken": ("â€" * 150 + "‹" * 150 + " ") * 100,
    "joiners": "\u200d" * 300_000,
}


@pytest.mark.heavy
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_take_linear_time_and_come_to_rest(kind: str) -> None:
    rules = TextRules(whitespace="fold", markup=("html", "markdown"))

    started = time.process_time()
    once = normalise(HOSTILE[kind], rules)
    spent = time.process_time() - started

    assert spent < 60  # quadratic time would be hours
    assert normalise(once.text, rules) == Normalised(once.text, {})


def test_tokens_nested_too_deep_lose_what_they_are_made_of() -> None:
    rules = TextRules(markup=("html",))

    few, many = (
        normalise("&" + "amp;" * 3 + "lt;", rules),
        normalise("&" + "amp;" * 50 + "lt;", rules),
    )

    assert few.text == "<"
    assert "&" not in many.text


def test_folding_may_make_a_sequence_whole() -> None:
    found = normalise("voilÃ\tle", TextRules(whitespace="fold"))

    assert found.text == "voilà le"
    assert found.changes == {"mojibake": 1, "white_space": 1}


def test_a_source_has_rules_of_its_own_where_it_says_so() -> None:
    own = SourceRules(whitespace="fold", markup=("html",))
    rules = NormaliseRules(
        markup=("markdown",), sources={"web": own, "news": SourceRules(markup=())}
    )

    assert rules.of("web") == TextRules(True, "fold", ("html",))
    assert rules.of("news") == TextRules(True, "trim", ())
    assert rules.of("books") == TextRules(True, "trim", ("markdown",))


def test_the_rules_are_read_from_a_recipe_and_written_into_it() -> None:
    written = {
        "form": "NFC",
        "mojibake": False,
        "whitespace": "keep",
        "markup": ["html"],
        "sources": {"web": {"mojibake": True, "whitespace": None, "markup": ["markdown", "html"]}},
    }

    rules = decode(NormaliseRules, written, "recipe.normalise")

    assert rules.of("web") == TextRules(True, "keep", ("markdown", "html"))
    assert plain(rules) == written
    assert decode(NormaliseRules, {}, "recipe.normalise") == NormaliseRules()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"form": "NFKC"}, r"recipe\.normalise\.form NFKC: allowed is NFC"),
        ({"whitespace": "strip"}, r"recipe\.normalise\.whitespace strip: .* keep, trim, fold"),
        ({"markup": ["xml"]}, r"recipe\.normalise\.markup xml: allowed are html, markdown"),
        ({"markup": ["html", "html"]}, r"recipe\.normalise\.markup: each may be named once"),
        ({"mojibake": "yes"}, r"recipe\.normalise\.mojibake: expected true or false"),
        ({"sources": {"a": {"whitespace": ""}}}, r"normalise\.sources\.a\.whitespace .*keep, trim"),
        ({"sources": {"a": {"markup": ["xml"]}}}, r"normalise\.sources\.a\.markup xml"),
        ({"sources": {"a": {"form": "NFC"}}}, r"normalise\.sources\.a\.form: unknown key"),
    ],
)
def test_other_rules_are_refused_with_what_is_allowed(
    written: dict[str, object], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        decode(NormaliseRules, written, "recipe.normalise")
