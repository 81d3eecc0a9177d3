"""White space in its three ways, against rules written out line by line."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from corpusmill.text.normalise import TextRules, normalise
from corpusmill.text.spaces import folded, trimmed, with_plain_spaces

UNUSUAL = [0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F]
KEEP, TRIM, FOLD = (TextRules(mojibake=False, whitespace=way) for way in ("keep", "trim", "fold"))


def trimmed_by_hand(text: str) -> str:
    plain = "".join(" " if ord(c) in UNUSUAL else c for c in text)
    lines = plain.split("\n")
    for place, line in enumerate(lines):
        while line and line[-1] in " \t\u3000":
            line = line[:-1]
        lines[place] = line
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return "\n".join(lines)


def folded_by_hand(text: str) -> str:
    out: list[str] = []
    for line in trimmed_by_hand(text).split("\n"):
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if words or not out or out[-1]:
            out.append(" ".join(words))
    return "\n".join(out)


def drawn(seed: int) -> list[str]:
    draw = random.Random(seed)
    pieces = [" ", "  ", "\t", "\n", "\n\n", "a", "bc", "é", "\u3000", *map(chr, UNUSUAL)]
    return ["".join(draw.choices(pieces, k=draw.randrange(25))) for _ in range(4_000)]


def test_trimmed_texts_are_what_the_rules_written_out_make_of_them() -> None:
    texts = drawn(1)

    found = [normalise(text, TRIM).text for text in texts]

    assert found == [trimmed_by_hand(text) for text in texts]
    assert sum(map(str.__ne__, texts, found)) > 3_000


def test_folded_texts_are_what_the_rules_written_out_make_of_them() -> None:
    texts = drawn(2)

    found = [normalise(text, FOLD).text for text in texts]

    assert found == [folded_by_hand(text) for text in texts]


def test_kept_texts_are_as_they_were() -> None:
    texts = [text for text in drawn(3) if "\u2000" not in text and "\u2001" not in text]

    assert [normalise(text, KEEP).text for text in texts] == texts


def test_indentation_and_lines_stay_when_trimmed() -> None:
    code = "    def f():\n\treturn  1\n\n\n# end\n"

    found = normalise(f"\n \n{code}", TRIM)

    assert found.text == code.rstrip("\n")
    assert found.changes == {"white_space": 3}


def test_an_ideographic_space_stays_but_at_the_end_of_a_line() -> None:
    assert normalise("\u3000吾輩は\u3000猫\u3000\nで", FOLD).text == "\u3000吾輩は\u3000猫\nで"


@pytest.mark.parametrize(
    ("work", "text", "stored", "places"),
    [
        (with_plain_spaces, "10\u202f000\xa0€\xa0!", "10 000 € !", 3),
        (trimmed, "a  \t\nb\nc \n\n", "a\nb\nc", 3),
        (trimmed, " \n\n  a", "  a", 2),
        (trimmed, "a\n b", "a\n b", 0),
        (trimmed, "", "", 0),
        (folded, "  a \tb\tc  d e\n\n\n\nf", "a b c d e\n\nf", 5),
    ],
)
def test_places_are_counted(work, text: str, stored: str, places: int) -> None:  # type: ignore[no-untyped-def]
    changes: Counter[str] = Counter()

    assert work(text, changes) == stored
    assert changes["white_space"] == places
