"""Signatures against datasketch and Python's own integers; bands against the S-curve."""

import random

import numpy as np
import pytest
from datasketch import MinHash
from slow_signatures import (
    CHARACTERS,
    WRAP,
    slow_character_shingles,
    slow_mix,
    slow_shingles,
    slow_signature,
)

from corpusmill.dedup import minhash
from corpusmill.dedup.minhash import (
    band_hashes,
    shingles_of,
    signatures,
)
from corpusmill.dedup.rules import PRESETS, MinHashRules
from corpusmill.text.shingles import FoldedWords, Shingles


def params_of(words, bands, rows, seed=1):
    return MinHashRules(words=words, bands=bands, rows=rows, seed=seed).params


FINEWEB = PRESETS["fineweb"].params
SMALL = params_of(2, 3, 4)


def bands_of_texts(texts, params):
    """Band hashes, and which texts have any shingle."""
    shingles = shingles_of(FoldedWords.of(texts), params)
    return band_hashes(signatures(shingles, params), params), shingles.counts > 0


def laid_out(sets):
    """Hash sets laid end to end."""
    hashes = np.array([value for each in sets for value in each], dtype=np.uint64)
    return Shingles(hashes, np.cumsum([0, *map(len, sets)]).astype(np.int64))


def random_sets(seed, sizes):
    draw = random.Random(seed)
    return [[draw.randrange(WRAP) for _ in range(size)] for size in sizes]


@pytest.fixture(scope="module")
def documents():
    """1,000 texts in several scripts, some of them mostly without spaces, some near twins."""
    draw = random.Random(9)
    texts = []
    for number in range(1000):
        few = draw.sample(CHARACTERS, 12) + [" "] * draw.randrange(7)
        text = "".join(draw.choices(few, k=draw.randrange(120)))
        if number % 5 == 4:
            text = texts[-1] + draw.choice(CHARACTERS)
        texts.append(text)
    return texts


@pytest.mark.heavy
@pytest.mark.parametrize("preset", ["fineweb", "bigcode", "curator"])
def test_signatures_of_a_thousand_documents_are_those_of_a_slow_implementation(documents, preset):
    params = PRESETS[preset].params

    found = signatures(shingles_of(FoldedWords.of(documents), params), params)

    for text, signature in zip(documents, found.tolist(), strict=True):
        if params.characters:
            shingles = slow_character_shingles(text, params.characters)
        else:
            shingles = slow_shingles(text, params.words)
        assert signature == slow_signature(shingles, params.permutations, params.seed), text


@pytest.mark.heavy
@pytest.mark.parametrize(
    "params", [SMALL, *(each.params for each in PRESETS.values())], ids=["small", *PRESETS]
)
def test_signatures_are_those_of_datasketch_fed_with_the_same_shingles(params):
    texts = ["the quick brown fox jumps over the lazy dog " * 3, "one two three four five", "a b"]
    shingles = shingles_of(FoldedWords.of(texts), params)

    found = signatures(shingles, params)

    for text in range(len(texts)):
        theirs = MinHash(params.permutations, seed=params.seed, hashfunc=int, scheme="affine64")
        begin, end = shingles.first[text : text + 2]
        theirs.update_batch(shingles.hashes[begin:end].tolist())
        assert found[text].tolist() == theirs.hashvalues.tolist()


def test_signatures_equal_the_slow_reference():
    sets = random_sets(3, [1, 0, 7, 40, 0, 0, 2])

    found = signatures(laid_out(sets), SMALL)

    assert found.tolist() == [slow_signature(each, SMALL.permutations, 1) for each in sets]
    assert found[1].tolist() == [WRAP - 1] * 12


def test_another_seed_draws_other_permutations():
    sets = random_sets(4, [5])

    one, other = (signatures(laid_out(sets), params_of(2, 3, 4, seed)).tolist() for seed in (1, 2))

    assert not set(one[0]) & set(other[0])


