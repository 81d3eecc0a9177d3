"""Training: the same digest from the same ids, the end token first, no text unknown."""

import hashlib
import random
import tempfile
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from corpusmill.tokens.rules import TokenizerRules
from corpusmill.tokens.train import train

FOLDER = tempfile.TemporaryDirectory()


def fit(texts, rules):
    return train(texts, rules, Path(tempfile.mkdtemp(dir=FOLDER.name)))


RULES = TokenizerRules(vocab_size=290)


def documents(count=60):
    draw = random.Random(1)
    words = ["mill", "river", "grinds", "über", "漢字", "the", "and", "corn", "12,5", "\n"]
    return [
        (hashlib.md5(bytes([n])).hexdigest(), " ".join(draw.choices(words, k=30)))
        for n in range(count)
    ]


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
