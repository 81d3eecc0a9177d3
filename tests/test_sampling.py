"""Samples against keyed hashes worked out one id at a time."""

import hashlib
from fractions import Fraction

import pytest

from corpusmill.sampling import balanced_shares, sample, sample_groups

DOCUMENT = "doc_id string, text string"
PURPOSE, SEED = "tokenizer", 42


def documents(count=60):
    return [(hashlib.md5(bytes([n])).hexdigest(), f"text {n}") for n in range(count)]


def keyed(doc_id, purpose=PURPOSE, seed=SEED):
    return hashlib.sha256(f"{seed}\0{purpose}\0{doc_id}".encode()).hexdigest()[:13]


def test_a_sample_is_half_of_the_documents_in_the_order_of_their_keys(dealt):
    rows = documents()

    drawn = [row.text for row in sample(dealt(rows, DOCUMENT), PURPOSE, SEED, (1, 2)).collect()]

    ordered = sorted((keyed(doc_id), doc_id, text) for doc_id, text in rows)
    expected = [text for key, _, text in ordered if int(key, 16) < 16**13 // 2]
    assert drawn == expected
    assert 15 < len(drawn) < 45


@pytest.mark.parametrize("share", [(1, 1), (5, 3), (7, 0), (1, 3), (0, 3)])
def test_a_sample_is_what_the_keyed_hash_says_in_its_order(dealt, share):
    rows = documents()

    found = sample(dealt(rows, DOCUMENT), PURPOSE, SEED, share)

    ordered = sorted((keyed(doc_id), doc_id) for doc_id, _ in rows)
    part, whole = share
    expected = [i for key, i in ordered if int(key, 16) * max(whole, 1) < 16**13 * part]
    assert found.columns == ["doc_id", "text"]
    assert [row.doc_id for row in found.collect()] == expected


def test_another_seed_or_purpose_draws_another_sample(dealt):
    rows = dealt(documents(), DOCUMENT)

    drawn = [
        tuple(row.doc_id for row in sample(rows, purpose, seed, (1, 2)).collect())
        for purpose, seed in [("a", 1), ("a", 2), ("b", 1)]
    ]

    assert len(set(drawn)) == 3


def test_groups_are_sampled_each_by_its_share(dealt):
    rows = [
        (doc_id, text, ("en", "de", "fr")[n % 3]) for n, (doc_id, text) in enumerate(documents())
    ]
    shares = {"en": (1, 1), "de": (1, 3)}

    found = sample_groups(
        dealt(rows, f"{DOCUMENT}, language string"), "language", PURPOSE, SEED, shares
    )

    taken = {"en": 16**13, "de": 16**13 // 3, "fr": 0}
    ordered = sorted((keyed(doc_id), doc_id, language) for doc_id, _, language in rows)
    expected = [doc_id for key, doc_id, language in ordered if int(key, 16) < taken[language]]
    assert found.columns == ["doc_id", "text", "language"]
    assert [row.doc_id for row in found.collect()] == expected


SIZES = {"en": 900, "de": 90, "fr": 10, "none": 0}


def parts(budget, balance, sizes=SIZES):
    """How much of each group a sample holds."""
    shares = balanced_shares(sizes, budget, balance)
    return {name: Fraction(*share) * sizes[name] for name, share in shares.items()}


def test_at_1_every_group_gives_the_same_share():
    shares = balanced_shares(SIZES, 100, 1)

    assert {Fraction(*share) for share in shares.values()} == {Fraction(1, 10)}
    assert set(shares) == {"en", "de", "fr"}


def test_at_0_groups_give_as_much_and_small_ones_all_they_have():
    assert parts(30, 0) == {"en": 10, "de": 10, "fr": 10}
    assert parts(100, 0) == {"fr": 10, "en": 45, "de": 45}
    assert parts(300, 0) == {"fr": 10, "de": 90, "en": 200}


def test_between_shares_are_powers():
    found = parts(100, 0.5, {"en": 90_000, "de": 900})

    assert found["en"] / found["de"] == 10
    assert sum(found.values()) == 100


@pytest.mark.parametrize("balance", [0, 0.3, 0.7, 1])
def test_more_than_there_is_takes_all_there_is(balance):
    assert parts(5_000, balance) == {"en": 900, "de": 90, "fr": 10}
    assert balanced_shares({}, 5, balance) == {}


def test_whole_numbers_hold_for_very_many_characters():
    sizes = {"en": 10**14, "de": 10**12, "fr": 1}

    found = parts(10**9, 0.3, sizes)

    assert found["fr"] == 1
    assert float(found["en"] / found["de"]) == pytest.approx(100**0.3, rel=1e-6)
    assert sum(found.values()) == 10**9
