"""What tiktoken is trusted with, and what not."""

import json

import pytest
from made_tokenizers import EOS, gpt2_style, llama3_style

from corpusmill.tokens.description import Description
from corpusmill.tokens.fast import express

TEXTS = ["the mill by the river grinds the corn of the other mill 12345"] * 5


@pytest.fixture
def said(tmp_path):
    return json.loads(gpt2_style(TEXTS, tmp_path / "t.json", 290).read_text("utf-8"))


def test_gpt2_and_llama3_are_expressed(tmp_path, said):
    llama3 = Description.of(llama3_style(TEXTS, tmp_path / "l.json", 290))

    assert express(Description(said)) is not None
    assert express(llama3) is not None


def test_files_in_the_spelling_of_old_releases_are_expressed(tmp_path, said):
    """As GPT-2's was published: no type of the model, merges with a space, empty strings."""
    said["model"]["merges"] = [" ".join(pair) for pair in said["model"]["merges"]]
    del said["model"]["type"]
    said["model"] |= dict.fromkeys(
        ("unk_token", "continuing_subword_prefix", "end_of_word_suffix"), ""
    )
    (tmp_path / "old.json").write_text(json.dumps(said), "utf-8")

    described = Description.of(tmp_path / "old.json")

    assert described.unfit is None
    assert express(described).encode("the mill").tolist()


def test_an_entry_that_its_own_bytes_do_not_make_is_not(said):
    """``xybc`` is to be made of ``xyb`` and ``c``, but ``b`` and ``c`` come together first."""
    merges = [["b", "c"], ["x", "y"], ["xy", "b"], ["xyb", "c"]]
    letters = {name: n for name, n in said["model"]["vocab"].items() if len(name) == 1}
    made = {left + right: 300 + n for n, (left, right) in enumerate(merges)}
    said["model"] |= {"vocab": letters | made, "merges": merges}

    assert express(Description(said)) is None


def test_an_entry_with_merges_far_apart_is_not(said):
    said["model"]["merges"].append(said["model"]["merges"][0])

    assert express(Description(said)) is None


CHANGES = {
    "kind": lambda said: said["model"].update(type="WordPiece"),
    "affix": lambda said: said["model"].update(end_of_word_suffix="</w>"),
    "bytes": lambda said: said["model"]["vocab"].pop("!"),
    "prefix": lambda said: said["pre_tokenizer"].update(add_prefix_space=True),
    "other pre-tokenizer": lambda said: said.update(pre_tokenizer={"type": "Whitespace"}),
    "no pattern": lambda said: said["pre_tokenizer"].update(use_regex=False),
    "normaliser": lambda said: said.update(normalizer={"type": "Lowercase"}),
    "added": lambda said: said["added_tokens"][0].update(special=False),
    "words without merges": lambda said: (
        said["model"].update(ignore_merges=True),
        said["model"]["vocab"].update(zzz=400),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_not_understood_is_left_to_the_authority(said, what):
    assert EOS in said["model"]["vocab"]

    CHANGES[what](said)

    assert express(Description(said)) is None


def test_a_pattern_that_nobody_has_read_is_left_to_the_authority(tmp_path):
    path = llama3_style(TEXTS, tmp_path / "t.json", 290, pattern=r"\p{L}+|\P{L}+")

    assert express(Description.of(path)) is None
