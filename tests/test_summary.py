"""Counts of reasons, and of twins that were lost with their survivor."""

from __future__ import annotations

from corpusmill.summary import lost_with_survivor, reasons_of


def test_reasons_are_counted_by_what_came_of_them(dealt):
    rows = [
        (["c4.a", "fineweb.b"], ["fineweb.b", "c4.a"]),
        (["c4.a"], ["c4.a"]),
        (["c4.a", "duplicate.near"], ["c4.a"]),
        (["duplicate.near"], []),
        ([], []),
    ]

    found = reasons_of(dealt(rows, "reasons array<string>, decided_by array<string>"))

    assert found == {
        "dropped": {"c4.a": 3, "fineweb.b": 1},
        "tagged": {"duplicate.near": 2},
        "decided": {"c4.a": 2, "fineweb.b": 1},
    }
    assert list(found["dropped"]) == ["c4.a", "fineweb.b"]


def test_twins_are_lost_with_their_survivor_where_nothing_of_the_cluster_is_left(dealt):
    members = {"a": "AaA", "b": "bBb", "c": "cC"}  # the survivor in small letters
    rows = [
        (f"{cluster}{n}", cluster, 1 if letter.islower() else n + 2)
        for cluster, letters in members.items()
        for n, letter in enumerate(letters)
    ]
    duplicates = dealt(rows, "doc_id string, cluster_id string, place int")
    clean = dealt([("a1",), ("c1",), ("x",)], "doc_id string")

    assert lost_with_survivor(duplicates, clean, 1) == 1
    assert lost_with_survivor(duplicates, dealt([], "doc_id string"), 1) == 4
    assert lost_with_survivor(duplicates, dealt([], "doc_id string"), 2) == 3
