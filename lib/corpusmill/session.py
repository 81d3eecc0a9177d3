"""The Spark session: made here where we start it, taken as it is where a platform did.

This is the one module that may touch what Spark Connect does not have.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from corpusmill.delta_jars import jars_at_hand
from corpusmill.java import find_java
from corpusmill.passes import Tasks
from corpusmill.recipe import Runtime
from corpusmill.refusal import Refused

if TYPE_CHECKING:  # a client of Spark Connect alone has none
    from pyspark import StatusTracker

_CATALOG = "spark.sql.catalog.spark_catalog"
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
    # A commit whose answer is lost is known again by its id; rows of ``runs`` have no other guard.
    "spark.databricks.delta.commit.idempotencyCheck.enabled": "true",
    # A run makes hundreds of kinds of plans, Delta's own among them; what drops out of a cache of
    # 100 is compiled anew, by Janino and then by the JIT: a fifth of a job's work.
    "spark.sql.codegen.cache.maxEntries": "2000",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
}
_SIZES = {  # of tasks and batches, by the keys of a runtime
    "spark.sql.shuffle.partitions": "shuffle_partitions",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "batch_rows",
    "spark.sql.execution.arrow.maxBytesPerBatch": "batch_bytes",
}
_PACKING = {
    "spark.sql.parquet.compression.codec": "zstd",  # a third smaller than snappy, as fast
    "parquet.compression.codec.zstd.level": 1,  # 3 makes a tenth less of text in twice the time
    # A file is read by as many tasks as it has groups of rows; 128 MB of text are one file's all.
    "parquet.block.size": 16 << 20,
}
_LOOPBACK = {  # of a driver whose workers are all on this machine
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.connect.grpc.binding.address": "127.0.0.1",  # else a server of Spark Connect is open
}
# Neither causes of errors nor why tasks were lost: both quote rows.
_LOGGING = """
rootLogger.level = {level}
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = \
    %d{{HH:mm:ss}} %p %c{{1}}: %m{{nolookups}} %ex{{short.className}}%n