@pytest.mark.parametrize("block", [1, 2, 7, 64])
def test_the_size_of_a_block_changes_no_signature(monkeypatch, block):
    sets = random_sets(5, [0, 3, 64, 0, 1, 7, 7, 130, 0, 2, 0])
    monkeypatch.setattr(minhash, "_BLOCK", block)

    found = signatures(laid_out(sets), SMALL)

    assert found.tolist() == [slow_signature(each, SMALL.permutations, 1) for each in sets]


def test_a_text_has_the_same_bands_in_any_company():
    draw = random.Random(6)
    texts = [" ".join(draw.choices("abcdefgh", k=draw.randrange(30))) for _ in range(60)]

    hashes, matching = bands_of_texts(texts, FINEWEB)

    alone = [bands_of_texts([text], FINEWEB) for text in texts]
    backwards, _ = bands_of_texts(texts[::-1], FINEWEB)
    assert hashes.tolist() == [own[0].tolist() for own, _ in alone]
    assert matching.tolist() == [bool(flag[0]) for _, flag in alone]
    assert hashes.tolist() == backwards[::-1].tolist()


@pytest.mark.parametrize("sets", [[], [[]], [[], []]])
def test_texts_without_shingles_have_signatures_of_ones(sets):
    found = signatures(laid_out(sets), SMALL)

    assert found.shape == (len(sets), 12)
    assert (found == np.uint64(WRAP - 1)).all()


def test_a_band_hash_is_the_mixed_chain_of_its_rows():
    signature = np.array([[5, 6, 7, 8, 9, 10, WRAP - 1, 0]], dtype=np.uint64)

    found = band_hashes(signature, params_of(1, 2, 4))

    expected = []
    for band in ([5, 6, 7, 8], [9, 10, WRAP - 1, 0]):
        total = 0
        for value in band:
            total = slow_mix(total ^ value)
        expected.append(total)
    assert found.view(np.uint64).tolist() == [expected]


def test_what_the_bands_leave_over_of_a_signature_is_in_none():
    params = PRESETS["redpajama"].params
    signature = np.arange(2 * params.permutations, dtype=np.uint64).reshape(2, -1)
    signature[1, : params.bands * params.rows] = signature[0, : params.bands * params.rows]

    one, other = band_hashes(signature, params)

    assert params.permutations == 128
    assert one.tolist() == other.tolist()
    assert len(one) == params.bands


def test_bands_agree_where_their_rows_do_and_nowhere_else():
    params = params_of(1, 4, 2)
    signature = np.array([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4, 3, 5, 9, 7, 8]], dtype=np.uint64)

    one, other = band_hashes(signature, params)

    assert (one == other).tolist() == [True, False, False, True]


def test_texts_without_words_match_nothing():
    _, matching = bands_of_texts(["", "…!?", "word", " \n "], FINEWEB)

    assert matching.tolist() == [False, False, True, False]


@pytest.mark.heavy
@pytest.mark.parametrize("shared", [80, 110, 130, 150, 170, 190])
def test_pairs_meet_as_often_as_the_s_curve_says(shared):
    """Within 4.5 standard deviations of the binomial: about 7 in a million of sound seeds fail."""
    pairs, union = 500, 200
    draw = random.Random(shared)
    sets = []
    for _ in range(pairs):
        pool = [draw.randrange(WRAP) for _ in range(union)]
        cut = shared + (union - shared) // 2
        sets += [pool[:cut], pool[:shared] + pool[cut:]]

    bands = band_hashes(signatures(laid_out(sets), FINEWEB), FINEWEB)

    met = int((bands[0::2] == bands[1::2]).any(axis=1).sum())
    chance = 1 - (1 - (shared / union) ** 8) ** 14
    spread = (pairs * chance * (1 - chance)) ** 0.5
    assert abs(met - pairs * chance) <= 4.5 * spread + 1


def test_strangers_share_no_band():
    sets = random_sets(8, [50] * 400)

    bands = band_hashes(signatures(laid_out(sets), FINEWEB), FINEWEB)

    assert all(len(np.unique(band)) == 400 for band in bands.T)
