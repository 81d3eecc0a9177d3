"""Passages counted over documents and cut out of them, whatever the partitions and the order."""

from __future__ import annotations

import gzip
import json
import random

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import slow_passages

from corpusmill.artefacts import Artefact
from corpusmill.contracts import contract
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.dedup.passages import Passages, count_in, frequent_of
from corpusmill.dedup.transform import count_passages, passage_edits
from corpusmill.dedup.units import UnitBatch

DOCUMENT = "doc_id string, text_digest string, text string"
RULES = [
    FrequentRule("lines", 1, 6, 1, "none"),
    FrequentRule("sentences", 3, 1, 1, "first"),
    FrequentRule("paragraphs", 1, 2, 5, "first"),
]


def some_id(number: int) -> str:
    return f"{random.Random(number).getrandbits(128):032x}"


def documents() -> dict[str, str]:
    """60 texts by doc_id: a menu that all have, sentences that some have, and their own."""
    draw = random.Random(9)
    shared = [f"Shared {n}. And so on. To the end {n}." for n in "abcdef"]

    def text(n: int) -> str:
        own = [f"This is number {n * 'x'}y.", *draw.choices(shared, k=3)]
        draw.shuffle(own)
        return "Home | About\n\n" + draw.choice(["\n", "\n\n"]).join(own)

    return {some_id(n): text(n) for n in range(60)}


def rows(texts: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(doc_id, f"digest of {doc_id}", text) for doc_id, text in texts.items()]


def lists_of(frame, rules: list[FrequentRule]) -> list[Passages]:
    found = frame.toArrow()
    return [frequent_of(found.filter(pc.equal(found["entry"], n))) for n in range(len(rules))]


def test_frequent_passages_are_counted_over_all_documents(dealt):
    texts = documents()

    found = lists_of(count_passages(dealt(rows(texts), DOCUMENT), RULES), RULES)

    for rule, passages in zip(RULES, found, strict=True):
        counts = slow_passages.counted(texts, rule.unit, rule.span, rule.min_chars)
        often = sorted(count for count in counts.values() if count > rule.documents)
        whole = count_in(UnitBatch.of(list(texts.values())), list(texts), rule)
        kept = whole.documents > rule.documents
        assert sorted(passages.documents.tolist()) == often
        assert passages.hashes.tolist() == whole.hashes[kept].tolist()
        assert passages.first.tolist() == whole.first[kept].tolist()
        assert len(often) > 1


def test_every_step_cuts_its_own_spans(dealt, tmp_path):
    texts = documents()
    frame = dealt(rows(texts), DOCUMENT)
    lists = []
    for n, passages in enumerate(lists_of(count_passages(frame, RULES), RULES)):
        passages.save(tmp_path / f"{n}.npy")
        lists.append((RULES[n], Artefact.of(tmp_path / f"{n}.npy")))

    found = passage_edits(frame, "paragraphs", lists)

    assert found.columns == contract("edits").column_names
    edits = found.collect()
    assert {(row.doc_id, row.text_digest, row.replacement) for row in edits} == {
        (doc_id, f"digest of {doc_id}", "") for doc_id in texts
    }
    frequent = {(row.doc_id, row.start, row.end) for row in edits if row.step == "frequent"}
    repeats = {(row.doc_id, row.start, row.end) for row in edits if row.step == "repeats"}
    assert {len(frequent) > 60, len(repeats) > 5} == {True}
    assert all((doc_id, 0, 14) in frequent or (doc_id, 0, 13) in frequent for doc_id in texts)
    for doc_id, start, end in repeats:
        cut = slow_passages.units(texts[doc_id][start:end], "paragraphs")
        before = slow_passages.units(texts[doc_id][:start], "paragraphs")
        assert cut
        assert set(cut) <= set(before)


def test_where_nothing_is_asked_for_nothing_is_cut(dealt):
    assert passage_edits(dealt([("a", "b", "x\nx")], DOCUMENT), "none", []).count() == 0


@pytest.mark.slow
def test_frequent_lines_of_real_documents_are_those_of_a_plain_count(spark, shared_data, tmp_path):
    texts: dict[str, str] = {}
    for file in sorted((shared_data / "mixed-corpus").glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                texts[some_id(len(texts))] = json.loads(line)["text"]
    table = pa.table({"doc_id": list(texts), "text": list(texts.values())})
    pq.write_table(table, tmp_path / "documents.parquet", row_group_size=2_000)
    rule = FrequentRule("lines", 1, 6, 1, "none")

    frame = spark.read.parquet(str(tmp_path / "documents.parquet"))
    [found] = lists_of(count_passages(frame, [rule]), [rule])

    counts = slow_passages.counted(texts, "lines", 1, 1)
    often = [line for (line,), count in counts.items() if count > rule.documents]
    first: dict[str, str] = {}
    for doc_id in sorted(texts):
        for line in slow_passages.units(texts[doc_id], "lines"):
            first.setdefault(line, doc_id)
    named = zip(UnitBatch.of(often).units("lines").hashes.tolist(), often, strict=True)
    columns = (found.hashes.tolist(), found.documents.tolist(), found.first.tolist())
    assert sorted(zip(*columns, strict=True)) == sorted(
        (value, counts[line,], int(first[line][:16], 16)) for value, line in named
    )
    assert len(often) > 1_000
