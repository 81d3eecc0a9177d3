"""Run kernels over the Arrow batches of a DataFrame.

A kernel is made inside the worker by its factory when there is a row for it (models and tables are
loaded there, once a process, by the caches of the rooms), and whatever it raises leaves the worker
without its payload: an exception's message could quote a document.
"""

from __future__ import annotations

import ctypes
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache

import pyarrow as pa
from pyspark.sql import DataFrame

from corpusmill.memory import give_back

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h

Kernel = Callable[[pa.RecordBatch], Iterable[pa.RecordBatch]]
Stream = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


class KernelFailed(RuntimeError):
    """A kernel raised; the message holds the exception's type and place, never its text.

    Where the rows have a doc_id, it names those between which the culprit is. A kernel that has
    something to say which quotes no text raises a subclass of its own.
    """


def map_batches(frame: DataFrame, factory: Callable[[], Kernel], schema: str) -> DataFrame:
    """``frame`` through the kernel, batch by batch, as rows of the DDL ``schema``."""

    def stream(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        kernel = None
        for batch in batches:
            if batch.num_rows:
                kernel = kernel or factory()
                try:
                    yield from kernel(batch)
                except KernelFailed:
                    raise
                except Exception as error:
                    raise failed(error, _among(batch)) from None

    return map_partitions(frame, stream, schema)


def map_partitions(frame: DataFrame, stream: Stream, schema: str) -> DataFrame:
    """``frame`` through a function of all batches of a partition, as rows of ``schema``."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        _keep_memory()
        try:
            yield from stream(batches)
        except KernelFailed:
            raise
        except Exception as error:
            raise failed(error) from None
        finally:
            give_back()

    return frame.mapInArrow(run, schema)


@cache
def _keep_memory() -> None:
    """Have the C library reuse the memory of arrays up to 32 MB instead of giving it back.

    Each array of a batch would else be new pages for the kernel to clear, a sixth of all time. Up
    to 256 MB a process stay until the task ends. Other libraries than glibc do as they do.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_MMAP_THRESHOLD, 32 << 20)  # older versions take no more
        library.mallopt(_TRIM_THRESHOLD, 256 << 20)


def failed(error: Exception, among: str = "") -> KernelFailed:
    """What may be said of an exception in a kernel; ``among`` are the rows that it can be of."""
    return KernelFailed(_where(error) + among)


def _among(batch: pa.RecordBatch) -> str:
    if "doc_id" not in batch.schema.names:
        return ""
    ids = batch.column("doc_id").to_pylist()
    return f", in one of {len(ids)} documents from {ids[0]} to {ids[-1]}"


def _where(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = frame.filename.rpartition("/")[2]
    system = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{system} in {frame.name} ({place}:{frame.lineno})"
