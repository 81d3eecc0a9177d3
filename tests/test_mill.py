"""What is left to do, and publications that another run came before."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from pyspark.sql import functions as F

from corpusmill.contracts import contract
from corpusmill.ledger import Commit
from corpusmill.maintenance import compact, vacuum
from corpusmill.mill import Mill
from corpusmill.publication import Change, Overtaken
from corpusmill.recipe import Recipe, Runtime
from corpusmill.warehouse import Warehouse

LANGUAGES = contract("languages").ddl


def language(number, label="en"):
    return (f"{number:032x}", "t", label, label, 1, None, None, "Latn", {})


def commit(stage):
    return Commit("some-job", stage, f"chain {stage}", "r" * 64, {}, {})


@pytest.fixture
def mill(spark, tmp_path):
    runtime = Runtime(warehouse=str(tmp_path / "lake"), output=str(tmp_path / "output"))
    return Mill(recipe=Recipe(), runtime=runtime, open_spark=lambda: spark)


def test_a_commit_that_another_run_came_before_is_told_and_not_taken_for_done(mill, spark):
    mill.touch("languages")
    mill.warehouse.ledger("languages")
    other = Warehouse(spark, mill.warehouse.place)
    frame = spark.createDataFrame([language(1)], LANGUAGES)
    other.publish("languages", Change(frame), commit("theirs"))

    with pytest.raises(Overtaken, match="languages: another run writes to it"):
        mill.publish("languages", Change(frame), commit("ours"))

    assert mill.changed == {}


def another(mill, spark):
    """A run of its own on the same warehouse."""
    return Mill(recipe=Recipe(), runtime=mill.runtime, open_spark=lambda: spark)


def recorded(spark, mill):
    """What ``runs`` holds, as somebody reads it who knows nothing of these runs."""
    found = Warehouse(spark, mill.warehouse.place).snapshot("runs").rows
    named = found.orderBy("table_name", "version").collect()
    return [(row.table_name, row.version, row.stage_digest, row.rows) for row in named]


def test_runs_at_the_same_time_are_each_recorded_once(mill, spark):
    languages = spark.createDataFrame([language(1)], LANGUAGES)
    quarantine = spark.createDataFrame([], contract("quarantine").ddl)
    other, third = another(mill, spark), another(mill, spark)
    mill.touch("languages")
    other.touch("quarantine")  # both know of no row in runs
    third.touch("quarantine")
    mill.publish("languages", Change(languages), commit("one"))
    other.publish("quarantine", Change(quarantine), commit("two"))

    other.record_runs()
    mill.record_runs()
    other.publish("quarantine", Change(quarantine), commit("three"))
    third.touch("languages")
    third.publish("languages", Change(languages.limit(0), replace=True), commit("four"))
    third.record_runs()
    mill.record_runs()
    other.record_runs()

    assert recorded(spark, mill) == [
        ("languages", 1, "one", 1),
        ("languages", 2, "four", 0),
        ("quarantine", 1, "two", 0),
        ("quarantine", 2, "three", 0),
    ]


def test_what_a_later_run_wrote_down_for_one_that_goes_on_is_not_written_again(mill, spark):
    frame = spark.createDataFrame([language(1)], LANGUAGES)
    mill.touch("languages")
    mill.publish("languages", Change(frame), commit("one"))
    later = another(mill, spark)
    later.touch("languages")
    later.publish("languages", Change(frame.limit(0), replace=True), commit("two"))

    later.record_runs()
    mill.record_runs()

    assert recorded(spark, mill) == [("languages", 1, "one", 1), ("languages", 2, "two", 0)]


def test_a_table_that_was_made_anew_is_recorded_from_its_first_commit(mill, spark):
    frame = spark.createDataFrame([language(1)], LANGUAGES)
    mill.touch("languages")
    for stage in ("one", "two"):
        mill.publish("languages", Change(frame, replace=True), commit(stage))
    mill.record_runs()
    shutil.rmtree(mill.warehouse.folder / "languages")
    later = another(mill, spark)
    later.touch("languages")

    later.publish("languages", Change(frame), commit("three"))
    later.record_runs()

    versions = [(version, stage) for _, version, stage, _ in recorded(spark, mill)]
    assert sorted(versions) == [(1, "one"), (1, "three"), (2, "two")]


def test_a_run_that_was_killed_before_it_could_say_so_is_in_runs_after_the_next(mill, spark):
    frame = spark.createDataFrame([language(1)], LANGUAGES)
    mill.touch("languages")
    mill.publish("languages", Change(frame), commit("one"))
    later = another(mill, spark)
    later.touch("languages")
    later.publish("languages", Change(frame.where(F.lit(False)), replace=True), commit("two"))

    later.record_runs()
    later.record_runs()

    rows = later.warehouse.snapshot("runs").rows.orderBy("version").collect()
    assert [(row.table_name, row.version, row.stage_digest, row.rows) for row in rows] == [
        ("languages", 1, "one", 1),
        ("languages", 2, "two", 0),
    ]
    assert (rows[0].milliseconds, rows[0].peak_memory) == (None, None)
    assert rows[1].milliseconds is not None
    assert [row.added for row in rows] == [1, 0]


def test_a_row_of_runs_tells_what_a_job_took_and_wrote(mill, spark):
    frame = spark.createDataFrame([language(n) for n in range(5)], LANGUAGES)
    gone = spark.createDataFrame([(f"{n:032x}",) for n in (0, 1)], "doc_id string")

    def job(mill, _options):
        mill.touch("languages")
        mill.publish("languages", Change(frame.where("substring(doc_id, 32) < '3'")), commit("one"))
        added = frame.where(F.col("doc_id").endswith("4"))
        mill.publish("languages", Change(added, gone), commit("two"))

    mill.timed("identify-language", job, None)
    mill.record_runs()

    rows = mill.warehouse.snapshot("runs").rows.orderBy("version").collect()
    assert [(row.rows, row.added) for row in rows] == [(3, 3), (2, 1)]
    assert rows[0].milliseconds <= rows[1].milliseconds
    assert 200_000_000 < rows[0].peak_memory <= rows[1].peak_memory  # the JVM alone is larger


def span(number):
    return (f"{number:032x}", "t", "EMAIL_ADDRESS", 0, 1, "email", 9, "mask")


def test_what_was_read_back_is_found_after_maintenance_and_is_nothing_once_it_is_gone(mill, spark):
    def publish(table, stage, rows, **beside):
        frame = spark.createDataFrame(rows, contract(table).ddl)
        mill.publish(table, Change(frame), replace(commit(stage), beside=beside))

    def found(run):
        rows = run.beside("clean_documents", "pii_spans").rows.collect()
        return sorted(int(row.doc_id, 16) for row in rows)

    mill.touch("pii_spans", "clean_documents")
    publish("pii_spans", "one", [span(1)])
    publish("pii_spans", "two", [span(2)])
    read = mill.warehouse.snapshot("pii_spans")
    publish("clean_documents", "two", [], pii_spans=read.pin)
    compact(mill, ["pii_spans"])
    vacuum(mill, ["pii_spans"], 0)
    after_maintenance = found(another(mill, spark))
    publish("pii_spans", "interrupted", [span(3)])
    after_interruption = found(another(mill, spark))
    compact(mill, ["pii_spans"])
    vacuum(mill, ["pii_spans"], 0)

    assert (after_maintenance, after_interruption) == ([1, 2], [1, 2])
    assert found(another(mill, spark)) == []
