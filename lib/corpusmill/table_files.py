"""The data files of a version of a table: which they are, and whether they are still there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlparse

from pyspark.sql import functions as F

from corpusmill.session import on_databricks
from corpusmill.warehouse import Snapshot, Warehouse

_UNREADABLE = ("FAILED_READ_FILE", "FileNotFoundException")


def files_of(snapshot: Snapshot) -> list[str]:
    """The data files of a version, as URLs, sorted."""
    return sorted(snapshot.rows.inputFiles())


def missing(warehouse: Warehouse, snapshot: Snapshot) -> int:
    """How many files of a version are not there any more; where tables have no folder, 0 or all.

    A platform gives nobody the files of its tables but as rows, so their ids are read.
    """
    files = files_of(snapshot)
    if warehouse.folder is not None:
        return sum(not local(file).is_file() for file in files)
    try:
        snapshot.rows.where(F.length("doc_id") == 0).count()
    except Exception as error:  # of a class of Py4J's own, or of Connect's
        if not any(sign in str(error) for sign in _UNREADABLE):
            raise
        return len(files)
    return 0


def whole_or_empty(warehouse: Warehouse, snapshot: Snapshot) -> Snapshot:
    """A version as it is, or without any row where files of it are gone."""
    is_newest = snapshot.version == warehouse.version(snapshot.name)
    if is_newest or not missing(warehouse, snapshot):
        return snapshot
    return replace(snapshot, rows=snapshot.rows.limit(0))


def address_of(path: Path) -> str:
    """A folder or file that this machine sees, as Spark is told of it: by default it would look
    where Hadoop's settings point, on a cluster often another file system."""
    return str(path) if on_databricks() else f"file://{path}"


def local(file: str) -> Path:
    """The path of a file on a disk, by its URL."""
    return Path(unquote(urlparse(file).path))
