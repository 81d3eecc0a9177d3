"""Which documents the card shows, and that nothing personal is in what it shows of them."""

from __future__ import annotations

import base64
import hashlib

from corpusmill.pii.rules import PatternRule, PiiRules
from corpusmill.samples import EXCERPT, Tables, draw_samples

SELECTION = "doc_id string, text_digest string, reasons array<string>, decided_by array<string>"
DUPLICATES = (
    "doc_id string, partner_id string, relation string, similarity int, is_survivor boolean"
)
SPANS = (
    "doc_id string, kind string, start long, end long, recogniser string, score int, action string"
)
DOCUMENT = "doc_id string, text_digest string, source string, text string"
ADDRESS = "jane.roe@example.org"


def slow_key(number):
    return hashlib.sha256(f"42\0samples\0{number:032x}".encode()).hexdigest()


def frames(dealt, selection=(), duplicates=(), spans=(), documents=()):
    return Tables(
        dealt(list(selection), SELECTION),
        dealt(list(duplicates), DUPLICATES),
        dealt(list(spans), SPANS),
        dealt(list(documents), DOCUMENT),
    )


def text_of(pieces):
    return "".join(piece.text for piece in pieces)


def test_for_each_rule_the_same_documents_are_drawn_and_cleared_of_personal_data(spark, dealt):
    rules = {n: (["c4.a"], ["fineweb.b", "c4.a"], [])[n % 3] for n in range(24)}
    texts = {n: f"Write to {ADDRESS} about number {n}. " + "And so on. " * 99 for n in rules}
    selection = [(f"{n:032x}", "t", sorted(said), said) for n, said in rules.items()]
    documents = [(f"{n:032x}", "t", "web", text) for n, text in texts.items()]
    tables = frames(dealt, selection, documents=documents)

    found = draw_samples(spark, tables, PiiRules(kinds=("US_SSN",), allow=(ADDRESS,)), 42, 2)

    expected = []
    for kind in (2, 0, 1):
        drawn = sorted((n for n in rules if n % 3 == kind), key=slow_key)[:2]
        expected += [((rules[n] or [None])[0], f"{n:032x}") for n in drawn]
    assert [(sample.rule, sample.doc_id) for sample in found.documents] == expected
    assert (found.twins, found.redactions) == ([], [])
    for sample in found.documents:
        number = int(sample.doc_id, 16)
        assert sample.source == "web"
        assert sample.reasons == tuple(sorted(rules[number]))
        begin = f"Write to <EMAIL_ADDRESS> about number {number}. And"
        assert text_of(sample.excerpt).startswith(begin)
        assert len(text_of(sample.excerpt)) == EXCERPT - len(ADDRESS) + len("<EMAIL_ADDRESS>")


def test_twins_stand_side_by_side_near_ones_first_without_personal_data(spark, dealt):
    texts = {
        1: f"Ask {ADDRESS} for the old mill",
        2: f"Ask {ADDRESS} for the new mill",
        3: "equal",
        4: "equal",
    }
    documents = [(f"{n:032x}", "t", "web", text) for n, text in texts.items()]
    related = ((1, 2, "near"), (2, 1, "near"), (3, 4, "exact"), (4, 3, "exact"))
    duplicates = [
        (f"{n:032x}", f"{partner:032x}", relation, 900_000, n % 2 == 1)
        for n, partner, relation in related
    ]

    found = draw_samples(spark, frames(dealt, (), duplicates, (), documents), PiiRules(), 42, 3)

    near, exact = found.twins
    assert (near.doc_id, near.partner_id, near.similarity) == (f"{2:032x}", f"{1:032x}", 900_000)
    assert [text_of(side) for side in near.sides] == [
        "Ask <EMAIL_ADDRESS> for the new mill",
        "Ask <EMAIL_ADDRESS> for the old mill",
    ]
    assert (exact.relation, exact.sides, exact.failed) == ("exact", None, False)


def test_a_redaction_is_shown_where_it_is_and_other_findings_around_it_too(spark, dealt):
    before = "x" * 2_000 + f" 12 {ADDRESS} "
    start = len(before)
    spans = [
        ("a", "EMPLOYEE_ID", start, start + 10, "own", 600_000, "mask"),
        ("a", "SECRET", start + 14, start + 18, "own", 600_000, "keep"),
    ]
    documents = [("a", "t", "web", f"{before}EMP-123456 is here")]

    found = draw_samples(spark, frames(dealt, (), (), spans, documents), PiiRules(), 42, 3)

    [one] = found.redactions
    assert (one.kind, one.doc_id) == ("EMPLOYEE_ID", "a")
    assert text_of(one.excerpt).lstrip("x") == " 12 <EMAIL_ADDRESS> <EMPLOYEE_ID> is <SECRET>"


def test_kinds_that_the_recipe_does_not_ask_for_are_cleared_too(spark, dealt):
    text = "National insurance number AB 12 34 56 C, staff number EMP-123456."
    tables = frames(dealt, [("a", "t", [], [])], documents=[("a", "t", "web", text)])
    own = {"EMPLOYEE_ID": PatternRule(r"EMP-\d{6}")}

    found = draw_samples(spark, tables, PiiRules(patterns=own), 42, 3)

    [one] = found.documents
    assert (
        text_of(one.excerpt) == "National insurance number <UK_NINO>, staff number <EMPLOYEE_ID>."
    )


def test_the_end_of_a_key_that_begins_far_before_an_excerpt_is_not_shown(spark, dealt):
    drawn = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(60))
    body = base64.encodebytes(drawn).decode()
    key = f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----"
    text = f"{key} mail {ADDRESS} at once"
    start = len(key) + len(" mail ")
    spans = [("a", "EMAIL_ADDRESS", start, start + len(ADDRESS), "own", 1_000_000, "mask")]

    tables = frames(dealt, (), (), spans, [("a", "t", "web", text)])
    found = draw_samples(spark, tables, PiiRules(), 42, 3)

    [one] = found.redactions
    assert len(body) > 2_000
    assert text_of(one.excerpt) == "<SECRET> mail <EMAIL_ADDRESS> at once"


def test_none_are_drawn_where_none_are_asked_for_or_none_are_there(spark, dealt):
    selection, documents = [("a", "t", [], [])], [("a", "t", "web", "text")]

    none = draw_samples(spark, frames(dealt, selection, (), (), documents), PiiRules(), 42, 0)
    empty = draw_samples(spark, frames(dealt), PiiRules(), 42, 3)

    assert [list(each) for each in vars(none).values()] == [[], [], []]
    assert [list(each) for each in vars(empty).values()] == [[], [], []]
