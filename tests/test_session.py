"""What tasks of a session of our own meet."""

from __future__ import annotations

import os
import threading
import time

import pytest

from corpusmill.batches import map_batches
from corpusmill.progress import Tasks
from corpusmill.session import tasks_at_work


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


def test_tasks_at_work_are_those_of_the_stage_that_goes_on(spark, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    def waiting():
        def kernel(batch):
            if batch.column("id")[0].as_py() >= 5:  # rows of the last of three tasks
                gate.read_text()
            yield batch

        return kernel

    rows = map_batches(spark.range(0, 6, 1, 3), waiting, "id bigint")
    asked, before = tasks_at_work(spark), tasks_at_work(spark)()
    job = threading.Thread(target=rows.collect)
    job.start()
    try:
        met = next(found for _ in range(6000) if (found := _after(asked)) == [Tasks(2, 3)])
    finally:
        gate.write_text("on")
        job.join()

    assert (before, met, asked()) == ({}, [Tasks(2, 3)], {})


def _after(asked):
    """What is at work a moment later."""
    threading.Event().wait(0.01)
    return list(asked().values())
