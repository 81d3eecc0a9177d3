"""Scratch tables: read back as written, gone at the end, seen by nobody."""

from __future__ import annotations

import pytest

from corpusmill.contracts import TABLES
from corpusmill.scratch import PREFIX, Scratch, scratch
from corpusmill.warehouse import Warehouse


@pytest.fixture(params=["path", "catalog", pytest.param("url", marks=pytest.mark.slow)])
def warehouse(request, spark, tmp_path):
    """An empty warehouse: a folder, a schema of the session catalog, or a URL."""
    if request.param == "path":
        yield Warehouse(spark, str(tmp_path / "lake"))
        return
    if request.param == "url":
        yield Warehouse(spark, f"{tmp_path.as_uri()}/lake")
        return
    name = "scratch_" + "".join(filter(str.isalnum, tmp_path.name)).lower()
    spark.sql(f"CREATE DATABASE {name}")
    yield Warehouse(spark, f"spark_catalog.{name}")
    assert spark.sql(f"SHOW TABLES IN {name}").where("not isTemporary").collect() == []
    spark.sql(f"DROP DATABASE {name}")


def numbers(frame):
    return sorted(row.n for row in frame.collect())


def data_files(folder):
    return [path for path in folder.rglob("*.parquet") if "_delta_log" not in path.parts]


def test_each_frame_is_made_of_the_last_one_and_all_are_gone_at_the_end(spark, warehouse, tmp_path):
    frames = []
    with scratch(warehouse, "mine") as tables:
        frames.append(tables.keep("round", spark.range(3).toDF("n")))
        for _ in range(2):
            frames.append(tables.keep("round", frames[-1].selectExpr("n + 1 AS n")))
        other = tables.keep("other", spark.range(1).toDF("n"))
        assert [numbers(frame) for frame in frames[1:]] == [[1, 2, 3], [2, 3, 4]]
        assert numbers(other) == [0]

    assert data_files(tmp_path) == []
    assert "://" in warehouse.place or not any((tmp_path / "lake").glob("*"))


def test_what_a_killed_run_left_is_gone_over(spark, warehouse, tmp_path):
    Scratch(warehouse, "mine").keep("round", spark.range(5).toDF("n"))

    with scratch(warehouse, "mine") as tables:
        kept = tables.keep("round", spark.createDataFrame([("a",)], "other string"))
        assert kept.collect() == [("a",)]
    with scratch(warehouse, "mine") as tables:
        assert numbers(tables.keep("round", spark.range(2).toDF("n"))) == [0, 1]

    assert data_files(tmp_path) == []


def test_two_owners_may_use_one_name(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path / "lake"))

    with scratch(warehouse, "one") as ones, scratch(warehouse, "two") as twos:
        frames = [ones.keep("round", spark.range(1).toDF("n"))]
        frames.append(twos.keep("round", spark.range(2).toDF("n")))
        assert [numbers(frame) for frame in frames] == [[0], [0, 1]]


def test_tables_are_gone_after_a_failure(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path / "lake"))

    def fail():
        with scratch(warehouse, "mine") as tables:
            tables.keep("round", spark.range(2).toDF("n"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert list((tmp_path / "lake").iterdir()) == []


def test_no_table_of_a_contract_has_the_name_of_a_scratch_table():
    assert not [name for name in TABLES if name.startswith(PREFIX)]
