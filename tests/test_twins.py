"""Which documents of a cluster go and how often the others stand, by hand."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from corpusmill.twins import decided_twins, times

DUPLICATE = (
    "doc_id string, cluster_id string, cluster_size bigint, place int, relation string, "
    "copy_id string"
)
FINEWEB2 = {2: 2, 3: 3, 5: 5, 100: 8, 1000: 1}


def five(relation="near", copies="12345"):
    """A cluster of five, its documents named by their places."""
    return [(f"{place}", "1", 5, place, relation, copies[place - 1]) for place in range(1, 6)]


@pytest.mark.parametrize(
    ("keep", "lost"), [(1, {"2", "3", "4", "5"}), (2, {"3", "4", "5"}), (4, {"5"}), (9, set())]
)
def test_the_first_n_texts_of_a_cluster_have_no_reason(dealt, keep, lost):
    exact = [("a", "a", 2, 1, "exact", "a"), ("b", "a", 2, 2, "exact", "a")]

    found = decided_twins(dealt([*five(), *exact], DUPLICATE), keep, False)

    reasons = {row.doc_id: row.reason for row in found.collect()}
    assert {name for name, reason in reasons.items() if reason == "duplicate.near"} == lost
    assert reasons["b"] == "duplicate.exact"
    assert [reasons[name] for name in "1a"] == [None, None]


@pytest.mark.parametrize(
    ("keep", "stay"), [(1, {"1"}), (2, {"1", "4"}), (3, {"1", "4", "5"}), (9, {"1", "4", "5"})]
)
def test_copies_of_a_text_that_stays_go_and_take_no_place(dealt, keep, stay):
    found = decided_twins(dealt(five(copies="11145"), DUPLICATE), keep, False).collect()

    assert {row.doc_id for row in found if row.reason is None} == stay


@pytest.mark.parametrize(
    ("keep", "reasons"),
    [
        (1, {"2": "near", "3": "exact", "4": "near", "5": "exact"}),
        (2, {"3": "exact", "4": "near", "5": "exact"}),
        (3, {"3": "exact", "5": "exact"}),
    ],
)
def test_where_near_twins_may_stay_the_first_of_all_copies_is_one(dealt, keep, reasons):
    of_another = [("6", "6", 2, 1, "exact", "6"), ("7", "6", 2, 2, "exact", "6")]
    twins = dealt([*five("exact", copies="12241"), *of_another], DUPLICATE)

    found = decided_twins(twins, keep, True).collect()

    said = {row.doc_id: row.reason for row in found if row.reason}
    expected = {**reasons, "7": "exact"}
    assert said == {name: f"duplicate.{relation}" for name, relation in expected.items()}


@pytest.mark.parametrize(
    ("rehydrate", "expected"),
    [
        ({}, {1: 1, 2: 1, 5: 1, 100: 1}),
        (
            FINEWEB2,
            {1: 1, 2: 2, 3: 3, 4: 3, 5: 5, 99: 5, 100: 8, 999: 8, 1000: 1, 1 << 40: 1},
        ),
        ({10: 7, 1: 4}, {1: 4, 2: 4, 9: 4, 10: 7, 11: 7}),
        ({2: 3}, {1: 1, 2: 3, 3: 3}),
    ],
    ids=["none", "fineweb2", "from-one-on", "one-step"],
)
def test_a_survivor_stands_as_often_as_the_size_of_its_cluster_says(dealt, rehydrate, expected):
    rows = [(size, place) for size in expected for place in (1, 2)]
    alone = [(None, None)]

    frame = dealt([*rows, *alone], "cluster_size bigint, place int")

    found = frame.withColumn("times", times(rehydrate)).collect()
    survivors = {row.cluster_size: row.times for row in found if row.place == 1}
    assert survivors == expected
    assert {row.times for row in found if row.place == 2} == {1}
    assert [row.times for row in found if row.place is None] == [expected[1]]


def test_times_are_a_column_of_the_type_of_the_table(dealt):
    frame = dealt([(2, 1)], "cluster_size bigint, place int")

    for rehydrate in ({}, {2: 2}):
        kind = frame.select(F.when(F.lit(True), times(rehydrate)).alias("t")).schema["t"]
        assert kind.dataType.simpleString() == "int"
