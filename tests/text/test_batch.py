"""Documents of a batch, column by column: each as if it stood alone."""

from __future__ import annotations

import hashlib
import random

import pyarrow as pa
import pytest

from corpusmill.contracts import arrow_schema
from corpusmill.text.batch import documents_of
from corpusmill.text.normalise import NormaliseRules, SourceRules, normalise

RULES = NormaliseRules(
    sources={
        "web": SourceRules(markup=("html",), whitespace="fold"),
        "code": SourceRules(mojibake=False, whitespace="keep"),
    }
)
PIECES = ["plain", "  ", "é", "e\u0301", "\r\n", "<b>", "Ã©", "\u200b", "\xa0", "\n", "日本"]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rows(seed: int, number: int) -> list[tuple[str, str, str]]:
    draw = random.Random(seed)
    return [
        (f"{n:032x}", draw.choice(["web", "code", "news"]), "".join(draw.choices(PIECES, k=4)))
        for n in range(number)
    ]


def batch(given: list[tuple[str, str, str]]) -> pa.RecordBatch:
    ids, sources, texts = ([row[place] for row in given] for place in range(3))
    columns = [ids, sources, [sha(text) for text in texts], texts]
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, ["doc_id", "source", "content_digest", "content"])


def expected(given: list[tuple[str, str, str]]) -> list[dict[str, object]]:
    made = []
    for doc_id, source, content in given:
        one = normalise(content, RULES.of(source))
        made.append(
            {
                "doc_id": doc_id,
                "source": source,
                "content_digest": sha(content),
                "text_digest": sha(one.text),
                "chars": len(one.text),
                "changes": list(one.changes.items()),
                "text": one.text,
            }
        )
    return made


@pytest.mark.heavy
def test_each_document_is_what_its_source_rules_make_of_it() -> None:
    given = rows(1, 500)

    found = documents_of(batch(given), RULES)

    assert found.schema == arrow_schema("documents")
    assert found.to_pylist() == expected(given)


@pytest.mark.heavy
@pytest.mark.parametrize("size", [1, 7, 500])
def test_the_size_of_a_batch_changes_nothing(size: int) -> None:
    given = rows(2, 500)
    starts = range(0, len(given), size)

    found = [documents_of(batch(given[at : at + size]), RULES).to_pylist() for at in starts]

    assert [row for part in found for row in part] == expected(given)


@pytest.mark.heavy
def test_a_slice_of_a_larger_batch_is_read_at_its_own_place() -> None:
    given = rows(3, 60)

    found = documents_of(batch(given).slice(20, 25), RULES)

    assert found.to_pylist() == expected(given[20:45])


def test_texts_in_their_stored_form_pass_without_a_copy() -> None:
    given = batch([(f"{n:032x}", "news", f"text {n} é") for n in range(9)])

    found = documents_of(given, RULES)

    before, after = given.column("content").buffers(), found.column("text").buffers()
    assert [b and b.address for b in before] == [b and b.address for b in after]
    assert found.column("text_digest").equals(given.column("content_digest"))
    assert found.column("changes").to_pylist() == [[]] * 9


@pytest.mark.parametrize("given", [[], [("0" * 32, "news", "")], [("0" * 32, "news", "\x00")]])
def test_no_rows_and_empty_texts(given: list[tuple[str, str, str]]) -> None:
    assert documents_of(batch(given), RULES).to_pylist() == expected(given)
