"""Copies of a table version beside a shard set, which no VACUUM of the table can reach.

``pinned/<table>.json`` names them and is put last. Where the table is on the disk of the shard set,
a copy is a hard link: it takes no room until the table lets go of the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.digests import canonical, sha256_of
from corpusmill.shards.format import FileEntry, holds, put
from corpusmill.table_files import address_of

FOLDER = "pinned"


@dataclass(frozen=True)
class PinnedTable:
    """The copies of one version of a table: its id, the version, its rows, and the files."""

    table: str
    table_id: str
    version: int
    rows: int
    files: tuple[FileEntry, ...]


def pinned_table(folder: Path, table: str) -> PinnedTable | None:
    """What the copies in a shard set's folder are of; None where there are none, or not all.

    Copies that hold no file are of a table without rows only.
    """
    path = folder / FOLDER / f"{table}.json"
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
        files = tuple(FileEntry(**entry) for entry in said.pop("files"))
        found = PinnedTable(**said, files=files)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if found.rows and not files:
        return None
    sizes = [_size(folder / FOLDER / entry.name) for entry in files]
    return found if sizes == [entry.bytes for entry in files] else None


def damaged(folder: Path, pinned: PinnedTable) -> list[str]:
    """Names of the copies that are no longer what they were."""
    return [entry.name for entry in pinned.files if not holds(folder / FOLDER / entry.name, entry)]


def paths_of(folder: Path, pinned: PinnedTable) -> list[str]:
    """Where the copies are, as Spark reads them."""
    return [address_of(folder / FOLDER / entry.name) for entry in pinned.files]


def hold_the_rows(files: Sequence[Path], rows: int, columns: Sequence[str]) -> bool:
    """Whether Parquet files hold these columns and so many rows, nothing else said about them.

    Rows that a deletion vector takes away, or columns under other names, are said in Delta's log.
    """
    try:
        footers = [pq.read_metadata(path) for path in files]
    except (OSError, pa.ArrowInvalid):
        return False
    named = all(list(footer.schema.to_arrow_schema().names) == list(columns) for footer in footers)
    return named and sum(footer.num_rows for footer in footers) == rows


def keep_files(folder: Path, pinned: PinnedTable, files: Sequence[Path]) -> PinnedTable:
    """Link or copy the files into the folder of a shard set, then name them; says what it kept.

    Repeating it changes nothing.
    """
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    entries = tuple(sorted((_keep(target, pinned.table, path) for path in files), key=_name))
    kept = PinnedTable(pinned.table, pinned.table_id, pinned.version, pinned.rows, entries)
    put(BytesIO(canonical(asdict(kept))), target / f"{pinned.table}.json")
    return kept


def _keep(target: Path, table: str, path: Path) -> FileEntry:
    digest = sha256_of(path)
    entry = FileEntry(f"{table}-{digest[:16]}.parquet", path.stat().st_size, digest)
    place = target / entry.name
    if holds(place, entry):
        return entry
    place.unlink(missing_ok=True)
    try:
        os.link(path, place)
    except OSError:  # another disk, or one without links
        with path.open("rb") as source:
            put(source, place)
    return entry


def _name(entry: FileEntry) -> str:
    return entry.name


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
