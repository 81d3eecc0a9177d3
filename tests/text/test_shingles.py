"""Shingles against tuples of folded words, and the rule for short texts."""

from __future__ import annotations

import random

import numpy as np
import pytest
import slow_passages

from corpusmill.text import shingles
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.hashes import mix
from corpusmill.text.shingles import (
    FoldedWords,
    Shingles,
    character_shingles,
    normaliser_digest,
    word_shingles,
)
from corpusmill.text.words import hash_words, split_words

STEP = 0xD6E8FEB86659FD93
WRAP = (1 << 64) - 1


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """400 texts of 0 to 20 words out of six that fold alike in pairs."""
    draw = random.Random(5)
    words = ["Été", "ete", "x7", "X1", "漢", "mill-"]
    return [" ".join(draw.choices(words, k=draw.randrange(21))) for _ in range(400)]


def _folded_words(text: str) -> list[str]:
    folds = {"Été": "ete", "X1": "x0", "x7": "x0", "mill-": "mill"}
    return [folds.get(word, word) for word in text.split()]


def _shingles(texts: list[str], size: int, letters: int | None = None) -> list[list[int]]:
    return _lists(word_shingles(FoldedWords.of(texts), size, letters or size))


def _lists(found: Shingles) -> list[list[int]]:
    bounds = zip(found.first[:-1], found.first[1:], strict=True)
    return [found.hashes[start:end].tolist() for start, end in bounds]


@pytest.mark.parametrize("size", [1, 2, 5, 13])
def test_shingles_are_equal_where_the_folded_words_are(texts: list[str], size: int) -> None:
    found = _shingles(texts, size)

    meanings: dict[int, set[tuple[object, ...]]] = {}
    for text, hashes in zip(texts, found, strict=True):
        words = _folded_words(text)
        short = [(*words, slow_passages.exact(text))] if words else []
        runs = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)] or short
        assert len(hashes) == len(runs)
        for value, run in zip(hashes, runs, strict=True):
            meanings.setdefault(value, set()).add(run)
    runs_seen = [run for runs in meanings.values() for run in runs]
    assert {len(runs) for runs in meanings.values()} == {1}
    assert len(set(runs_seen)) == len(runs_seen)


def test_a_shingle_is_the_polynomial_of_its_word_hashes() -> None:
    points = CodePoints.of(["one two three four"])
    hashes = hash_words(points, split_words(points)).tolist()

    found = _shingles(["one two three four"], 3)

    assert found == [[_polynomial(hashes[:3]), _polynomial(hashes[1:])]]


def _polynomial(hashes: list[int]) -> int:
    total = int(mix(np.array([len(hashes)], dtype=np.uint64))[0])
    for value in hashes:
        total = (total * STEP + value) & WRAP
    return int(mix(np.array([total], dtype=np.uint64))[0])


@pytest.mark.parametrize("size", [2, 5])
def test_a_short_text_matches_only_exactly_its_own_words(size: int) -> None:
    texts = ["one", "One!", "one one", "one two one two one two", "", "..."]

    first, same, *others = _shingles(texts, size)

    assert first == same
    assert len(first) == 1
    assert all(first[0] not in hashes for hashes in others)
    assert others[-2:] == [[], []]


def test_the_order_of_words_matters() -> None:
    one, other = _shingles(["a b c", "c b a"], 3)

    assert one != other


def test_a_text_has_the_same_shingles_in_any_company(texts: list[str]) -> None:
    together = _shingles(texts, 5)

    apart = [_shingles([text], 5)[0] for text in texts]

    assert together == apart


@pytest.mark.parametrize("texts", [[], [""], ["", "?!"]])
def test_texts_without_words_have_no_shingles(texts: list[str]) -> None:
    assert _shingles(texts, 5) == [[] for _ in texts]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("漢字漢字漢字", 3),
        ("漢字 abc", 1),
        ("ab cd 漢字 ef", 4),
        ("漢字漢字 ab", 2),
        ("ab cd ef", 2),
    ],
)
def test_a_text_mostly_without_spaces_has_runs_of_letters(text: str, runs: int) -> None:
    [found] = _shingles([text], 2, letters=4)

    assert len(found) == runs


def test_texts_of_both_kinds_have_the_same_shingles_in_any_company() -> None:
    draw = random.Random(7)
    texts = ["".join(draw.choices("漢字文 ab", k=draw.randrange(20))) for _ in range(200)]

    together = _shingles(texts, 3, letters=6)

    assert together == [_shingles([text], 3, letters=6)[0] for text in texts]


