"""What tasks of a session of our own meet."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from delta import configure_spark_with_delta_pip
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from corpusmill import session
from corpusmill.batches import map_batches
from corpusmill.delta_jars import DELTA_JARS, jars_at_hand
from corpusmill.progress import Tasks
from corpusmill.recipe import Runtime
from corpusmill.session import tasks_at_work

SUBMITTED = Path(__file__).parents[1] / "conf" / "spark-cluster.conf"
PACKAGES = "spark.jars.packages"
OF_CLUSTERS = ("spark.pyspark.python", "spark.databricks.delta.snapshotPartitions", PACKAGES)


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
        with pytest.raises(Exception, match=r"idle timeout|worker exited unexpectedly"):
            map_batches(spark.range(1), hanging, "id bigint").collect()
    finally:
        spark.conf.set(key, "3600s")


def test_tasks_at_work_are_those_of_the_stage_that_goes_on(spark, tmp_path):
    gate = tmp_path / "gate"

    def waiting():
        def kernel(batch):
            if batch.column("id")[0].as_py() >= 4:  # the last of three tasks
                with gate.open() as closed:
                    fcntl.flock(closed, fcntl.LOCK_SH)
            yield batch

        return kernel

    rows = map_batches(spark.range(0, 6, 1, 3), waiting, "id bigint")
    ask = tasks_at_work(spark)
    before = ask()
    job = threading.Thread(target=rows.collect)
    with gate.open("w") as closed:
        fcntl.flock(closed, fcntl.LOCK_EX)
        job.start()
        asked = (_a_moment_later(ask) for _ in range(6000))
        met = next((found for found in asked if found == [Tasks(2, 3)]), None)
    job.join()

    assert (before, met, ask()) == ({}, [Tasks(2, 3)], {})


def _a_moment_later(ask):
    threading.Event().wait(0.01)
    return list(ask().values())


def test_spark_submit_is_told_what_sessions_of_our_own_are(spark):
    lines = SUBMITTED.read_text("utf-8").splitlines()
    told = dict(line.split() for line in lines if line and not line.startswith("#"))
    shared = {
        key.removeprefix("spark.hadoop."): told[key] for key in told if key not in OF_CLUSTERS
    }

    assert {key: spark.conf.get(key) for key in shared} == shared
    group, artefact, version = told[PACKAGES].split(":")
    assert DELTA_JARS[0] == f"{group}_{artefact}-{version}.jar"


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


def test_the_jars_by_name_are_those_of_the_installed_delta():
    builder = configure_spark_with_delta_pip(SparkSession.builder)

    group, artefact, version = builder._options[PACKAGES].split(":")

    assert DELTA_JARS[0] == f"{group}_{artefact}-{version}.jar"


def test_jars_are_at_hand_when_all_are_there_and_whole(tmp_path):
    for name in DELTA_JARS:
        assert jars_at_hand(tmp_path) is None
        with zipfile.ZipFile(tmp_path / name, "w") as jar:
            jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")

    assert jars_at_hand(tmp_path) == [tmp_path / name for name in DELTA_JARS]

    (tmp_path / DELTA_JARS[-1]).write_bytes(b"the beginning of a jar")
    assert jars_at_hand(tmp_path) is None


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


@pytest.mark.parametrize(
    ("master", "by_path", "python"),
    [
        ("local[2]", True, sys.executable),
        ("local-cluster[2,1,1024]", False, "theirs"),
        ("spark://somewhere:7077", False, "theirs"),
    ],
)
def test_workers_of_other_machines_have_their_own_jars_and_python(
    monkeypatch, tmp_path, master, by_path, python
):
    started = {}
    monkeypatch.setattr(session, "find_java", lambda: tmp_path)
    monkeypatch.setattr(session, "jars_at_hand", lambda: [tmp_path / "delta.jar"])
    monkeypatch.setattr(SparkSession.Builder, "getOrCreate", _told_to(started))
    monkeypatch.setenv("PYSPARK_PYTHON", "theirs")
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    monkeypatch.setenv("JAVA_HOME", "")

    with pytest.raises(StopIteration):
        session._start(Runtime(master=master), tmp_path, False)

    assert ("spark.driver.extraClassPath" in started) is by_path
    assert (PACKAGES in started) is not by_path
    assert os.environ["PYSPARK_PYTHON"] == python


def _told_to(started):
    def start(builder):
        started.update(builder._options)
        raise StopIteration

    return start


@pytest.mark.parametrize(
    ("asked", "master", "heap"),
    [
        ("auto", "local[2]", "1300m"),
        ("auto", "local[16,3]", "6900m"),
        ("auto", "local", "900m"),
        ("auto", "local[64]", "8000m"),
        ("auto", "spark://somewhere:7077", "2g"),
        ("5g", "local[2]", "5g"),
    ],
)
def test_the_heap_goes_by_the_tasks_at_a_time(asked, master, heap):
    assert session.heap_of(asked, master) == heap


def test_the_heap_of_a_star_goes_by_the_cores_of_the_machine(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 4)

    assert session.heap_of("auto", "local[*]") == "2100m"
