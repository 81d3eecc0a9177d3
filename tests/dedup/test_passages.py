"""Counting and finding passages, against plain string work."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import slow_passages

from corpusmill.artefacts import Artefact
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.dedup.passages import (
    Passages,
    count_in,
    find_runs,
    frequent,
    frequent_of,
    load_passages,
    repeated,
    rows_of,
)
from corpusmill.dedup.units import Spans, UnitBatch

WORDS = ["Mill", "mill!", "the", "été", "ete", "漢字。", "- a", "7", "9", "..."]
JOINTS = [" ", ". ", ".\n", "\n", "\n\n"]
RULES = [
    FrequentRule("lines", 1, 4, 1, "none"),
    FrequentRule("lines", 1, 2, 6, "first"),
    FrequentRule("paragraphs", 1, 3, 1, "first"),
    FrequentRule("sentences", 1, 9, 2, "none"),
    FrequentRule("sentences", 3, 1, 1, "first"),
    FrequentRule("lines", 2, 1, 8, "none"),
]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """300 texts by doc_id, few words in each."""
    draw = random.Random(4)

    def text() -> str:
        words = draw.choices(WORDS, k=draw.choice((0, 1, 4, 12)))
        return "".join(word + draw.choice(JOINTS) for word in words)

    return {f"{draw.getrandbits(128):032x}": text() for _ in range(300)}


def listed(texts: dict[str, str], rule: FrequentRule) -> Passages:
    """The list of a rule, made of one batch."""
    found = count_in(UnitBatch.of(list(texts.values())), list(texts), rule)
    rows = pa.table(rows_of(found, 0))
    return frequent_of(rows.filter(pc.field("documents") > rule.documents))


def without(texts: list[str], all_spans: list[Spans]) -> list[str]:
    gone = [set() for _ in texts]
    for spans in all_spans:
        columns = (spans.owners.tolist(), spans.starts.tolist(), spans.ends.tolist())
        for owner, start, end in zip(*columns, strict=True):
            gone[owner] |= set(range(start, end))
    return [
        "".join(c for at, c in enumerate(text) if at not in own)
        for text, own in zip(texts, gone, strict=True)
    ]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_passages_are_counted_once_a_document(texts, rule):
    batch = UnitBatch.of(list(texts.values()))

    found = count_in(batch, list(texts), rule)

    expected = slow_passages.counted(texts, rule.unit, rule.span, rule.min_chars)
    first = {
        passage: min(
            doc_id
            for doc_id, text in texts.items()
            if passage in slow_passages.passages(text, rule.unit, rule.span, rule.min_chars)
        )
        for passage in expected
    }
    assert Counter(zip(found.documents.tolist(), found.first.tolist(), strict=True)) == Counter(
        (expected[passage], int(doc_id[:16], 16)) for passage, doc_id in first.items()
    )
    assert (np.diff(found.hashes.astype(object)) > 0).all()
    assert len(found) > 20


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_frequent_passages_go_from_all_documents_or_all_but_the_first(texts, rule):
    batch, found = UnitBatch.of(list(texts.values())), listed(texts, rule)

    spans = frequent(batch, list(texts), [(rule, found)])

    counts = slow_passages.counted(texts, rule.unit, rule.span, rule.min_chars)
    often = {passage for passage, count in counts.items() if count > rule.documents}
    assert len(found) == len(often) > 3
    seen: set[tuple[str, ...]] = set()
    expected = {}
    for doc_id in sorted(texts):
        units = slow_passages.units(texts[doc_id], rule.unit)
        runs = [tuple(units[at : at + rule.span]) for at in range(len(units) - rule.span + 1)]
        goes = often & seen if rule.keep == "first" else often
        gone = {at + n for at, run in enumerate(runs) if run in goes for n in range(rule.span)}
        seen |= set(runs)
        expected[doc_id] = slow_passages.without(texts[doc_id], rule.unit, gone.__contains__)
    assert without(list(texts.values()), spans) == [expected[doc_id] for doc_id in texts]


@pytest.mark.parametrize("kind", ["lines", "paragraphs"])
def test_of_units_that_repeat_in_a_document_the_first_stays(texts, kind):
    found = repeated(UnitBatch.of(list(texts.values())), kind)

    expected = []
    for text in texts.values():
        units = slow_passages.exact_units(text, kind)
        again = {n for n, unit in enumerate(units) if unit in units[:n]}
        expected.append(slow_passages.without(text, kind, again.__contains__))
    assert without(list(texts.values()), [found]) == expected
    assert expected != list(texts.values())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "Year Population\n1990 12\n1991 13\nYEAR: population",
            "Year Population\n1990 12\n1991 13",
        ),
        ("カード\nガード\nカート\nガード", "カード\nガード\nカート"),
        ("दिन\nदीन\nदान\nदीन", "दिन\nदीन\nदान"),
        ("résume\nresumé\nRésume!\nresume", "résume\nresumé\nresume"),
        ("Page 1\nPage 2\npage 1.", "Page 1\nPage 2"),
    ],
)
def test_lines_repeat_where_their_digits_and_marks_do_too(text, left):
    found = repeated(UnitBatch.of(["1990 12", text]), "lines")

    assert without(["1990 12", text], [found]) == ["1990 12", left]


def test_rules_for_the_same_unit_cut_together():
    texts = ["A\nB\nC", "A\nB\nD"]
    ids = ["0" * 32, "1" * 32]
    rules = [FrequentRule("lines", 1, 1, 1, "first"), FrequentRule("lines", 2, 1, 1, "none")]
    lists = [(rule, listed(dict(zip(ids, texts, strict=True)), rule)) for rule in rules]

    [spans] = frequent(UnitBatch.of(texts), ids, lists)

    assert spans.owners.tolist() == [0, 1]
    assert (spans.starts.tolist(), spans.ends.tolist()) == ([0, 0], [4, 4])


def test_a_text_with_fewer_units_than_a_passage_has_none():
    batch = UnitBatch.of(["One. Two.", "", "Three. Four. Five."])

    runs = find_runs(batch.units("sentences"), FrequentRule("sentences", 3, 1, 1, "first"))

    assert runs.owners.tolist() == [2]


@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_a_list_is_read_back_as_it_was_written(tmp_path, count):
    draw = np.random.default_rng(1)
    columns = draw.integers(0, 2**64, (3, count), dtype=np.uint64)
    made = Passages(np.unique(columns[0]), columns[1], columns[2])

    made.save(tmp_path / "one.npy")
    made.save(tmp_path / "two.npy")
    read = load_passages(Artefact.of(tmp_path / "one.npy"))

    assert (tmp_path / "one.npy").read_bytes() == (tmp_path / "two.npy").read_bytes()
    assert [each.tolist() for each in (read.hashes, read.documents, read.first)] == [
        each.tolist() for each in (made.hashes, made.documents, made.first)
    ]
    asked = np.append(made.hashes[::2], np.array([5], dtype=np.uint64))
    places, there = read.hold(asked)
    assert there.tolist() == [True] * (len(asked) - 1) + [False]
    assert (read.hashes[places[there]] == asked[there]).all()


def test_rows_say_the_same_as_the_list_and_their_first_ascends_with_the_id():
    first = np.array([2**63 + 5, 7, 2**64 - 1], dtype=np.uint64)
    made = Passages(np.array([1, 2**63, 2**64 - 2], dtype=np.uint64), first, first)

    rows = pa.table(rows_of(made, 3))
    back = frequent_of(rows.take([2, 0, 1]))

    assert np.argsort(rows["first"].to_numpy()).tolist() == [1, 0, 2]
    assert rows["entry"].to_pylist() == [3, 3, 3]
    assert [back.hashes.tolist(), back.first.tolist()] == [made.hashes.tolist(), first.tolist()]
