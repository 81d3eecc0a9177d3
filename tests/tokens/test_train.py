"""Training: the same digest from the same ids, the end token first, no text unknown."""

import hashlib
import os
import random
import subprocess
import sys
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


def cut_slowly(text):
    """Pieces that end where 1,000 characters of one kind, white space or not, stand in a row."""
    pieces, row = [""], 0
    for last, sign in zip(" " + text, text, strict=False):
        row = row + 1 if last.isspace() == sign.isspace() and row else 1
        pieces[-1] += sign
        if row == 1_000:
            pieces.append("")
            row = 0
    return pieces


@pytest.mark.parametrize("sign", ["ab", " ", "漢"])
def test_what_has_no_end_is_cut_for_training(sign):
    text = "the mill grinds corn " + sign * 20_000

    found = fit([text], RULES)

    assert sha(found) == sha(fit(cut_slowly(text), RULES))
    longest = max(map(len, Tokenizer.from_file(str(found)).get_vocab()))
    assert longest <= 1 + 1_000 * len(sign.encode())  # a blank before it is part of a word


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


KINDS = ["bpe", "unigram", "wordpiece"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("digits", ["runs", "single", "threes"])
def test_every_kind_is_trained_to_the_same_bytes_and_loses_nothing(kind, digits):
    texts = [text for _, text in documents()]
    rules = TokenizerRules(kind=kind, vocab_size=700, digits=digits, special_tokens=("<|user|>",))

    paths = [fit(iter(texts), rules), fit(texts, rules)]

    assert sha(paths[0]) == sha(paths[1])
    tokenizer = Tokenizer.from_file(str(paths[0]))
    assert [tokenizer.id_to_token(n) for n in (0, 1)] == ["<|endoftext|>", "<|user|>"]
    for text in [*texts[:5], "never  seen 漢 \U0001f600 \x01", ""]:
        assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids) == text


def test_training_in_another_process_gives_the_same_bytes():
    script = (
        "import sys, pathlib; from corpusmill.tokens.train import train\n"
        "from corpusmill.tokens.rules import TokenizerRules\n"
        "texts = ['the mill grinds corn %d' % n for n in range(300)]\n"
        "rules = TokenizerRules(kind=sys.argv[1], vocab_size=600)\n"
        "train(texts, rules, pathlib.Path(sys.argv[2]))"
    )
    for kind in KINDS:
        digests = set()
        for seed, parallelism in [("1", "false"), ("2", "true")]:
            folder = tempfile.mkdtemp(dir=FOLDER.name)
            more = {"PYTHONHASHSEED": seed, "TOKENIZERS_PARALLELISM": parallelism}
            words = [sys.executable, "-c", script, kind, folder]
            subprocess.run(words, env={**os.environ, **more}, check=True)
            digests.add(sha(Path(folder) / "tokenizer.json"))
        assert len(digests) == 1, kind


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("runs", ["a", " 12345", " 6", "x"]),
        ("single", ["a", " ", *"12345", " ", "6", "x"]),
        ("threes", ["a", " ", "123", "45", " ", "6", "x"]),
    ],
)
def test_digits_are_cut_before_the_merges(digits, expected):
    texts = ["a 12345 6x " * 50]
    path = fit(texts, TokenizerRules(vocab_size=300, digits=digits))

    tokenizer = Tokenizer.from_file(str(path))
    words = tokenizer.pre_tokenizer.pre_tokenize_str("a 12345 6x")

    assert [word.replace("Ġ", " ") for word, _ in words] == expected


@pytest.mark.parametrize(("normaliser", "count"), [("none", 6), ("nfc", 5), ("nfkc", 4)])
def test_a_normaliser_comes_first(normaliser, count):
    path = fit([], TokenizerRules(vocab_size=300, normaliser=normaliser))

    ids = Tokenizer.from_file(str(path)).encode("e\u0301ﬁ").ids

    assert len(ids) == count


def test_a_very_long_word_is_unknown_to_wordpiece():
    rules = TokenizerRules(kind="wordpiece", vocab_size=600)
    tokenizer = Tokenizer.from_file(str(fit(["the mill"], rules)))

    assert tokenizer.encode("x" * 1_001 + " mill").tokens[0] == "[UNK]"
    assert "[UNK]" not in tokenizer.encode("x" * 1_000).tokens


def test_no_texts_train_a_tokenizer_of_bytes():
    tokenizer = Tokenizer.from_file(str(fit([], RULES)))

    assert tokenizer.get_vocab_size() == 257
    assert tokenizer.decode(tokenizer.encode("漢").ids) == "漢"
