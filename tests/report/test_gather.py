"""Counts of groups, of reasons, and of twins that were lost with their survivor."""

from __future__ import annotations

from corpusmill.report.facts import Flow, Provenance, Reasons
from corpusmill.report.gather import GROUPS, flows_of, lost_with_survivor, reasons_of

DESCRIBED = (
    "doc_id string, part int, source string, kind string, origin string, licence string, "
    "language string, chars long, words long, kept boolean, is_survivor boolean, "
    "token_count long, unknown_count long, in_documents boolean, in_quality boolean, "
    "in_clean_documents boolean, in_tokens boolean, in_edits boolean"
)


def row(number, source="web", licence=None, language="en", part=None, **known):
    names = [name.split()[0] for name in DESCRIBED.split(", ")]
    values = {"doc_id": str(number), "source": source, "licence": licence, "language": language}
    values |= {"kind": "book", "origin": "human", "part": part, **known}
    return tuple(values.get(name) for name in names)


SCORED = {"in_documents": True, "in_quality": True, "chars": 100, "words": 20, "kept": True}
DONE = {**SCORED, "in_clean_documents": True, "in_tokens": True, "token_count": 30}
ROWS = [
    row(1, **DONE, unknown_count=2, is_survivor=True),
    row(2, **DONE, unknown_count=0, in_edits=True),
    row(3, **{**SCORED, "kept": False}, is_survivor=False),
    row(4, "books", "CC0-1.0", "de", 1, **DONE),
    row(5, "books", "CC0-1.0", "de", 2),
]


def test_every_group_counts_its_documents_once(dealt):
    flows, provenance = flows_of(dealt(ROWS, DESCRIBED))

    web = {
        **{"records": 3, "accepted": 3, "documents": 3, "scored": 3, "kept": 2, "clean": 2},
        **{"tokenised": 2, "clusters": 1, "twins": 1, "characters": 300, "tokens": 60},
        **{"unknown": 2, "even_documents": 1, "even_characters": 100, "even_words": 20},
        "even_tokens": 30,
    }
    books = {
        **{"records": 1, "accepted": 2, "documents": 1, "scored": 1, "kept": 1, "clean": 1},
        **{"tokenised": 1, "characters": 100, "tokens": 30, "even_documents": 1},
        **{"even_characters": 100, "even_words": 20, "even_tokens": 30},
    }
    both = {name: web[name] + books.get(name, 0) for name in web}
    assert flows == [
        Flow("source", "books", **books),
        Flow("source", "web", **web),
        Flow("language", "de", **books),
        Flow("language", "en", **web),
        Flow("kind", "book", **both),
        Flow("origin", "human", **both),
    ]
    assert {flow.by for flow in flows} == set(GROUPS)
    assert provenance == [
        Provenance("web", "book", "human", None, 3, 2, 60),
        Provenance("books", "book", "human", "CC0-1.0", 2, 1, 30),
    ]


def test_nothing_has_no_groups(dealt):
    assert flows_of(dealt([], DESCRIBED)) == ([], [])


def test_reasons_are_counted_by_what_came_of_them(dealt):
    rows = [
        (["c4.a", "fineweb.b"], ["fineweb.b", "c4.a"]),
        (["c4.a"], ["c4.a"]),
        (["c4.a", "duplicate.near"], ["c4.a"]),
        (["duplicate.near"], []),
        ([], []),
    ]

    found = reasons_of(dealt(rows, "reasons array<string>, decided_by array<string>"))

    assert found == Reasons(
        dropped={"c4.a": 3, "fineweb.b": 1},
        decided={"c4.a": 2, "fineweb.b": 1},
        tagged={"duplicate.near": 2},
    )
    assert list(found.dropped) == ["c4.a", "fineweb.b"]


def test_twins_are_lost_with_their_survivor_where_nothing_of_the_cluster_is_left(dealt):
    members = {"a": (2, 1, 3), "b": (1, 2), "c": (1, 3, 2)}  # places
    rows = [
        (f"{cluster}{n}", cluster, len(places), place, "near", f"{cluster}{n}")
        for cluster, places in members.items()
        for n, place in enumerate(places)
    ]
    rows[-1] = ("c2", "c", 3, 2, "exact", "c0")  # a copy of the first
    duplicates = dealt(
        rows,
        "doc_id string, cluster_id string, cluster_size bigint, place int, relation string, "
        "copy_id string",
    )
    clean = dealt([("a1",), ("c1",), ("x",)], "doc_id string")

    assert lost_with_survivor(duplicates, clean, 1) == 1
    assert lost_with_survivor(duplicates, dealt([], "doc_id string"), 1) == 5
    assert lost_with_survivor(duplicates, dealt([], "doc_id string"), 2) == 2
