"""What tasks of a session of our own meet."""

from __future__ import annotations

import time

import pytest

from corpusmill.batches import map_batches


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
