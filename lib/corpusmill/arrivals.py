"""What arrives: files and tables as they are now, cut into blocks, dealt to tasks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from corpusmill.ingest.files import DELTA, InputFile, declaration
from corpusmill.ingest.readers import spans_of
from corpusmill.ingest.rows import Told
from corpusmill.ingest.transform import (
    BLOCK_COLUMNS,
    FILE_COLUMNS,
    NAME_COLUMNS,
    SPAN_COLUMNS,
    planned,
    with_digests,
)
from corpusmill.mill import Mill
from corpusmill.refusal import Refused
from corpusmill.resolve import engines
from corpusmill.stages import EXTRACTION
from corpusmill.tables import Table, find_table

_TASK_BYTES = 32 << 20  # what a task should read at least
_FILE = [column.split()[0] for column in FILE_COLUMNS.split(", ")]
_BLOCK = [column.split()[0] for column in BLOCK_COLUMNS.split(", ")]

Name = tuple[str, str]  # source and path: what a file is called


@dataclass(frozen=True)
class Arrival:
    """A file of this run, as it is now."""

    file: InputFile
    declaration: str
    digest: str
    size: int = 0
    modified: int = 0
    table: Table | None = None

    @property
    def name(self) -> Name:
        """Source and path."""
        return self.file.source, self.file.path

    def said(self, records: int) -> dict[str, Any]:
        """What every row of a file with so many records says of it."""
        file = asdict(self.file)
        return {name: file[name] for name in ("source", "location", "root", "path", "reader")} | {
            "declaration": self.declaration,
            "file_digest": self.digest,
            "size": self.size,
            "modified": self.modified,
            "file_records": records,
        }


def arrived(mill: Mill, files: Sequence[InputFile]) -> list[Arrival]:
    """The files with their digests; tables with the version that is wanted of them."""
    recipe = mill.recipe
    extractor = {name: engines()[name] for name in EXTRACTION}
    said = {f: declaration(f, recipe.sources, recipe.ingest, extractor) for f in files}
    found = [
        Arrival(file, said[file], table.digest, table=table)
        for file in files
        if file.reader == DELTA
        for table in [find_table(mill.spark, file, recipe.sources)]
    ]
    by_name = {(f.source, f.path): f for f in files if f.reader != DELTA}
    if by_name:
        rows = [(f.source, f.location, f.root, f.path, f.reader, said[f]) for f in by_name.values()]
        told = Told(recipe.sources, recipe.ingest)
        sizes = [_size(file.location) for file in by_name.values()]
        for row in with_digests(_to_tasks(mill, rows, NAME_COLUMNS, sizes), told).collect():
            file = by_name[row.source, row.path]
            if row.columns is not None:
                column = told.source(row.source).columns.text
                raise Refused(
                    f"recipe.sources.{row.source}.columns.text: {file.location} has no column "
                    f"{column}; it has {row.columns}"
                )
            found.append(Arrival(file, said[file], row.file_digest, row.size, row.modified))
    return sorted(found, key=lambda arrival: arrival.name)


def blocks_of(mill: Mill, fresh: Sequence[Arrival], told: Told) -> list[dict[str, Any]]:
    """The files cut into blocks, in order, each with the number of its first record."""
    files = {a.name: a for a in fresh if a.table is None}
    step = mill.runtime.block_bytes
    spans = [
        (arrival, start, stop)
        for arrival in files.values()
        for start, stop in spans_of(arrival.file.reader, arrival.file.location, arrival.size, step)
    ]
    if not spans:
        return []
    rows = [(*(a.said(0)[name] for name in _FILE), start, stop, step) for a, start, stop in spans]
    weights = [(a.size if stop is None else stop) - start for a, start, stop in spans]
    frame = _to_tasks(mill, rows, SPAN_COLUMNS, weights)
    found = sorted(planned(frame, told).collect(), key=lambda row: (row[0], row[1], row.start))
    blocks = []
    for name, planned_blocks in groupby(found, key=lambda row: (row.source, row.path)):
        of_file = list(planned_blocks)
        total, first = sum(row.records for row in of_file), 0
        for row in of_file:
            block = files[name].said(total)
            block |= {"start": row.start, "stop": row.stop, "first": first, "records": row.records}
            blocks.append(block)
            first += row.records
    return blocks


def dealt(mill: Mill, blocks: Sequence[dict[str, Any]]) -> DataFrame:
    """The blocks with records, dealt to tasks by their bytes."""
    full = [block for block in blocks if block["records"]]
    rows = [tuple(block[name] for name in _BLOCK) for block in full]
    weights = [block["size"] * block["records"] // block["file_records"] for block in full]
    return _to_tasks(mill, rows, BLOCK_COLUMNS, weights)


def _size(location: str) -> int:
    """Bytes of a file; 0 where it is gone, as the task that reads it will say."""
    with suppress(OSError):
        return Path(location).stat().st_size
    return 0


def _to_tasks(
    mill: Mill, rows: Sequence[tuple[Any, ...]], columns: str, weights: Sequence[int]
) -> DataFrame:
    """Rows dealt to tasks in their order, by the bytes that each makes a task read."""
    numbers = []
    task = filled = 0
    for weight in weights:
        if filled and filled + weight > _TASK_BYTES:
            task, filled = task + 1, 0
        filled += weight
        numbers.append(task)
    numbered = [(*row, number) for row, number in zip(rows, numbers, strict=True)]
    frame = mill.spark.createDataFrame(numbered, f"{columns}, task int")
    return frame.repartitionById(task + 1, "task").drop("task")
