"""Figures of a tokenizer against counts made by hand."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from corpusmill.artefacts import Artefact
from corpusmill.tokens.encode import load_encoder
from corpusmill.tokens.fertility import fertility, table

DOCUMENTS = [("en", "the mill the"), ("de", "die Mühle"), ("en", "corn"), ("ja", "漢字")]


@pytest.fixture
def encoders(tmp_path):
    """One that knows two words, and one of bytes."""
    words = Tokenizer(models.WordLevel({"the": 0, "mill": 1, "[UNK]": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "words.json"))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    of_bytes = Tokenizer(models.BPE({sign: n for n, sign in enumerate(alphabet)}, []))
    of_bytes.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    of_bytes.save(str(tmp_path / "bytes.json"))
    names = ("words", "bytes")
    return {name: load_encoder(Artefact.of(tmp_path / f"{name}.json")) for name in names}


def test_tokens_are_counted_by_language(encoders):
    figures = fertility(iter(DOCUMENTS), encoders)

    assert list(figures) == ["words", "bytes"]
    assert list(figures["words"]) == ["all", "en", "de", "ja"]
    assert figures["words"]["en"] == {
        **{"documents": 2, "bytes": 16, "words": 4, "tokens": 4, "unknown": 1},
        **{"tokens_a_word": 1_000, "bytes_a_token": 4_000, "unknown_share": 250_000},
    }
    assert figures["words"]["ja"]["tokens_a_word"] == 500  # two words by our count
    assert figures["bytes"]["de"]["tokens"] == figures["bytes"]["de"]["bytes"] == 10
    assert figures["words"]["all"]["unknown"] == 4
    assert figures["bytes"]["all"]["unknown_share"] == 0


def test_nothing_has_no_figures(encoders):
    figures = fertility([], encoders)

    assert figures["words"]["all"]["tokens_a_word"] is None
    assert list(table(figures))[-1].split() == ["all", "0", *["-"] * 6]


def test_the_table_has_a_language_a_line_and_both_side_by_side(encoders):
    lines = list(table(fertility(DOCUMENTS, encoders)))

    assert lines[0].split() == ["words", "bytes"]
    assert lines[3].split() == ["en", "2", "1.000", "4.000", "25.0000", "4.000", "1.000", "0.0000"]
    assert len({len(line) for line in lines}) == 1
