"""Similarities against Python's sets and against datasketch."""

import random

import numpy as np
import pytest
from datasketch import MinHash

from corpusmill.dedup.minhash import shingles_of
from corpusmill.dedup.rules import PRESETS, MinHashRules
from corpusmill.dedup.similarity import similarities, sketches_of
from corpusmill.text.shingles import FoldedWords

FINEWEB = PRESETS["fineweb"].params
PAIRS = MinHashRules(words=2, bands=4, rows=3, seed=1).params
WORDS = [f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)]


@pytest.fixture(scope="module")
def ladder() -> list[str]:
    """A text, and ever less of it beside ever more of something else."""
    draw = random.Random(1)
    words = draw.choices(WORDS, k=400)
    return [" ".join(words[: 400 - cut] + draw.choices(WORDS, k=cut)) for cut in range(0, 400, 20)]


def sets_of(texts, params):
    """Shingles as sets of tuples of words, made at the level of strings."""
    words = [text.split() for text in texts]
    return [
        {tuple(each[at : at + params.words]) for at in range(len(each) - params.words + 1)}
        for each in words
    ]


@pytest.mark.parametrize("params", [PAIRS, FINEWEB], ids=["pairs", "fineweb"])
def test_jaccard_is_that_of_the_sets_of_shingles(ladder, params):
    sketches = sketches_of(ladder, params, "jaccard")

    found = similarities([sketches[0]] * len(ladder), sketches, "jaccard")

    sets = sets_of(ladder, params)
    expected = [1_000_000 * len(sets[0] & each) // len(sets[0] | each) for each in sets]
    assert found.dtype == np.int32
    assert found.tolist() == expected
    assert expected[0] == 1_000_000
    assert 0 < expected[-1] < 100_000


@pytest.mark.heavy
def test_the_estimate_is_that_of_datasketch_fed_with_the_same_shingles(ladder):
    sketches = sketches_of(ladder, FINEWEB, "estimate")

    found = similarities([sketches[0]] * len(ladder), sketches, "estimate")

    theirs = []
    shingles = shingles_of(FoldedWords.of(ladder), FINEWEB)
    for begin, end in zip(shingles.first[:-1], shingles.first[1:], strict=True):
        signature = MinHash(FINEWEB.permutations, seed=1, hashfunc=int, scheme="affine64")
        signature.update_batch(shingles.hashes[begin:end].tolist())
        theirs.append(signature)
    expected = [round(theirs[0].jaccard(each) * 112) * 1_000_000 // 112 for each in theirs]
    assert found.tolist() == expected


@pytest.mark.parametrize("measure", ["estimate", "jaccard"])
def test_a_sketch_does_not_depend_on_what_else_is_in_the_batch(ladder, measure):
    together = sketches_of(ladder, FINEWEB, measure)

    assert together == [sketches_of([text], FINEWEB, measure)[0] for text in ladder]


@pytest.mark.parametrize("measure", ["estimate", "jaccard"])
def test_short_texts_are_alike_when_their_words_are_and_else_not_at_all(measure):
    texts = ["one two", "One, two!", "one two three", "two one"]

    sketches = sketches_of(texts, FINEWEB, measure)

    found = similarities([sketches[0]] * 4, sketches, measure)
    assert found.tolist() == [1_000_000, 1_000_000, 0, 0]