appender.console.layout.alwaysWriteExceptions = false
logger.tasks.name = org.apache.spark.scheduler.TaskSetManager
logger.tasks.level = off
logger.stages.name = org.apache.spark.scheduler.DAGScheduler
logger.stages.level = off
"""


def open_session(runtime: Runtime, output: Path, verbose: bool) -> SparkSession:
    """The running session of the platform, or a new one on ``runtime.master``.

    With ``SPARK_REMOTE=local[2]`` or the like the new one is a server of Spark Connect on this
    machine and a client of it, as platforms have it that offer nothing else. A session of our own
    sends the JVM's talk to ``<output>/logs/spark.log`` (with ``verbose``, to the terminal).

    Raises ``Refused`` when there is no Java 17 to start one.
    """
    # PySpark writes what went wrong to standard error, with the values it went wrong on.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    logging.getLogger().addFilter(_is_not_of_py4j)
    running = SparkSession.getActiveSession()
    if running is None and _is_submitted():
        running = SparkSession.builder.getOrCreate()
    spark = running or _start(runtime, output, verbose)
    if running is not None and not _has_delta(spark):
        raise Refused(
            "this Spark session has no Delta: submit with "
            "--packages io.delta:delta-spark_4.2_2.13:4.4.0"
            f" --conf spark.sql.extensions={_SETTINGS['spark.sql.extensions']}"
            f" --conf {_CATALOG}={_SETTINGS[_CATALOG]}"
        )
    _configure(spark, runtime, ours=running is None)
    return spark


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """When a JVM ends, Py4J prints a trace; what it raises then is told anyway."""
    return record.module != "java_gateway"


def tasks_at_work(spark: SparkSession) -> Callable[[], dict[int, Tasks]]:
    """Who to ask which stages of Spark are at work, by number, and how far each is.

    Spark Connect reports by itself every few seconds of a query; a classic session is asked.
    """
    reported: dict[str | None, dict[int, Tasks]] = {}

    def hear(stages: Any, inflight_tasks: int, operation_id: str | None, done: bool) -> None:
        told = {each.stage_id: Tasks(each.num_completed_tasks, each.num_tasks) for each in stages}
        reported[operation_id] = told
        if done:
            del reported[operation_id]

    try:
        spark.registerProgressHandler(cast(Any, hear))
    except PySparkException:  # it is no remote session
        return partial(_active_stages, spark.sparkContext.statusTracker())
    return lambda: {stage: tasks for each in [*reported.values()] for stage, tasks in each.items()}


def _active_stages(tracker: StatusTracker) -> dict[int, Tasks]:
    found = {stage: tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()}
    return {n: Tasks(of.numCompletedTasks, of.numTasks) for n, of in found.items() if of}


def on_databricks() -> bool:
    """Whether this process runs on that platform, on any kind of its compute."""
    return "DATABRICKS_RUNTIME_VERSION" in os.environ


def _is_submitted() -> bool:
    """Whether spark-submit, a platform or a remote server brings the session."""
    elsewhere = not os.environ.get("SPARK_REMOTE", "local").startswith("local")
    return elsewhere or "PYSPARK_GATEWAY_PORT" in os.environ or on_databricks()


def _has_delta(spark: SparkSession) -> bool:
    return on_databricks() or "delta" in (spark.conf.get(_CATALOG, "") or "").lower()


def _start(runtime: Runtime, output: Path, verbose: bool) -> SparkSession:
    from delta import configure_spark_with_delta_pip

    java = find_java()
    if java is None:
        raise Refused("no Java 17 or newer was found; run: python -m corpusmill.java --install")
    remote = os.environ.get("SPARK_REMOTE")
    master = remote or runtime.master or "local[*]"
    is_alone = cores_of(master) is not None  # one JVM, and workers that this machine forks
    os.environ["JAVA_HOME"] = str(java)
    if is_alone or "PYSPARK_PYTHON" not in os.environ:
        os.environ["PYSPARK_PYTHON"] = sys.executable
    # glibc gives each thread of the JVM a heap of its own, of which little is ever used.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    logs = output / "logs"
    properties = logs / "log4j2.properties"
    try:
        logs.mkdir(parents=True, exist_ok=True)
        properties.write_text(_LOGGING.format(level="INFO" if verbose else "WARN"))
    except OSError as error:
        raise Refused(f"runtime.output: {logs}: {error.strerror}") from None
    settings = dict(_SETTINGS)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings |= _LOOPBACK
    builder = SparkSession.builder.appName("corpusmill")
    builder = builder.remote(master) if remote else builder.master(master)
    builder = builder.config("spark.sql.warehouse.dir", str(output / "catalog"))
    options = f"-Dlog4j2.configurationFile={properties.absolute().as_uri()} {runtime.java_options}"
    builder = builder.config("spark.driver.extraJavaOptions", options)
    builder = builder.config("spark.driver.memory", heap_of(runtime.driver_memory, master))
    for key, value in settings.items():
        builder = builder.config(key, value)
    jars = jars_at_hand() if is_alone else None  # other JVMs have to be sent them
    if jars is None:
        builder = configure_spark_with_delta_pip(builder)
    else:
        builder = builder.config("spark.driver.extraClassPath", os.pathsep.join(map(str, jars)))
    ours = signal.getsignal(signal.SIGINT)
    with _quiet(None if verbose else logs / "spark.log"):
        spark = builder.getOrCreate()
    with suppress(PySparkException):  # a session through Connect has no such server
        # It would print a trace when the JVM ends early, which the run's own error tells already.
        server: Any = spark.sparkContext._accumulatorServer
        server.handle_error = lambda *_: None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, ours)  # Spark has put its own in the place
    return spark


def _configure(spark: SparkSession, runtime: Runtime, ours: bool) -> None:
    """What tasks and files depend on. How it packs files and when it gives a worker up is the
    platform's choice; one that sets the sizes of tasks and batches too (serverless) may."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    settings = {key: getattr(runtime, name) for key, name in _SIZES.items()}
    if ours:
        settings |= _PACKING | {
            "spark.sql.execution.pyspark.udf.idleTimeoutSeconds": f"{runtime.worker_timeout}s",
            "spark.sql.execution.pyspark.udf.killOnIdleTimeout": "true",
        }
    tolerated = () if ours else (PySparkException,)
    for key, value in settings.items():
        with suppress(*tolerated):
            spark.conf.set(key, str(value))


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT and SIGTERM end what is inside as ``KeyboardInterrupt``, whatever Py4J makes of them.

    Only in the main thread, where alone Python lets handlers be set.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told = []

    def tell(number: int, _frame: object) -> None:
        told.append(number)
        logging.disable()  # Py4J would print where it was
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, tell) for number in numbers}
    try:
        yield
    except Exception:
        if told:
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def heap_of(asked: str, master: str) -> str:
    """The heap of a JVM of ours. ``auto``: half a gigabyte, and 0.4 for each task at a time.

    Of no more than 8 GB: a container may have fewer cores, and less memory, than its machine.
    """
    if asked != "auto":
        return asked
    cores = cores_of(master)
    return "2g" if cores is None else f"{min(500 + 400 * cores, 8000)}m"


def cores_of(master: str) -> int | None:
    """How many tasks at a time work on this machine; None where they work on others."""
    threads = re.fullmatch(r"local(?:\[([0-9*]+).*\])?", master)
    if threads is None:
        return None
    return (os.cpu_count() or 1) if threads[1] == "*" else int(threads[1] or 1)


@contextmanager
def _quiet(log: Path | None) -> Iterator[None]:
    """Processes started inside inherit the log file as their standard error."""
    if log is None:
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
