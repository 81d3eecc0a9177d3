"""Token rows against tokenizers asked one text at a time."""

import hashlib

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from corpusmill.artefacts import Artefact
from corpusmill.contracts import contract
from corpusmill.tokens.rules import TokenizerRules
from corpusmill.tokens.train import train
from corpusmill.tokens.transform import tokenize_documents

DOCUMENT = "doc_id string, text_digest string, text string, language string"
TEXTS = [
    "the mill by the river",
    "",
    " \n\n the  mill\t",
    "über 漢字 \U0001f600",
    "river " * 3_000,
    "x",
]


def documents(texts):
    return [
        (f"{n:032x}", hashlib.sha256(text.encode()).hexdigest(), text, "en")
        for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return train(TEXTS * 3, TokenizerRules(vocab_size=280), tmp_path_factory.mktemp("trained"))


@pytest.fixture
def eager(path, tmp_path):
    """A given tokenizer that would begin, end, cut and fill every text if it were let."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A <|endoftext|>", special_tokens=[("<|endoftext|>", 0)]
    )
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=50)
    tokenizer.save(str(tmp_path / "eager.json"))
    return tmp_path / "eager.json"


def test_ids_are_those_of_tokenizers_one_by_one(dealt, path):
    rows = documents(TEXTS * 3)

    found = tokenize_documents(dealt(rows, DOCUMENT), Artefact.of(path), "g")

    alone = Tokenizer.from_file(str(path))
    expected = []
    for doc_id, digest, text, _ in rows:
        ids = alone.encode(text, add_special_tokens=False).ids
        expected.append((doc_id, digest, len(ids), 0, ids))
    assert found.columns == contract("tokens").column_names
    assert sorted(map(tuple, found.collect())) == expected


def test_ids_decode_to_the_text_and_hold_no_end_token(dealt, path):
    found = tokenize_documents(dealt(documents(TEXTS), DOCUMENT), Artefact.of(path), "g").collect()

    tokenizer = Tokenizer.from_file(str(path))
    texts = {row.doc_id: tokenizer.decode(row.token_ids) for row in found}
    assert [texts[doc_id] for doc_id in sorted(texts)] == TEXTS
    assert not any(0 in row.token_ids for row in found)


def test_an_end_token_spelled_out_in_a_text_does_not_end_the_document(dealt, path):
    rows = documents(["before <|endoftext|> after"])

    [found] = tokenize_documents(dealt(rows, DOCUMENT), Artefact.of(path), "g").collect()

    assert 0 not in found.token_ids


def test_a_tokenizer_that_adds_cuts_and_fills_is_not_let(dealt, path, eager):
    rows = documents(TEXTS)

    given, own = (
        sorted(
            map(tuple, tokenize_documents(dealt(rows, DOCUMENT), Artefact.of(file), "g").collect())
        )
        for file in (eager, path)
    )

    assert Tokenizer.from_file(str(eager)).encode(TEXTS[0]).ids[0] == 0
    assert given == own


def test_unknown_tokens_are_counted_by_document(dealt, tmp_path):
    tokenizer = Tokenizer(models.WordLevel({"mill": 0, "[UNK]": 1, "end": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "words.json"))
    rows = documents(["mill", "", "a mill b", "c"])

    found = tokenize_documents(dealt(rows, DOCUMENT), Artefact.of(tmp_path / "words.json"), "g")

    counts = {row.doc_id: (row.token_count, row.unknown_count) for row in found.collect()}
    assert [counts[doc_id] for doc_id, *_ in rows] == [(1, 0), (0, 0), (3, 2), (1, 1)]


def test_both_ways_give_the_same_rows(dealt, path):
    rows = documents(TEXTS * 3)

    ways = [
        sorted(
            map(
                tuple, tokenize_documents(dealt(rows, DOCUMENT), Artefact.of(path), limit).collect()
            )
        )
        for limit in ("", "g", None)
    ]

    assert ways[0] == ways[1] == ways[2]
