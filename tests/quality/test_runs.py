"""Repeated runs of words, against counting and reading tuples of strings one by one."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from corpusmill.quality.batch import TextBatch
from corpusmill.quality.runs import (
    RepeatedRuns,
    duplicate_run_characters,
    lengthened,
    repeated_words,
    top_run_characters,
)
from corpusmill.quality.words import split
from corpusmill.text.characters import classes
from corpusmill.text.codepoints import CodePoints

pytestmark = pytest.mark.heavy


def _words(text: str) -> list[str]:
    points = CodePoints.of([text])
    found = split(points, classes()[points.codes], ["en"])
    return [text[a:b] for a, b in zip(found.starts.tolist(), found.ends.tolist(), strict=True)]


def _grams(words: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]


def _slow_top(words: list[str], size: int) -> int:
    grams = _grams(words, size)
    if not grams:
        return 0
    counts = Counter(grams)
    gram = max(grams, key=lambda each: (counts[each], -grams.index(each)))
    return counts[gram] * len(" ".join(gram))


def _slow_duplicates(words: list[str], size: int) -> int:
    seen, characters, at = set(), 0, 0
    while at <= len(words) - size:
        gram = tuple(words[at : at + size])
        if gram in seen:
            characters += sum(map(len, gram))
            at += size
        else:
            seen.add(gram)
            at += 1
    return characters


def _runs(batch: TextBatch, size: int) -> RepeatedRuns:
    runs = repeated_words(batch.words)
    for _ in range(size - 1):
        runs = lengthened(runs)
    return runs


def _batch(texts: list[str]) -> TextBatch:
    return TextBatch.of(texts, ["en"] * len(texts))


@pytest.fixture(scope="module")
def all_short_texts() -> list[str]:
    """Every text of 11 words out of two."""
    return [" ".join(words) for words in itertools.product(("a", "bcd"), repeat=11)]


@pytest.mark.parametrize("size", range(1, 11))
def test_repeated_runs_are_those_that_occur_twice_in_one_text(babble: list[str], size: int) -> None:
    batch = _batch(babble)

    runs = _runs(batch, size)

    expected, before = [], 0
    for number, words in enumerate(map(_words, babble)):
        grams = _grams(words, size)
        counts = Counter(grams)
        expected += [
            (before + at, number, gram) for at, gram in enumerate(grams) if counts[gram] > 1
        ]
        before += len(words)
    assert runs.positions.tolist() == [position for position, _, _ in expected]
    grams_of_texts = [(number, gram) for _, number, gram in expected]
    pairs = set(zip(runs.names.tolist(), grams_of_texts, strict=True))
    assert len(pairs) == len(set(runs.names.tolist())) == len(set(grams_of_texts))


@pytest.mark.parametrize("size", range(2, 5))
def test_the_top_run_is_the_one_that_counting_finds(
    babble: list[str], all_short_texts: list[str], size: int
) -> None:
    texts = babble + all_short_texts
    batch = _batch(texts)

    characters = top_run_characters(_runs(batch, size), batch.words)

    assert characters.tolist() == [_slow_top(_words(text), size) for text in texts]


@pytest.mark.parametrize("size", range(2, 11))
def test_duplicate_runs_are_those_that_reading_from_the_left_finds(
    babble: list[str], all_short_texts: list[str], size: int
) -> None:
    texts = babble + all_short_texts
    batch = _batch(texts)

    characters = duplicate_run_characters(_runs(batch, size), batch.words)

    assert characters.tolist() == [_slow_duplicates(_words(text), size) for text in texts]


def test_of_equally_frequent_runs_the_first_in_the_text_counts() -> None:
    batch = _batch(["long words here short or long words here short or", "x y looooong z"])

    characters = top_run_characters(_runs(batch, 2), batch.words)

    assert characters.tolist() == [2 * len("long words"), len("x y")]


def test_a_run_skipped_while_reading_is_not_remembered() -> None:
    # The second "a b" is jumped over, and with it the first "b c".
    batch = _batch(["a b a b c x b c"])

    characters = duplicate_run_characters(_runs(batch, 2), batch.words)

    assert characters.tolist() == [2]


def test_runs_of_other_texts_do_not_count() -> None:
    batch = _batch(["one two three", "one two three", "two three one"])

    runs = _runs(batch, 2)

    assert len(runs.positions) == 0


def test_one_word_a_million_times_is_read_in_one_pass() -> None:
    batch = _batch(["spam " * 1_000_000])

    runs = _runs(batch, 5)

    assert duplicate_run_characters(runs, batch.words).tolist() == [4 * 999_995]
    assert top_run_characters(runs, batch.words).tolist() == [999_996 * 24]
