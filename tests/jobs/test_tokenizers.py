"""Training, encoding and measuring on the milled golden corpus."""

from __future__ import annotations

import json

import pytest
from corpusmill.jobs import tokenize_documents as job
from golden_corpus import RECIPE, places
from made_tokenizers import unigram_style
from tokenizers import Tokenizer, models

from corpusmill.batches import map_batches
from corpusmill.contracts import contract
from corpusmill.tokens.encode import FastPathDiffers
from corpusmill.tokens.transform import tokenize_documents
from corpusmill.warehouse import Warehouse


def rows_of(spark, folder):
    table = Warehouse(spark, str(folder / "warehouse")).snapshot("tokens").rows
    return sorted((row.doc_id, row.token_ids) for row in table.collect())


def test_the_line_of_tokenize_documents_counts_what_is_odd(cli, milled):
    code, line = cli("tokenize-documents", *places(milled), *RECIPE)

    assert (code, line["status"]) == (0, "unchanged")
    assert set(line["counts"]) == {"computed", "tokens", "unknown_tokens", "empty_documents"}
    assert line["counts"]["tokens"] > 0
    assert line["counts"]["unknown_tokens"] == 0


def test_where_tiktoken_differs_the_authority_encodes_everything(cli, spark, copied, monkeypatch):
    expected = rows_of(spark, copied)
    where = [*places(copied), *RECIPE]
    limits = []

    def differing(documents, tokenizer, limit):
        limits.append(limit)

        def kernel(_batch):
            raise FastPathDiffers("tiktoken gives document 0 other ids")

        schema = contract("tokens").ddl
        if limit is not None:
            return map_batches(documents, lambda: kernel, schema)
        return tokenize_documents(documents, tokenizer, limit)

    monkeypatch.setattr(job, "tokenize_documents", differing)
    spark.sql(f"DELETE FROM delta.`{copied}/warehouse/tokens`")

    code, line = cli("tokenize-documents", *where)

    assert (code, line["status"], line["encoder"]) == (0, "done", "tokenizers")
    assert limits == ["g", None]
    assert rows_of(spark, copied) == expected


@pytest.mark.parametrize("kind", ["unigram", "wordpiece"])
def test_other_kinds_of_tokenizers_are_trained_and_used(cli, spark, copied, kind):
    more = [f"--set=recipe.tokenizer.kind={kind}", "--set=recipe.tokenizer.balance=0"]
    where = [*places(copied), *RECIPE, *more]

    trained = cli("train-tokenizer", *where)
    again = cli("train-tokenizer", *where, "--refit")
    encoded = cli("tokenize-documents", *where)

    assert trained[0] == again[0] == encoded[0] == 0
    assert trained[1]["tokenizer"] == again[1]["tokenizer"]
    assert encoded[1]["encoder"] == "tokenizers"
    assert encoded[1]["counts"]["unknown_tokens"] == 0
    assert all(ids for _, ids in rows_of(spark, copied))


def test_a_tokenizer_is_measured_beside_another(cli, copied, tmp_path):
    other = unigram_style(["a mill by a river"] * 9, tmp_path / "other.json", 30)
    words = [*places(copied), *RECIPE, "--against", str(other)]

    first, second = (cli("evaluate-tokenizer", *words) for _ in range(2))

    assert [(code, line["status"]) for code, line in (first, second)] == [
        (0, "done"),
        (0, "unchanged"),
    ]
    report = json.loads((tmp_path / first[1]["report"]).read_text("utf-8"))
    assert report["figures"] == first[1]["counts"]
    assert report["figures"]["recipe"]["all"]["unknown"] == 0
    assert report["figures"]["against"]["all"]["unknown"] > 0


def test_another_tokenizer_that_is_none_is_refused(cli, milled, tmp_path):
    words = [*places(milled), *RECIPE, "--against"]
    Tokenizer(models.BPE({}, [])).save(str(tmp_path / "empty.json"))

    absent = cli("evaluate-tokenizer", *words, "absent.json")
    empty = cli("evaluate-tokenizer", *words, str(tmp_path / "empty.json"))

    assert (absent[0], empty[0]) == (2, 2)
    assert "--against: no such file: absent.json" in absent[1]["message"]
    assert "lose characters" in empty[1]["message"]
