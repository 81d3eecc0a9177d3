"""Ids by either way against ``tokenizers`` asked text by text; what is refused as a tokenizer."""

import gzip
import hashlib
import json

import numpy as np
import pytest
from made_tokenizers import gpt2_style, llama3_style, unigram_style
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

from corpusmill.artefacts import Artefact, WrongArtefact
from corpusmill.refusal import Refused
from corpusmill.tokens import encode
from corpusmill.tokens.encode import (
    FastPathDiffers,
    InvalidId,
    check_tokenizer,
    end_of_document,
    load_encoder,
    load_tokenizer,
    proof_limit,
)
from corpusmill.tokens.rules import TokenizerRules
from corpusmill.tokens.train import train

TEXTS = ["the mill by the river", "", "river " * 300, "12345 über\n\n  漢字 don't |endoftext|"]
STYLES = {"gpt2": gpt2_style, "llama3": llama3_style, "unigram": unigram_style}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return train(TEXTS * 3, TokenizerRules(vocab_size=265), tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="module")
def corpus(request):
    """The texts of the mixed corpus beside the checkout."""
    texts = []
    for file in sorted((request.getfixturevalue("shared_data") / "mixed-corpus").glob("*.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            texts += [json.loads(line)["text"] for line in lines]
    return texts


@pytest.fixture(params=STYLES)
def styled(request, tmp_path):
    return Artefact.of(STYLES[request.param](TEXTS * 3, tmp_path / "t.json"))


def alone(tokenizer, text):
    """Ids by the library itself, one text at a time."""
    loaded = Tokenizer.from_file(str(tokenizer.path))
    loaded.encode_special_tokens = True
    return loaded.encode(text, add_special_tokens=False).ids


def names(texts):
    return [hashlib.md5(text.encode()).hexdigest() for text in texts]


def test_the_id_of_the_end_token_and_the_number_above_all_ids_are_read(path):
    assert end_of_document(Artefact.of(path), "<|endoftext|>") == (0, 265)


def test_an_end_token_may_stand_anywhere_and_a_vocabulary_have_holes(tmp_path):
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "b": 1, "[end]": 70_000}, unk_token="a"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["[end]"])
    tokenizer.save(str(tmp_path / "words.json"))

    assert end_of_document(Artefact.of(tmp_path / "words.json"), "[end]") == (70_000, 70_001)


def test_what_a_text_can_spell_out_ends_no_document(tmp_path):
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "end": 1}, unk_token="a"))
    tokenizer.save(str(tmp_path / "words.json"))

    with pytest.raises(
        Refused, match=r"recipe\.tokenizer\.eos: words\.json has no special token 'end'"
    ):
        end_of_document(Artefact.of(tmp_path / "words.json"), "end")


def test_no_text_forges_the_end_where_texts_are_searched_for_other_added_tokens(tmp_path):
    pieces = [("<unk>", 0.0), ("</s>", -1.0), *((letter, -2.0) for letter in "<>/stoal ")]
    tokenizer = Tokenizer(models.Unigram(pieces, 0, False))
    tokenizer.add_special_tokens(["</s>"])
    tokenizer.add_tokens(["<tool>"])
    tokenizer.save(str(tmp_path / "unigram.json"))
    artefact = Artefact.of(tmp_path / "unigram.json")

    [ids] = load_encoder(artefact).encode(["as </s> a <tool> as"])

    assert end_of_document(artefact, "</s>")[0] == 1
    assert 1 not in list(ids)
    assert tokenizer.token_to_id("<tool>") in list(ids)


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


