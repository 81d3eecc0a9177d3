"""Where sentences end, in several scripts, by hand."""

from __future__ import annotations

import pytest

from corpusmill.dedup.sentences import split_sentences
from corpusmill.text.codepoints import CodePoints


def sentences(*texts: str) -> list[list[str]]:
    points = CodePoints.of(texts)
    found = split_sentences(points)
    spans = list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    of_texts = [spans[a:b] for a, b in zip(found.first[:-1], found.first[1:], strict=True)]
    return [[points.whole[a:b] for a, b in own if a < b] for own in of_texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two?  Three!", ["One.", "Two?", "Three!"]),
        ("3.14 and example.org", ["3.14 and example.org"]),
        ('He said "Stop." Then (no.) more', ['He said "Stop."', "Then (no.)", "more"]),
        ("A title\nwith two lines", ["A title", "with two lines"]),
        ("So... what", ["So...", "what"]),
        ("你好。再见！「好。」他说", ["你好。", "再见！", "「好。」", "他说"]),
        ("क्या? हाँ।नहीं॥ अब", ["क्या?", "हाँ।", "नहीं॥", "अब"]),
        ("هل؟ نعم۔لا", ["هل؟", "نعم۔", "لا"]),
        (" \n One.\u3000 \n\n", ["One."]),
        ("a." + ")" * 8 + " b." + ")" * 9 + " c", ["a." + ")" * 8, "b." + ")" * 9 + " c"]),
        (". .", [".", "."]),
        ("", []),
        (" \n", []),
    ],
)
def test_sentences_end_with_their_line_or_their_terminal(text, expected):
    assert sentences(text) == [expected]


def test_no_sentence_leans_on_the_text_before_it():
    texts = ["One.", ' two" x', ")) y", "。", "。z", "", '" a. b']

    together = sentences(*texts)

    assert together == [sentences(text)[0] for text in texts]
