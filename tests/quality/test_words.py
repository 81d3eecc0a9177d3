"""Words of a batch, against spaCy on whole texts and against counting by hand."""

from __future__ import annotations

import pydoc_data.topics
import random

import pytest
import spacy
from spacy.lang.en.examples import sentences as english
from spacy.lang.fr.examples import sentences as french

from corpusmill.quality import words
from corpusmill.quality.affixes import affixes_of
from corpusmill.quality.seen_chunks import SeenChunks
from corpusmill.quality.words import (
    MAX_CHUNK,
    MAX_SYMBOLS,
    rules_of,
    split,
)
from corpusmill.text.characters import classes
from corpusmill.text.codepoints import CodePoints


def split_texts(texts, languages):
    points = CodePoints.of(texts)
    found = split(points, classes()[points.codes], languages)
    whole = "".join(texts)
    strings = [whole[a:b] for a, b in zip(found.starts.tolist(), found.ends.tolist(), strict=True)]
    return [strings[a:b] for a, b in zip(found.first[:-1], found.first[1:], strict=True)]


def split_text(text, language="en"):
    [found] = split_texts([text], [language])
    return found


def spoken(text, language):
    """What spaCy makes of a whole text, white space left out."""
    return [token.text for token in spacy.blank(language)(text) if token.text.strip()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mill isn't far.", ["The", "mill", "is", "n't", "far", "."]),
        ("one\ttwo\n\nthree", ["one", "two", "three"]),
        ("3.5km, U.S. (e.g.) a-b", ["3.5", "km", ",", "U.S.", "(", "e.g.", ")", "a", "-", "b"]),
        ("", []),
        (" \n ", []),
        ("漢字漢", ["漢字", "漢"]),
        ("漢字。漢", ["漢字", "。", "漢"]),
        ("Python3は速い", ["Python3", "は速", "い"]),
        ("ภาษาไทยนี้", ["ภาษา", "ไทยนี้"]),
        ("བོད་སྐད་", ["བོད", "་", "སྐད", "་"]),
        ("မြန်မာ", ["မြန်မာ"]),
    ],
)
def test_words_by_hand(text, expected) -> None:
    assert split_text(text) == expected


def test_a_mark_belongs_to_its_letter() -> None:
    assert split_text("漢\u0301字\u0301漢") == ["漢\u0301字\u0301", "漢"]
    assert split_texts(["漢", "\u0301x"], ["zh", "zh"]) == [["漢"], ["\u0301x"]]


@pytest.mark.heavy
def test_english_words_are_those_of_spacy_on_whole_texts() -> None:
    texts = [*english, *pydoc_data.topics.topics.values()]

    found = split_texts(texts, ["en"] * len(texts))

    nlp = spacy.blank("en")
    assert found == [[t.text for t in nlp(text) if t.text.strip()] for text in texts]
    assert sum(map(len, found)) > 50_000


@pytest.mark.heavy
def test_other_languages_have_their_own_rules() -> None:
    texts = [*french, "L'homme qu'elle aime n'est pas là."]

    found = split_texts(texts, ["fr"] * len(texts))

    assert found == [spoken(text, "fr") for text in texts]
    assert found[-1][:4] == ["L'", "homme", "qu'", "elle"]


def test_a_language_without_rules_has_those_of_xx() -> None:
    text = "A don't (b), c."

    assert split_text(text, "unknown") == split_text(text, "sw") == spoken(text, "xx")


@pytest.mark.parametrize(
    ("language", "rules"),
    [("en", "en"), ("no", "nb"), ("bs", "hr"), ("ja", "xx"), ("ko", "xx"), ("unknown", "xx")],
)
def test_each_language_has_one_set_of_rules(language, rules) -> None:
    assert rules_of(language) == rules


@pytest.mark.heavy
def test_spacy_has_the_rules_that_are_counted_on() -> None:
    assert {*words._LIKE.values(), "en", "fr", "de", "xx"} < {*words._RULES}
    assert affixes_of("xx").breaks("a,") == (1,)


def test_texts_of_several_languages_in_one_batch_are_split_each_by_its_own() -> None:
    texts = ["don't l'eau", "don't l'eau", "漢字 don't"]

    together = split_texts(texts, ["en", "fr", "ja"])

    assert together == [
        split_text(text, code) for text, code in zip(texts, ("en", "fr", "ja"), strict=True)
    ]


def test_words_do_not_depend_on_the_batch_or_on_what_came_before(babble) -> None:
    codes = [("en", "fr", "ja", "unknown")[n % 4] for n in range(len(babble))]
    together = split_texts(babble, codes)

    order = list(range(len(babble)))
    random.Random(3).shuffle(order)
    apart = {n: split_texts([babble[n]], [codes[n]])[0] for n in order}

    assert together == [apart[n] for n in range(len(babble))]


def test_all_but_white_space_is_in_some_word(babble) -> None:
    for text, found in zip(babble, split_texts(babble, ["en"] * len(babble)), strict=True):
        assert "".join(found) == "".join(text.split())


def test_what_is_remembered_changes_nothing(monkeypatch) -> None:
    texts = [f"isn't{number}, {'-'.join('ab' * number)}; l'eau" for number in range(40)]
    codes = ["en", "fr"] * 20
    expected = split_texts(texts, codes)

    monkeypatch.setattr(words, "SEEN", SeenChunks(bits=3))  # room for eight

    for _ in range(2):
        assert split_texts(texts, codes) == expected


def test_long_chunks_are_cut() -> None:
    letters, symbols = "x" * (3 * MAX_CHUNK + 1), "(" * (2 * MAX_SYMBOLS + 1) + "a"

    assert [len(word) for word in split_text(letters)] == [MAX_CHUNK] * 3 + [1]
    assert split_text(symbols) == ["("] * (2 * MAX_SYMBOLS + 1) + ["a"]


def test_lone_surrogates_pass() -> None:
    assert split_text("a \udfff b\ud800") == ["a", "\udfff", "b", "\ud800"]