def _slow_characters(text: str, size: int) -> list[str]:
    points = CodePoints.of([text]).folded()
    folded = " ".join(points.codes.tobytes().decode("utf-32-le").split(" ")).strip(" ")
    while "  " in folded:
        folded = folded.replace("  ", " ")
    if not folded:
        return []
    if len(folded) < size:
        return ["\n".join((folded, *slow_passages.exact(text)))]
    return [folded[at : at + size] for at in range(len(folded) - size + 1)]


@pytest.mark.parametrize("size", [1, 3, 24])
def test_runs_of_characters_are_equal_where_the_folded_texts_are(size: int) -> None:
    draw = random.Random(8)
    texts = ["".join(draw.choices("aÁb1 -.\n漢", k=draw.randrange(40))) for _ in range(300)]

    found = _lists(character_shingles(FoldedWords.of(texts), size))

    meanings: dict[int, set[str]] = {}
    for text, hashes in zip(texts, found, strict=True):
        runs = _slow_characters(text, size)
        assert len(hashes) == len(runs), text
        for value, run in zip(hashes, runs, strict=True):
            meanings.setdefault(value, set()).add(run)
    assert {len(runs) for runs in meanings.values()} == {1}
    assert len({run for runs in meanings.values() for run in runs}) == len(meanings)


def test_runs_of_characters_do_not_depend_on_the_company() -> None:
    texts = ["one two", "", " \n", "  one -- TWO ", "onetwo", "x" * 100]

    together = _lists(character_shingles(FoldedWords.of(texts), 5))

    assert together == [_lists(character_shingles(FoldedWords.of([t]), 5))[0] for t in texts]
    assert together[0] == together[3] != together[4]
    assert together[1] == together[2] == []


def test_digests_are_equal_where_the_words_are_with_digits_and_marks(texts: list[str]) -> None:
    digests = FoldedWords.of(texts).digests()

    words = [(tuple(_folded_words(t)), slow_passages.exact(t)) for t in texts]
    assert {len(digest) for digest in digests} == {16}
    assert len(set(digests)) == len(set(words)) == len(set(zip(digests, words, strict=True)))


def test_a_digest_does_not_depend_on_what_else_is_in_the_batch(texts: list[str]) -> None:
    alone = [FoldedWords.of([text]).digests()[0] for text in texts]

    assert FoldedWords.of(texts).digests() == alone
    assert alone[0] != alone[1]


def test_of_a_long_text_the_first_shingles_are_kept(texts: list[str]) -> None:
    whole = word_shingles(FoldedWords.of(texts), 2, 2)

    found = whole.upto(5)

    assert _lists(found) == [hashes[:5] for hashes in _lists(whole)]
    assert max(len(hashes) for hashes in _lists(whole)) > 5
    assert whole.upto(1_000) is whole


TWINS = [
    ["カード", "「カード」"],
    ["ガード"],
    ["カート"],
    ["दिन"],
    ["दीन", "दीन।"],
    ["ปี"],
    ["ปู"],
    ["Score: 3-1", "SCORE 3, 1"],
    ["Score: 2-0"],
    ["Score: 31"],
    ["Room 101"],
    ["Room 202"],
    ["1999-12-31"],
    ["2023-01-05"],
    ["año nuevo", "Año nuevo!"],
    ["ano nuevo"],
    ["peche"],
    ["pêché", "PÊCHÉ"],
    ["pêche"],
    ["péché"],
]


@pytest.mark.parametrize("kind", ["words", "characters", "digests"])
def test_only_the_very_same_words_make_twins_of_short_texts(kind: str) -> None:
    form = FoldedWords.of([text for group in TWINS for text in group])

    if kind == "digests":
        found = form.digests()
    else:
        made = word_shingles(form, 5, 10) if kind == "words" else character_shingles(form, 24)
        assert set(made.counts) == {1}
        found = made.hashes.tolist()

    group_of = [number for number, group in enumerate(TWINS) for _ in group]
    assert len(set(found)) == len(TWINS) == len(set(zip(found, group_of, strict=True)))


def test_a_text_of_as_many_words_as_a_run_is_long_is_matched_without_digits_and_marks() -> None:
    one, other = _shingles(["el año 1999 en Room", "El ano 2023 en room"], 5)

    assert one == other


@pytest.mark.parametrize("table", ["matching_fold", "case_fold"])
def test_the_digest_of_the_normaliser_is_that_of_its_tables(monkeypatch, table: str) -> None:
    digest = normaliser_digest()
    other = getattr(shingles, table)().copy()
    other[ord("É")] = ord("x")
    monkeypatch.setattr(shingles, table, lambda: other)

    assert normaliser_digest() != digest
