"""What tasks of a session of our own meet."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from corpusmill.batches import map_batches

SUBMITTED = Path(__file__).parents[1] / "conf" / "spark-cluster.conf"
OF_CLUSTERS = ("spark.pyspark.python", "spark.databricks.delta.snapshotPartitions")


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


def test_spark_submit_is_told_what_sessions_of_our_own_are(spark):
    lines = SUBMITTED.read_text("utf-8").splitlines()
    told = dict(line.split() for line in lines if line and not line.startswith("#"))
    shared = {
        key.removeprefix("spark.hadoop."): told[key] for key in told if key not in OF_CLUSTERS
    }

    assert {key: spark.conf.get(key) for key in shared} == shared
