"""Which documents the card shows, and that nothing personal is in what it shows of them."""

from __future__ import annotations

import hashlib

import pytest

from corpusmill.pii.rules import PiiRules
from corpusmill.pii.spans import Span
from corpusmill.samples import EXCERPT, draw_samples, excerpt

SELECTION = "doc_id string, text_digest string, reasons array<string>, decided_by array<string>"
DOCUMENT = "doc_id string, text_digest string, source string, text string"
ADDRESS = "jane.roe@example.org"


def span(start, end, kind="EMAIL_ADDRESS"):
    return Span(kind, start, end, "some", 1_000_000)


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("short", [], "short"),
        ("a" * 400, [], "a" * 300),
        (f"to {ADDRESS}, now", [span(3, 23)], "to <EMAIL_ADDRESS>, now"),
        ("a" * 295 + ADDRESS + "b" * 99, [span(295, 315)], "a" * 295 + "<EMAI"),
        ("a" * 300 + ADDRESS, [span(300, 320)], "a" * 300),
        ("whatever", [span(0, 8, "DOCUMENT")], None),
    ],
    ids=["short", "long", "found", "across-the-end", "past-the-end", "failed"],
)
def test_an_excerpt_is_the_beginning_without_what_was_found(text, spans, shown):
    assert excerpt(text, spans) == shown


def slow_key(number):
    return hashlib.sha256(f"42\0samples\0{number:032x}".encode()).hexdigest()


def test_for_each_rule_the_same_documents_are_drawn_and_cleared_of_personal_data(spark, dealt):
    rules = {n: (["c4.a"], ["fineweb.b", "c4.a"], [])[n % 3] for n in range(24)}
    texts = {n: f"Write to {ADDRESS} about number {n}. " + "And so on. " * 99 for n in rules}
    selection = [(f"{n:032x}", "t", sorted(said), said) for n, said in rules.items()]
    documents = [(f"{n:032x}", "t", "web", text) for n, text in texts.items()]
    frames = dealt(selection, SELECTION), dealt(documents, DOCUMENT)

    found = draw_samples(spark, *frames, PiiRules(kinds=("US_SSN",)), 42, 2)

    expected = []
    for kind in (2, 0, 1):
        drawn = sorted((n for n in rules if n % 3 == kind), key=slow_key)[:2]
        expected += [((rules[n] or [None])[0], f"{n:032x}") for n in drawn]
    assert [(sample.rule, sample.doc_id) for sample in found] == expected
    for sample in found:
        number = int(sample.doc_id, 16)
        assert sample.source == "web"
        assert sample.reasons == tuple(sorted(rules[number]))
        assert sample.excerpt.startswith(f"Write to <EMAIL_ADDRESS> about number {number}. And")
        assert len(sample.excerpt) == EXCERPT - len(ADDRESS) + len("<EMAIL_ADDRESS>")


def test_none_are_drawn_where_none_are_asked_for(spark, dealt):
    selection = dealt([("a", "t", [], [])], SELECTION)
    documents = dealt([("a", "t", "web", "text")], DOCUMENT)

    assert draw_samples(spark, selection, documents, PiiRules(), 42, 0) == []
