"""What is told of a failure that nobody foresaw: what it is, and what to do about it.

What others say of an error may quote rows. It is looked through for known signs and told in words
of ours; and the trace that is kept has names of classes and places in code, no messages.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException

_KERNEL_FAILED = re.compile(r"\bcorpusmill(?:\.[a-z_]+)+\.[A-Z]\w+: (.+)")  # or what is one
_AGAIN = "then run the same command again, which goes on from what is done"


@dataclass(frozen=True)
class Fault:
    """A failure that people meet: any of its ``signs`` gives it away."""

    signs: tuple[str, ...]
    what: str
    advice: str


_GONE = Fault(
    ("FILE_NOT_EXIST", "java.io.FileNotFoundException"),
    "a file of a table is missing",
    "put it back from a copy; or remove the table, and what is made of it, and run its job",
)
_FAULTS = (
    Fault(
        ("No space left on device", "Disk quota exceeded"),
        "a disk is full",
        "make room where runtime.warehouse, runtime.output and Spark's own files (spark.local.dir, "
        f"or else /tmp) lie, {_AGAIN}",
    ),
    Fault(
        ("idle timeout",),
        "a Python worker said nothing for as long as runtime.worker_timeout allows",
        f"raise runtime.worker_timeout, or lower runtime.batch_rows, {_AGAIN}",
    ),
    Fault(
        ("KernelFailed: MemoryError", "KernelFailed: ArrowMemoryError"),
        "a Python worker has too little memory",
        f"lower runtime.batch_bytes, or give fewer cores (--master local[N]), {_AGAIN}",
    ),
    Fault(
        ("KernelFailed: ",),
        "a document could not be worked on",
        "corpusmill explain <doc_id> tells what is known of one; please report this, or take the "
        f"document out of the input, {_AGAIN}",
    ),
    Fault(
        ("Python worker exited unexpectedly", "Python worker process terminated"),
        "a Python worker died, as one does that the system ends for its memory",
        f"lower runtime.batch_bytes, or give fewer cores (--master local[N]), {_AGAIN}",
    ),
    Fault(
        ("java.lang.OutOfMemoryError",),
        "Spark has too little memory",
        f"raise runtime.driver_memory (on a cluster, that of the executors), {_AGAIN}",
    ),
    Fault(
        ("Py4JNetworkError", "ConnectionRefusedError", "Answer from Java side is empty"),
        "Spark's Java process has ended",
        "where the system ended it for its memory, lower runtime.driver_memory or the cores, "
        f"{_AGAIN}",
    ),
    _GONE,
    Fault(
        ("FAILED_READ_FILE", "CANNOT_READ_FILE_FOOTER", "is not a Parquet file"),
        "a file of a table cannot be read",
        "put it back from a copy; or remove the table, and what is made of it, and run its job",
    ),
    Fault(
        ("All masters are unresponsive", "Could not parse Master URL"),
        "no Spark master answers",
        f"see whether runtime.master is the address of one that runs, {_AGAIN}",
    ),
    Fault(
        ("Permission denied", "AccessDenied"),
        "something may not be read or written",
        f"give this user the right to do so, {_AGAIN}",
    ),
)
_NO_TABLE = (
    *("TABLE_OR_VIEW_NOT_FOUND", "MISSING_DELTA_TABLE", "PATH_NOT_FOUND", "DOES_NOT_EXIST"),
    *("is not a Delta table", "doesn't exist"),
)
_OTHERS = Fault((), "", "run the same command again; if it fails again, please report the trace")


def fault_of(error: BaseException) -> Fault:
    """The fault that an error, or one that led to it, shows a sign of."""
    said = "\n".join(f"{type(e).__name__} {_condition(e)} {_message(e)}" for e in _chain(error))
    return next((f for f in _FAULTS if any(sign in said for sign in f.signs)), _OTHERS)


def is_missing_file(error: BaseException) -> bool:
    """Whether an error, or one that led to it, is that a file of a table is not there."""
    return fault_of(error) is _GONE


def is_missing_table(error: PySparkException) -> bool:
    """Whether what Spark says of a table or a path is that it is not there."""
    said = f"{error.getCondition() or ''} {error}"
    return any(sign in said for sign in _NO_TABLE)


def describe(error: BaseException) -> str:
    """An unexpected error in words that hold no row: its fault, type, Spark's name, and a place."""
    fault = fault_of(error)
    return f"{fault.what} ({_details(error)})" if fault.what else _details(error)


def trace_of(error: BaseException) -> list[str]:
    """Classes and places in code that an error came by, in Python and in Java, without messages."""
    lines = []
    for each in _chain(error):
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}")
        frames = traceback.extract_tb(each.__traceback__)
        lines += [f"    {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        with suppress(Exception):  # a JVM that has ended tells nothing
            lines += _java_trace(each)
    return lines


def place_of(error: BaseException) -> str | None:
    """The last line of our own code that an error passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "corpusmill" in f.filename or "/jobs/" in f.filename]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else None


def _details(error: BaseException) -> str:
    kernel = _KERNEL_FAILED.search(_message(error))
    ours = type(error).__module__.startswith("corpusmill")
    parts = [type(error).__name__, _condition(error), _path(error), kernel and kernel[1]]
    if isinstance(error, OSError):
        parts += [error.strerror, error.filename]
    parts += [str(error) if ours else None, None if kernel else place_of(error)]
    return ": ".join(str(part) for part in parts if part)


def _message(error: BaseException) -> str:
    """What it says, to be searched and never to be shown; Py4J asks the JVM, which may be gone."""
    try:
        return str(error)
    except Exception as another:
        return type(another).__name__


def _condition(error: BaseException) -> str:
    """Spark's name for an error, as ``FAILED_READ_FILE.NO_HINT``."""
    with suppress(Exception):  # not an error of Spark, or of one that has ended
        return _told_by_spark(error).getCondition() or ""
    return ""


def _path(error: BaseException) -> str | None:
    """The file that Spark says an error is of."""
    with suppress(Exception):
        path: str | None = _told_by_spark(error).getMessageParameters()["path"]
        return path
    return None


def _told_by_spark(error: BaseException) -> Any:
    """PySpark makes exceptions of its own of some errors of Java; of the others Py4J makes one."""
    return getattr(error, "java_exception", error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those that led to it, the newest first."""
    due: BaseException | None = error
    while due is not None:
        yield due
        due = due.__cause__ or (None if due.__suppress_context__ else due.__context__)


def _java_trace(error: BaseException) -> Iterator[str]:
    java: Any = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    while java is not None:
        yield f"java {java.getClass().getName()}"
        yield from (f"    at {frame.toString()}" for frame in java.getStackTrace())
        java = java.getCause()
