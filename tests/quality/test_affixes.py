"""Chunks taken apart against spaCy's own tokenizer, by the rules of every language it has."""

from __future__ import annotations

import importlib
import pydoc_data.topics
import random
import re
from itertools import accumulate

import pytest
import spacy

from corpusmill.quality import affixes, words
from corpusmill.quality.affixes import Affixes

pytestmark = pytest.mark.heavy

PARSER = getattr(re, "_parser", None) or re.sre_parse  # its name before Python 3.11
ODD = [
    *(
        "e.g.",
        "(e.g.,",
        "U.S.",
        "don't",
        "can't,",
        "'tis",
        "it's.",
        "10km",
        "5°C.",
        "$5.00",
        "US$5",
    ),
    *(":)", "word:)", "):", "):):", "foo:D", "a.b", "a.B", "x-ray", "state-of-the-art,", "and/or"),
    *("http://a.example/b?c=d#e", "a@b.example.", "www.example.org,", "1.2.3.4", "...", "word...."),
    *("....................word", "word....................", "''", "\"'word'\"", "—", "a—b", "§5"),
    *(
        "rock'n'roll",
        "L'homme",
        "qu'il",
        "l’eau",
        "d'",
        "s'",
        "O'Neill's",
        "1990's",
        "KM²",
        "9kg/m",
    ),
    *(
        "IS_ALPHA",
        "a\u0301b",
        "été.",
        "ÉTÉ.",
        "Ab.",
        "A.",
        "AB.",
        "aB.",
        "ß.",
        "λόγος,",
        "слово.",
        "слово»",
    ),
    *("हिन्दी।", "word。", "«mot»", "„Wort“", "0.5-1.5", "C++", "C#", "a_b", "_a_", "#tag", "@user"),
    *(
        "⌘",
        "\u2318,",
        "κωδικοποιητές-αποκωδικοποιητές",
        "°C.",
        "8)8)",
        "(:(:(",
        "a.m.p.m.",
        "(^_^)_^)",
        "don't'cause",
        "z.B.d.h.",
    ),
]


@pytest.fixture(scope="module")
def chunks() -> list[str]:
    """Chunks of pages, of sentences in dozens of languages, and letters and marks in any order."""
    found = {chunk for page in pydoc_data.topics.topics.values() for chunk in page.split()}
    for language in words._RULES:
        try:
            examples = importlib.import_module(f"spacy.lang.{language}.examples")
        except ModuleNotFoundError:
            continue
        found |= {chunk for sentence in examples.sentences for chunk in sentence.split()}
    draw = random.Random(5)
    pieces = [
        "a",
        "Word",
        "x",
        "Ab",
        "éé",
        "слово",
        "12",
        "3",
        "km",
        "s",
        *"'’.,:;-/()[]\"!?$%&+*@#_°",
    ]
    found |= {"".join(draw.choices(pieces, k=draw.randint(1, 6))) for _ in range(4_000)}
    return [*ODD, *sorted(found)]


def check(language: str, chunks: list[str]) -> None:
    nlp = spacy.blank(language)
    rules = Affixes(language)
    for chunk in chunks:
        expected = [len(token) for token in nlp.tokenizer(chunk)]
        assert rules.lengths(chunk) == expected, (language, chunk)
        assert rules.breaks(chunk) == tuple(accumulate(expected[:-1])), (language, chunk)


def test_english_chunks_are_what_spacy_makes_of_them(chunks) -> None:
    check("en", chunks)


def test_no_suffix_is_longer_than_the_walk_looks_for() -> None:
    wide = {
        (language, pattern)
        for language in set(words._RULES) - affixes._BOUNDLESS
        for pattern in spacy.util.get_lang_class(language).Defaults.suffixes
        if pattern.strip() and PARSER.parse(pattern).getwidth()[1] > affixes._REACH
    }

    # One that Hungarian has is a set without its brackets: 400 characters in a row.
    assert {pattern for _, pattern in wide if len(pattern) < 2_000} == {r"\.\.+"}
    assert {language for language, pattern in wide if len(pattern) >= 2_000} == {"hu"}


@pytest.mark.slow
@pytest.mark.parametrize("language", words._RULES)
def test_chunks_are_what_spacy_makes_of_them_in_every_language(chunks, language) -> None:
    check(language, chunks)
