"""What is left to do, and publications that another run came before."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from corpusmill.contracts import contract
from corpusmill.ledger import Commit
from corpusmill.mill import Mill, _difference, _missing
from corpusmill.recipe import Recipe, Runtime
from corpusmill.warehouse import Change, Overtaken, Warehouse

KEYS = "doc_id string, text_digest string"
LANGUAGES = contract("languages").ddl


def language(number, label="en"):
    return (f"{number:032x}", "t", label, label, 1, None, None, "Latn", {})


def commit(stage):
    return Commit("some-job", stage, f"chain {stage}", "r" * 64, {}, {})


@pytest.fixture
def mill(spark, tmp_path):
    runtime = Runtime(warehouse=str(tmp_path / "lake"), output=str(tmp_path / "output"))
    return Mill(recipe=Recipe(), runtime=runtime, open_spark=lambda: spark)


@pytest.mark.parametrize(
    ("ids", "have", "wanted", "missing"),
    [
        ("abc", "", "abc", (3, 0)),
        ("abc", "abc", "abc", (0, 0)),
        ("ab", "bcd", "ab", (1, 2)),
        ("ab", "bcd", "abcd", (1, 0)),
        ("", "cc", "", (0, 1)),
        ("", "", "", (0, 0)),
    ],
)
def test_what_has_no_row_and_what_should_have_none_are_counted(dealt, ids, have, wanted, missing):
    frames = [dealt([(each, "t") for each in text], KEYS) for text in (ids, have, wanted)]

    assert _missing(*frames) == missing


def test_another_digest_of_the_same_document_is_another_row(dealt):
    new, old = dealt([("a", "2")], KEYS), dealt([("a", "1")], KEYS)

    assert _missing(new, old, new) == (1, 1)


def test_the_difference_of_two_frames_holds_what_only_one_of_them_has(dealt):
    ddl = "a string, b int, c array<string>"
    new = dealt([("x", 1, ["p"]), ("y", None, []), ("z", 3, None)], ddl)
    old = dealt([("x", 1, ["p"]), ("y", 2, []), ("w", 3, None)], ddl)

    found = sorted(map(tuple, _difference(new, old).select("a", "b", "sign").collect()), key=str)

    assert found == [("w", 3, -1), ("y", 2, -1), ("y", None, 1), ("z", 3, 1)]


def test_a_commit_that_another_run_came_before_is_told_and_not_taken_for_done(mill, spark):
    mill.touch("languages")
    mill.warehouse.ledger("languages")
    other = Warehouse(spark, mill.warehouse.place)
    frame = spark.createDataFrame([language(1)], LANGUAGES)
    other.publish("languages", Change(frame), commit("theirs"))

    with pytest.raises(Overtaken, match="languages: another run writes to it"):
        mill.publish("languages", Change(frame), commit("ours"))

    assert mill.changed == {}


def test_a_run_that_was_killed_before_it_could_say_so_is_in_runs_after_the_next(mill, spark):
    frame = spark.createDataFrame([language(1)], LANGUAGES)
    mill.touch("languages")
    mill.publish("languages", Change(frame), commit("one"))
    later = Mill(recipe=Recipe(), runtime=mill.runtime, open_spark=lambda: spark)
    later.touch("languages")
    later.publish("languages", Change(frame.where(F.lit(False)), replace=True), commit("two"))

    later.record_runs()
    later.record_runs()

    rows = later.warehouse.snapshot("runs").rows.orderBy("version").collect()
    assert [(row.table_name, row.version, row.stage_digest, row.rows) for row in rows] == [
        ("languages", 1, "one", 1),
        ("languages", 2, "two", 0),
    ]
    assert rows[0].milliseconds is None
    assert rows[1].milliseconds is not None
