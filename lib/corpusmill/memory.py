"""The most memory that a job took, as the machine that drives it saw it; free memory given back."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

import psutil


class PeakMemory:
    """The most bytes met since ``begin`` by those who came to ``look``."""

    def __init__(self) -> None:
        """Nobody has looked yet."""
        self.peak = 0

    def begin(self) -> None:
        """Forget what was before."""
        self.peak = 0

    def look(self) -> None:
        """Look once."""
        self.peak = max(self.peak, resident())


def resident() -> int:
    """Bytes in memory of this run's processes on this machine: driver, JVM, Python workers.

    Pages that workers share since they were forked count for each of them, so a limit of this size
    is enough; to count them once, every page of the JVM would have to be looked at.
    """
    root = psutil.Process()
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit: it is the JVM that started us
        root = root.parent() or root
    return sum(_resident(process) for process in (root, *root.children(recursive=True)))


def give_back() -> None:
    """Hand memory that is free back to the system, where the C library of this process keeps some.

    Training a tokenizer leaves hundreds of megabytes that no later stage of the driver has use for;
    a worker that waits for its next task holds what the arrays of the last one took.
    """
    with suppress(AttributeError, OSError, TypeError):  # only glibc can be asked
        ctypes.CDLL(None).malloc_trim(0)


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):  # it has ended meanwhile
        return int(process.memory_info().rss)
    return 0
