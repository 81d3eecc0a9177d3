"""Training: the same digest from the same ids, the end token first, no text unknown."""

import hashlib
import random
import tempfile
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from corpusmill.tokens.rules import TokenizerRules
from corpusmill.tokens.train import sample, train

FOLDER = tempfile.TemporaryDirectory()


def fit(texts, rules):
    return train(texts, rules, Path(tempfile.mkdtemp(dir=FOLDER.name)))


RULES = TokenizerRules(vocab_size=290)
DOCUMENT = "doc_id string, text string"
PURPOSE, SEED = "tokenizer", 42


def documents(count=60):
    draw = random.Random(1)
    words = ["mill", "river", "grinds", "über", "漢字", "the", "and", "corn", "12,5", "\n"]
    return [
        (hashlib.md5(bytes([n])).hexdigest(), " ".join(draw.choices(words, k=30)))
        for n in range(count)
    ]


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def keyed(doc_id, purpose=PURPOSE, seed=SEED):
    return hashlib.sha256(f"{seed}\0{purpose}\0{doc_id}".encode()).hexdigest()[:13]


@pytest.fixture(scope="module")
def trained():
    return Tokenizer.from_file(str(fit((text for _, text in documents()), RULES)))


def test_training_twice_gives_the_same_bytes():
    texts = [text for _, text in documents()]

    assert sha(fit(iter(texts), RULES)) == sha(fit(texts, RULES))


def test_other_texts_or_another_size_give_another_tokenizer():
    texts = [text for _, text in documents()]

    digests = {
        sha(fit(texts, RULES)),
        sha(fit(texts[:5], RULES)),
        sha(fit(texts, TokenizerRules(vocab_size=280))),
    }

    assert len(digests) == 3


def test_a_sample_of_any_partitions_trains_the_same_tokenizer(dealt):
    rows = documents()

    drawn = [row.text for row in sample(dealt(rows, DOCUMENT), PURPOSE, SEED, (1, 2)).collect()]

    ordered = sorted((keyed(doc_id), doc_id, text) for doc_id, text in rows)
    expected = [text for key, _, text in ordered if int(key, 16) < 16**13 // 2]
    assert drawn == expected
    assert 15 < len(drawn) < 45
    assert sha(fit(drawn, RULES)) == sha(fit(expected, RULES))


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


def test_the_end_of_a_document_has_id_0(trained):
    assert trained.token_to_id("<|endoftext|>") == 0
    assert trained.get_vocab_size() == 290


def test_another_end_token_has_id_0_too():
    path = fit(["the mill"], TokenizerRules(vocab_size=260, eos="</s>"))

    assert Tokenizer.from_file(str(path)).token_to_id("</s>") == 0


def test_every_byte_is_encodable_and_every_text_comes_back(trained):
    every_scalar = [
        *range(0x900),
        *range(0xD000, 0xD800),
        *range(0xE000, 0xE100),
        0x1F600,
        0x10FFFF,
    ]
    texts = [chr(code) for code in every_scalar] + ["".join(map(chr, every_scalar)), "a  b\n\n c "]

    encoded = [trained.encode(text, add_special_tokens=False).ids for text in texts]

    assert [trained.decode(ids, skip_special_tokens=False) for ids in encoded] == texts
    assert 0 not in {each for ids in encoded for each in ids}


def test_the_smallest_vocabulary_is_the_bytes_and_the_end_token():
    path = fit(["the mill " * 50], TokenizerRules(vocab_size=257))

    tokenizer = Tokenizer.from_file(str(path))
    assert tokenizer.get_vocab_size() == 257
    assert len(tokenizer.encode("é mill").ids) == 7


def test_no_texts_train_a_tokenizer_of_bytes():
    tokenizer = Tokenizer.from_file(str(fit([], RULES)))

    assert tokenizer.get_vocab_size() == 257
    assert tokenizer.decode(tokenizer.encode("漢").ids) == "漢"
