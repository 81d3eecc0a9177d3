"""The quick look is a necessary condition: whatever ftfy calls bad, both patterns match."""

from __future__ import annotations

import random
import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES, is_bad

from corpusmill.text.badness import MAYBE_BAD, SUSPECT

CATEGORIES = re.compile(f"[{''.join(MOJIBAKE_CATEGORIES.values())}]")
# Every character that has a part in ftfy's pattern, but U+FFFD, which it is never shown.
SPECIAL = sorted(
    {chr(c) for c in range(0x80, 0x10000) if CATEGORIES.match(chr(c))}
    | {c for c in BADNESS_RE.pattern if not c.isascii()} - {"\ufffd"}
)


def missed(texts: list[str]) -> list[str]:
    bad = [text for text in texts if is_bad(text) and "\ufffd" not in text]
    assert bad
    matched = pc.match_substring_regex(pa.array(bad), SUSPECT).to_pylist()
    return [t for t, found in zip(bad, matched, strict=True) if not (found and MAYBE_BAD.search(t))]


def test_the_alphabet_is_the_one_of_ftfy() -> None:
    assert len(SPECIAL) > 400
    assert {"Ã", "€", "\x9d", "\xa0", "√", "Ђ", "│"} <= set(SPECIAL)


@pytest.mark.heavy
@pytest.mark.parametrize("frame", ["{}", "a{}a", " {} ", "Z{}7", "{} Â«"])
def test_every_pair_that_ftfy_calls_bad_is_matched(frame: str) -> None:
    pairs = [frame.format(first + second) for first in SPECIAL for second in SPECIAL]

    assert missed(pairs) == []


def test_every_single_character_that_ftfy_calls_bad_is_matched() -> None:
    around = ["", "a", " ", "A", ".", "\n", "é", "一"]
    texts = [before + c + after for c in SPECIAL for before in around for after in around]

    assert missed(texts) == []


@pytest.mark.heavy
def test_longer_texts_that_ftfy_calls_bad_are_matched() -> None:
    draw = random.Random(1)
    alphabet = [*SPECIAL, *"aA1 .,!?\n" * 12, *"ÃÂâÐÑØÙВГРСΒΓΞΟ‚ГўВЂ" * 3]
    texts = ["".join(draw.choices(alphabet, k=draw.randrange(2, 9))) for _ in range(100_000)]

    assert missed(texts) == []


@pytest.mark.parametrize(
    "text",
    [
        "Le déjà-vu, « l’été » : ça coûte 5 € à l’hôtel.",
        "„Schön“, sagte Müller, ‚ja‘ – größer!",
        "¿Dónde está el niño? ¡Aquí! 20 °C, 5 m²",
        "Съешь ещё этих мягких «французских» булок, да выпей чаю…",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
        "Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl.",
        "Tiếng Việt: Đường đến trường xa quá.",
        "INFORMAÇÃO, ATENÇÃO, PÃO, MÃE",
        "日本語 中文 한국어 ไทย العربية עברית हिन्दी",
    ],
)
def test_ordinary_text_is_not_even_looked_at(text: str) -> None:
    assert not MAYBE_BAD.search(text)
    assert pc.match_substring_regex(pa.array([text]), SUSPECT).to_pylist() == [False]