UNFIT = {
    "dropout": (models.BPE({"a": 0}, [], unk_token="a", dropout=0.1), "by chance"),
    "no unknown token": (models.BPE({"a": 0, "b": 1}, []), "lose characters"),
    "the unknown token is none": (models.WordPiece({"a": 0}, unk_token="[UNK]"), "lose char"),
    "eos of merges": (
        models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")], unk_token="a"),
        "special token 'ab' out of",
    ),
    "no unknown piece": (models.Unigram([("a", 0.0)], None, False), "lose characters"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_a_tokenizer_that_no_corpus_should_be_encoded_with_is_refused(tmp_path, what):
    model, word = UNFIT[what]
    tokenizer = Tokenizer(model)
    tokenizer.add_special_tokens(["ab"])
    tokenizer.save(str(tmp_path / "t.json"))

    with pytest.raises(Refused, match=f"--against: .*{word}"):
        check_tokenizer(Artefact.of(tmp_path / "t.json"), "--against")


def test_ids_come_text_by_text(path):
    encoder, loaded = load_encoder(Artefact.of(path)), load_tokenizer(Artefact.of(path))

    ids = encoder.encode(TEXTS)

    assert [loaded.decode(each) for each in ids] == TEXTS
    assert {each.dtype for each in ids} == {np.dtype(np.int32)}
    assert encoder.encode([]) == []


def test_another_file_at_the_path_is_not_loaded(path, tmp_path):
    file = tmp_path / "tokenizer.json"
    file.write_bytes(path.read_bytes())
    pinned = Artefact.of(file)
    file.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(WrongArtefact, match=r"tokenizer\.json has not the digest"):
        load_tokenizer(pinned)


@pytest.mark.parametrize(("style", "fast"), [("gpt2", True), ("llama3", True), ("unigram", False)])
def test_what_tiktoken_can_express_goes_the_fast_way(tmp_path, style, fast):
    tokenizer = Artefact.of(STYLES[style](TEXTS * 3, tmp_path / "t.json"))

    assert load_encoder(tokenizer).is_fast is fast


def test_both_ways_give_the_ids_of_the_library(styled):
    encoder = load_encoder(styled)

    fast = encoder.encode_proved(names(TEXTS), TEXTS, "g")
    slow = encoder.encode(TEXTS)

    expected = [alone(styled, text) for text in TEXTS]
    assert [each.tolist() for each in fast] == [each.tolist() for each in slow] == expected


@pytest.mark.parametrize("normaliser", ["NFC", "NFKC"])
def test_a_normaliser_goes_before_the_fast_way_too(tmp_path, normaliser):
    texts = ["ﬁne e\u0301tude ① " * 20, "e\u0301"]
    tokenizer = Artefact.of(gpt2_style(texts, tmp_path / "t.json", normaliser=normaliser))
    encoder = load_encoder(tokenizer)

    found = encoder.encode_proved(names(texts), texts, "")

    assert encoder.is_fast
    assert [each.tolist() for each in found] == [alone(tokenizer, text) for text in texts]


def test_a_document_cut_anywhere_it_may_be_has_the_same_ids(styled, monkeypatch):
    texts = [*TEXTS, "a  b\n c\t d'll x\u00a0 y 123 456" * 7, "x" * 50 + " " * 50 + "y" * 50]
    expected = [alone(styled, text) for text in texts]

    for limit in range(1, 20):
        monkeypatch.setattr(encode, "PIECE", limit)
        encoder = load_encoder(styled)
        assert [each.tolist() for each in encoder.encode(texts)] == expected
        found = encoder.encode_proved(names(texts), texts, "")
        assert [each.tolist() for each in found] == expected


@pytest.mark.heavy
@pytest.mark.parametrize("sign", [" ", "\n", " \n", "a", "^", "漢", "1", "a "])
def test_a_megabyte_of_one_sign_is_encoded(tmp_path, sign):
    tokenizer = Artefact.of(llama3_style(TEXTS * 3, tmp_path / "t.json"))
    text = sign * (1_000_000 // len(sign)) + "x"

    [found] = load_encoder(tokenizer).encode_proved(["0"], [text], "")

    assert found.tolist() == alone(tokenizer, text)


def test_a_fast_way_that_differs_is_noticed_in_the_documents_below_the_limit(path, monkeypatch):
    encoder = load_encoder(Artefact.of(path))
    monkeypatch.setattr(encoder._fast, "_ids", encoder._fast._ids[::-1])
    doc_ids = ["0a", "7f", "80"]

    encoder.encode_proved(doc_ids, TEXTS[:3], "0")
    with pytest.raises(FastPathDiffers, match="document 7f "):
        encoder.encode_proved(doc_ids[1:], ["x", *TEXTS[1:2]], "80")


@pytest.mark.parametrize("eos", ["<|endoftext|>", "end"])
def test_texts_are_never_read_as_special_tokens(styled, tmp_path, eos):
    text = styled.path.read_text("utf-8").replace("<|endoftext|>", eos)
    (tmp_path / "other.json").write_text(text, "utf-8")
    tokenizer = Artefact.of(tmp_path / "other.json")
    number = Tokenizer.from_file(str(tokenizer.path)).token_to_id(eos)

    [ids] = load_encoder(tokenizer).encode_proved(["0"], [f"a {eos} b{eos}\n{eos}"], "g")

    assert number not in ids.tolist()


def test_added_tokens_that_texts_are_searched_for_leave_the_fast_way(path, tmp_path):
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.add_tokens([AddedToken("mill by", normalized=False)])
    tokenizer.save(str(tmp_path / "t.json"))
    added = Artefact.of(tmp_path / "t.json")

    [found] = load_encoder(added).encode_proved(["0"], TEXTS[:1], "g")

    assert not load_encoder(added).is_fast
    assert found.tolist() == alone(added, TEXTS[0])
    assert 265 in found


def test_an_id_outside_of_the_vocabulary_is_an_error(path, monkeypatch):
    encoder = load_encoder(Artefact.of(path))
    monkeypatch.setattr(encoder, "_above_all", 10)

    with pytest.raises(InvalidId, match="not below 10"):
        encoder.encode(TEXTS)


@pytest.mark.parametrize(
    ("documents", "limit"), [(0, "g"), (64, "g"), (128, "80000000"), (10**9, "04000000")]
)
def test_all_of_few_documents_and_one_of_64_are_proved(documents, limit):
    assert proof_limit(documents) == limit


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_ids_equal_those_of_the_library_on_real_text(corpus, tmp_path, style):
    size = 4_000 if style == "unigram" else 32_768
    trained_on = corpus[:: 200 if style == "unigram" else 4]
    tokenizer = Artefact.of(STYLES[style](trained_on, tmp_path / "t.json", size))
    encoder, library = load_encoder(tokenizer), load_tokenizer(tokenizer)

    for start in range(0, len(corpus), 1_000):
        texts = corpus[start : start + 1_000]
        found = encoder.encode_proved(names(texts), texts, "")
        expected = library.encode_batch_fast(texts, add_special_tokens=False)
        assert all(np.array_equal(ids, each.ids) for ids, each in zip(found, expected, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("style", ["gpt2", "llama3"])
def test_real_text_cut_into_small_pieces_has_the_same_ids(corpus, tmp_path, monkeypatch, style):
    tokenizer = Artefact.of(STYLES[style](corpus[::8], tmp_path / "t.json", 32_768))
    encoder = load_encoder(tokenizer)
    expected = encoder.encode(corpus)
    monkeypatch.setattr(encode, "PIECE", 50)

    found = encoder.encode(corpus)

    assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))
