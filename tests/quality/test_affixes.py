"""Chunks taken apart against spaCy's own tokenizer, by the rules of every language it has."""

from __future__ import annotations

import importlib
import pydoc_data.topics
import random

import pytest
import spacy

from corpusmill.quality import words
from corpusmill.quality.affixes import Affixes

pytestmark = pytest.mark.heavy

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
]


@pytest.fixture(scope="module")
def chunks() -> list[str]:
    """Chunks of pages, of sentences in dozens of languages, and letters and marks in any order."""
    found = {chunk for page in pydoc_data.topics.topics.values() for chunk in page.split()}
    for language in sorted(words._SPACY):
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


def check(language: str, chunks: list[str]) -> int:
    nlp = spacy.blank(language)
    affixes = Affixes(nlp.tokenizer)
    unknown = 0
    for chunk in chunks:
        found = affixes.lengths(chunk)
        unknown += found is None
        assert found in (None, [len(token) for token in nlp.tokenizer(chunk)]), (language, chunk)
    return unknown


def test_english_chunks_are_what_spacy_makes_of_them(chunks) -> None:
    unknown = check("en", chunks)

    assert unknown < len(chunks) / 20


@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(words._SPACY))
def test_chunks_are_what_spacy_makes_of_them_in_every_language(chunks, language) -> None:
    check(language, chunks)
