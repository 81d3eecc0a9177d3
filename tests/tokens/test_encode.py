"""What is a tokenizer, and what is refused as one."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from corpusmill.artefacts import Artefact, WrongArtefact
from corpusmill.refusal import Refused
from corpusmill.tokens.encode import encode, end_of_document, load_tokenizer
from corpusmill.tokens.rules import TokenizerRules
from corpusmill.tokens.train import train

TEXTS = ["the mill by the river", "", "river " * 300]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return train(TEXTS * 3, TokenizerRules(vocab_size=265), tmp_path_factory.mktemp("trained"))


def test_the_id_of_the_end_token_and_the_size_of_the_vocabulary_are_read(path):
    assert end_of_document(Artefact.of(path), "<|endoftext|>") == (0, 265)


def test_an_end_token_may_stand_anywhere_in_the_vocabulary(tmp_path):
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "b": 1, "[end]": 2}, unk_token="a"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "words.json"))

    assert end_of_document(Artefact.of(tmp_path / "words.json"), "[end]") == (2, 3)


def test_a_tokenizer_without_the_end_token_is_refused(path):
    with pytest.raises(Refused, match=r"recipe\.tokenizer\.eos: tokenizer\.json .*'</s>'"):
        end_of_document(Artefact.of(path), "</s>")


@pytest.mark.parametrize("content", [None, "", "{}", "not json", "[1, 2]"])
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path, content):
    file = tmp_path / "tokenizer.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(Refused, match=r"recipe\.tokenizer\.path: .*no tokenizer\.json"):
        end_of_document(Artefact(file, "0" * 64), "<|endoftext|>")


def test_ids_come_text_by_text(path):
    loaded = load_tokenizer(Artefact.of(path))

    ids = encode(loaded, TEXTS)

    assert [loaded.decode(each) for each in ids] == TEXTS
    assert encode(loaded, []) == []


def test_another_file_at_the_path_is_not_loaded(path, tmp_path):
    file = tmp_path / "tokenizer.json"
    file.write_bytes(path.read_bytes())
    pinned = Artefact.of(file)
    file.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(WrongArtefact, match=r"tokenizer\.json has not the digest"):
        load_tokenizer(pinned)
