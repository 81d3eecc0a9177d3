"""What tasks of a session of our own meet."""

from __future__ import annotations

import time

import pytest
from pyspark.errors import PySparkException

from corpusmill import session
from corpusmill.batches import map_batches
from corpusmill.recipe import Runtime


def hanging():
    def kernel(batch):
        started = time.monotonic()
        while time.monotonic() < started + 300:  # long past the bound, and not for ever
            pass
        yield batch

    return kernel


def test_a_worker_that_hangs_fails_its_task(spark):
    key = "spark.sql.execution.pyspark.udf.idleTimeoutSeconds"
    assert spark.conf.get(key) == "3600s"
    assert spark.conf.get("spark.sql.execution.pyspark.udf.killOnIdleTimeout") == "true"
    spark.conf.set(key, "2s")
    try:
        with pytest.raises(Exception, match="idle timeout"):
            map_batches(spark.range(1), hanging, "id bigint").collect()
    finally:
        spark.conf.set(key, "3600s")


def test_a_setting_that_a_platform_keeps_to_itself_stops_no_job_there(spark, monkeypatch):
    fixed = "spark.sql.warehouse.dir"  # Spark itself refuses this one once it runs
    monkeypatch.setattr(session, "_SIZES", {fixed: "batch_rows", **session._SIZES})
    runtime = Runtime(shuffle_partitions=2)
    before = spark.conf.get(fixed)
    spark.conf.set("spark.sql.shuffle.partitions", "3")

    session._configure(spark, runtime, ours=False)

    assert spark.conf.get(fixed) == before
    assert spark.conf.get("spark.sql.shuffle.partitions") == "2"
    with pytest.raises(PySparkException):
        session._configure(spark, runtime, ours=True)


@pytest.mark.parametrize(
    ("name", "value", "brought"),
    [
        ("DATABRICKS_RUNTIME_VERSION", "18.1", True),
        ("SPARK_REMOTE", "sc://cluster:15002", True),
        ("SPARK_REMOTE", "local[2]", False),
        ("SPARK_REMOTE", "local", False),
    ],
)
def test_a_platform_or_a_server_elsewhere_brings_the_session(monkeypatch, name, value, brought):
    for each in ("PYSPARK_GATEWAY_PORT", "DATABRICKS_RUNTIME_VERSION", "SPARK_REMOTE"):
        monkeypatch.delenv(each, raising=False)
    assert not session._is_submitted()

    monkeypatch.setenv(name, value)

    assert session._is_submitted() is brought
