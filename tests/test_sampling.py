"""Samples against keyed hashes worked out one id at a time."""

import hashlib

import pytest

from corpusmill.sampling import sample

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
