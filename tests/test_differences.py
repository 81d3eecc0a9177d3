"""What is to be computed, what is to go, and rows that only one of two frames holds."""

from __future__ import annotations

import pytest

from corpusmill.differences import difference, due

KEYS = "doc_id string, text_digest string"


def found_in(frame):
    return {(row.doc_id, row.todo, row.gone) for row in frame.collect()}


@pytest.mark.parametrize(
    ("ids", "have", "wanted", "todo", "gone"),
    [
        ("abc", "", None, "abc", ""),
        ("abc", "abc", None, "", ""),
        ("ab", "bcd", "ab", "a", "cd"),
        ("ab", "bcd", None, "a", "cd"),
        ("ab", "bcd", "abcd", "a", ""),
        ("", "cc", None, "", "c"),
        ("", "", "", "", ""),
    ],
)
def test_what_has_no_row_and_what_should_have_none(dealt, ids, have, wanted, todo, gone):
    frames = [
        None if text is None else dealt([(each, "t") for each in text], KEYS)
        for text in (ids, have, wanted)
    ]

    found = due(*frames)

    expected = {(each, True, False) for each in todo} | {(each, False, True) for each in gone}
    assert found_in(found) == expected
    assert found.count() == len(expected)


def test_another_digest_of_the_same_document_is_another_row(dealt):
    new, old = dealt([("a", "2")], KEYS), dealt([("a", "1")], KEYS)

    rows = due(new, old).collect()

    assert {(row.text_digest, row.todo, row.gone) for row in rows} == {
        ("2", True, False),
        ("1", False, True),
    }


def test_further_columns_of_the_ids_come_along(dealt):
    ids = dealt(
        [("a", "1", "en", ["x"]), ("b", "1", None, None)], f"{KEYS}, l string, r array<string>"
    )
    have = dealt([("c", "1")], KEYS)

    rows = sorted(map(tuple, due(ids, have).collect()))

    assert rows == [
        ("a", "1", "en", ["x"], True, False),
        ("b", "1", None, None, True, False),
        ("c", "1", None, None, False, True),
    ]


def test_the_difference_of_two_frames_holds_what_only_one_of_them_has(dealt):
    ddl = "a string, b int, c array<string>"
    new = dealt([("x", 1, ["p"]), ("y", None, []), ("z", 3, None)], ddl)
    old = dealt([("x", 1, ["p"]), ("y", 2, []), ("w", 3, None)], ddl)

    found = sorted(map(tuple, difference(new, old).select("a", "b", "sign").collect()), key=str)

    assert found == [("w", 3, -1), ("y", 2, -1), ("y", None, 1), ("z", 3, 1)]
