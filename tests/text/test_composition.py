"""NFC by the pinned tables, against Python's own and against the pinned ones asked one by one."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import unicodedata2

from corpusmill.text.composition import composed, suspect

# Assigned in the Python that runs, so that its tables and the pinned ones agree (Unicode promises).
KNOWN = [chr(c) for c in range(0x20, 0x20000) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
MARKS = [character for character in KNOWN if unicodedata.combining(character)]


def drawn(seed: int) -> list[str]:
    draw = random.Random(seed)
    return [
        "".join(draw.choice(MARKS if draw.random() < 0.5 else KNOWN) for _ in range(12))
        for _ in range(4_000)
    ]


def matches(texts: list[str]) -> list[bool]:
    found: list[bool] = pc.match_substring_regex(pa.array(texts), suspect()).to_pylist()
    return found


def test_text_is_composed_as_python_composes_what_it_knows() -> None:
    texts = drawn(1)

    found = [composed(text, Counter()) for text in texts]

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
        ("\U00016d67\U00016d67", "\U00016d68"),  # since Unicode 16: no Python of ours knows
    ],
)
def test_composition_is_canonical_and_never_compatible(text: str, stored: str) -> None:
    assert composed(text, Counter()) == stored


def test_lines_that_differ_are_counted() -> None:
    changes: Counter[str] = Counter()

    assert composed("e\u0301 e\u0301\nplain é\nA\u030a", changes) == "é é\nplain é\nÅ"
    assert changes == {"composed": 2}


@pytest.mark.heavy
def test_every_character_that_is_not_in_nfc_or_may_compose_is_suspect() -> None:
    everything = [chr(c) for c in (*range(0xD800), *range(0xE000, 0x110000))]
    never = [c for c in everything if unicodedata2.normalize("NFC", c) != c]
    pairs = [unicodedata2.decomposition(c).split() for c in everything]
    second = [chr(int(p[1], 16)) for p in pairs if len(p) == 2 and not p[0].startswith("<")]
    jamo = [chr(c) for c in (0x1161, 0x1175, 0x11A8, 0x11C2)]

    assert all(matches([*never, *second, *jamo]))
    assert len(never) > 1_000


@pytest.mark.heavy
def test_every_pair_of_marks_is_suspect() -> None:
    everything = [chr(c) for c in (*range(0xD800), *range(0xE000, 0x110000))]
    marks = [c for c in everything if unicodedata2.combining(c)]

    assert all(matches([mark + "\u0334" for mark in marks]))
    assert all(matches(["\u0334" + mark for mark in marks]))


@pytest.mark.heavy
def test_what_is_no_suspect_is_in_nfc() -> None:
    draw = random.Random(3)
    texts = [*drawn(2), *("".join(draw.choices(KNOWN, k=6)) for _ in range(20_000))]

    passed = [text for text, odd in zip(texts, matches(texts), strict=True) if not odd]

    assert [unicodedata2.normalize("NFC", text) for text in passed] == passed
    assert len(passed) > 10_000


def test_most_text_in_most_scripts_is_no_suspect() -> None:
    texts = [
        "plain",
        "très été",
        "слово",
        "ελληνικά",
        "日本語",
        "한국어",
        "العربية",
        "עברית",
        "नमस्ते",
    ]

    assert not any(matches(texts))
