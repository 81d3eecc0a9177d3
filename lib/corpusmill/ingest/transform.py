"""Files to rows: what ``raw_documents`` and ``quarantine`` are made of.

A file is digested, planned (cut into blocks, its records counted without looking into them), and
read block by block. Files that change meanwhile fail the task.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from corpusmill.batches import Kernel, failed, map_batches
from corpusmill.contracts import contract
from corpusmill.digests import sha256_of
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.file_state import FileChanged, raise_if_changed, state_of
from corpusmill.ingest.parquet import columns_of, row_records
from corpusmill.ingest.readers import READERS
from corpusmill.ingest.records import Reading, Record, Refusal
from corpusmill.ingest.rows import File, Told, quarantine_batches, raw_batches

_NAMES = ("source", "location", "root", "path", "reader", "declaration")
NAME_COLUMNS = ", ".join(f"{name} string" for name in _NAMES)
FILE_COLUMNS = f"{NAME_COLUMNS}, file_digest string, size bigint, modified bigint"
DIGEST_COLUMNS = f"{FILE_COLUMNS}, columns string"
SPAN_COLUMNS = f"{FILE_COLUMNS}, start bigint, stop bigint, step bigint"
BLOCK_COLUMNS = (
    f"{FILE_COLUMNS}, file_records bigint, start bigint, stop bigint, first bigint, records bigint"
)
PLAN_COLUMNS = "source string, path string, start bigint, stop bigint, records bigint"

IS_RECORD = "part is null or part = 1"
"""Which rows of ``raw_documents`` stand for a record each: of a split document, its first part."""

_NUMBERS_A_BUCKET = 10_000
_BUCKET_DIGITS = 3  # of the digests by which rows of a table are ordered
_OF_FILE = ("byte_offset", "file_digest", "declaration", "file_records")

Batches = Callable[[File, Iterable[Record | Refusal], Told], Iterator[pa.RecordBatch]]


def with_digests(files: DataFrame, told: Told) -> DataFrame:
    """Files (``NAME_COLUMNS``) as ``DIGEST_COLUMNS``, their bytes read.

    ``columns`` is null, or the columns of a Parquet file that lacks the one of the text.
    """
    return map_batches(files, partial(_digesting_kernel, told), DIGEST_COLUMNS)


def planned(spans: DataFrame, told: Told) -> DataFrame:
    """Spans of files (``SPAN_COLUMNS``) as their blocks (``PLAN_COLUMNS``), records counted."""
    return map_batches(spans, partial(_planning_kernel, told), PLAN_COLUMNS)


def raw_rows(blocks: DataFrame, told: Told) -> DataFrame:
    """Accepted records of blocks (``BLOCK_COLUMNS``) as rows of ``raw_documents``."""
    factory = partial(_reading_kernel, raw_batches, told)
    return map_batches(blocks, factory, contract("raw_documents").ddl)


def quarantine_rows(blocks: DataFrame, told: Told) -> DataFrame:
    """Refused records of blocks as rows of ``quarantine``.

    Blocks may have a column ``accepted`` (array of record numbers): those are not read again.
    """
    factory = partial(_reading_kernel, quarantine_batches, told)
    return map_batches(blocks, factory, contract("quarantine").ddl)


def unaccounted(blocks: DataFrame, raw: DataFrame) -> DataFrame:
    """Blocks of which records are missing in ``raw_documents``, with the ``accepted`` numbers.

    Joins record numbers only, by stretches of numbers, so that no file meets all of its blocks.
    """
    bucket = F.floor(F.col("number") / _NUMBERS_A_BUCKET)
    wanted = blocks.where("records > 0").select(
        "source",
        "path",
        "first",
        "records",
        F.explode(
            F.sequence(
                F.floor(F.col("first") / _NUMBERS_A_BUCKET),
                F.floor((F.col("first") + F.col("records") - 1) / _NUMBERS_A_BUCKET),
            )
        ).alias("bucket"),
    )
    numbers = raw.where(IS_RECORD).select(
        F.col("input").alias("source"), "path", F.col("record_number").alias("number")
    )
    place = ["source", "path", "first"]
    within = F.col("number").between(F.col("first"), F.col("first") + F.col("records") - 1)
    found = wanted.join(numbers.withColumn("bucket", bucket), ["source", "path", "bucket"])
    counts = found.where(within).groupBy(*place).agg(F.count("*").alias("there"))
    short = blocks.where("records > 0").join(counts, place, "left")
    short = short.where("coalesce(there, 0) < records").drop("there")
    accepted = (
        found.where(within)
        .join(short.select(*place), place, "left_semi")
        .groupBy(*place)
        .agg(F.collect_set("number").alias("accepted"))
    )
    return short.join(accepted, place, "left")


def numbered(rows: DataFrame) -> DataFrame:
    """Rows of a table as (record_number, fields): numbers from 0 in the order of the rows' digests.

    A table has no order of its own, and what places its rows had changes when it is compacted; so a
    row is placed by what it says (equal rows, which nobody can tell apart, side by side). Shuffles
    the rows once.
    """
    said = F.sha2(F.to_json("fields"), 256)
    placed = rows.select(F.struct("*").alias("fields")).withColumn("said", said)
    placed = placed.withColumn("bucket", F.substring("said", 1, _BUCKET_DIGITS))
    counts = placed.groupBy("bucket").count().withColumnRenamed("bucket", "before")
    firsts = placed.select("bucket").distinct()
    firsts = firsts.join(F.broadcast(counts), F.col("before") < F.col("bucket"), "left")
    firsts = firsts.groupBy("bucket").agg(F.coalesce(F.sum("count"), F.lit(0)).alias("first"))
    within = F.row_number().over(Window.partitionBy("bucket").orderBy("said")) - 1
    both = placed.withColumn("within", within).join(F.broadcast(firsts), "bucket")
    return both.select((F.col("first") + F.col("within")).alias("record_number"), "fields")


def new_rows(rows: DataFrame, before: DataFrame) -> DataFrame:
    """Rows of a table that an earlier version of it does not have, whole rows compared."""
    said = F.sha2(F.to_json(F.struct("*")), 256).alias("_corpusmill_said")
    told = rows.select("*", said)
    return told.join(before.select(said), "_corpusmill_said", "left_anti").drop("_corpusmill_said")


def table_raw_rows(rows: DataFrame, file: File, told: Told) -> DataFrame:
    """Accepted rows (record_number, fields) of a Delta table as rows of ``raw_documents``."""
    factory = partial(_row_kernel, raw_batches, dict(file), told)
    return map_batches(rows, factory, contract("raw_documents").ddl)


def table_quarantine_rows(rows: DataFrame, file: File, told: Told) -> DataFrame:
    """Refused rows of a Delta table as rows of ``quarantine``."""
    factory = partial(_row_kernel, quarantine_batches, dict(file), told)
    return map_batches(rows, factory, contract("quarantine").ddl)


def shared_keys(raw: DataFrame) -> DataFrame:
    """Keys (source, record_key) that more than one record of ``raw_documents`` has."""
    counts = raw.groupBy("source", "record_key").agg(F.count_if(F.expr(IS_RECORD)).alias("records"))
    return counts.where("records > 1").select("source", "record_key")


def shared_hashes(raw: DataFrame) -> DataFrame:
    """How many 64-bit hashes of a key more than one record has, as one row (n).

    Where it is 0, ``shared_keys`` is empty; where it is not, two keys may have met by chance.
    Shuffles eight bytes a record instead of its key.
    """
    key = F.xxhash64("source", "record_key").alias("key")
    counts = raw.groupBy(key).agg(F.count_if(F.expr(IS_RECORD)).alias("records"))
    return counts.agg(F.count_if(F.col("records") > 1).alias("n"))


def losers(raw: DataFrame) -> DataFrame:
    """Records of ``raw_documents`` of which an earlier one has the key, as rows of ``quarantine``.

    The winner is the first by (created, digest of the text), records without a date after those
    with one; ties are broken by all else that the record says, and then by (input, path,
    record_number), which only equal records can need. ``doc_id`` is the winner's (of a split one,
    its first part's). The parts of a split document win or lose together. Shuffles keys, and of
    contested records what they say beside their text.
    """
    record, key = ["input", "path", "record_number"], ["source", "record_key"]
    said = ("created", "crawled", "kind", "origin", "generation", "generator", "parent_ids")
    place = F.struct(
        F.col("created").isNull().alias("undated"),
        "created",
        F.coalesce("record_digest", "content_digest").alias("digest"),
        F.to_json(F.struct(*said, "licence", "url", "metadata")).alias("said"),
        *record,
    )
    contested = raw.where(IS_RECORD).join(shared_keys(raw), key)
    contested = contested.select(*key, *record, "doc_id", place.alias("place"))
    winners = contested.groupBy(*key).agg(F.min(F.struct("place", "doc_id")).alias("winner"))
    met = contested.join(winners, key).where("place != winner.place")
    same = F.col("place.digest") == F.col("winner.place.digest")
    beaten = met.select(
        *record,
        F.col("winner.doc_id").alias("lost"),
        F.when(same, "repeated_record").otherwise("repeated_key").alias("reason"),
    )
    stated = raw.join(beaten, record).groupBy(*record)
    return (
        stated.agg(
            F.sum("bytes").alias("length"),
            F.min(F.coalesce("record_digest", "content_digest")).alias("digest"),
            F.min("lost").alias("doc_id"),
            *(F.min(name).alias(name) for name in ("reason", *_OF_FILE)),
        )
        .withColumnRenamed("input", "source")
        .select(*contract("quarantine").column_names)
    )


def _digesting_kernel(told: Told) -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for file in batch.to_pylist():
            before = state_of(file["location"])
            row = {name: [file[name]] for name in _NAMES}
            if before is not None:
                row["file_digest"] = [sha256_of(Path(file["location"]))]
                columns = pa.array([_unfitting_columns(file, told)], pa.string())
            if before is None or state_of(file["location"]) != before:
                raise FileChanged(file["location"])
            size, modified = (pa.array([value], pa.int64()) for value in before)
            row |= {"size": size, "modified": modified, "columns": columns}
            yield pa.RecordBatch.from_pydict(row)

    return kernel


def _unfitting_columns(file: File, told: Told) -> str | None:
    if file["reader"] != "parquet":
        return None
    names = columns_of(Path(file["location"]))
    wanted = told.source(file["source"]).columns.text
    return None if names is None or wanted in names else ", ".join(names[:20])


def _planning_kernel(told: Told) -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for span in batch.to_pylist():
            plan = READERS[span["reader"]].plan
            limits = (span["start"], span["stop"], span["step"])
            found = list(plan(Path(span["location"]), *limits, told.rules))
            raise_if_changed(span)
            if found:
                numbers = {
                    "start": [block.start for block in found],
                    "stop": [block.end for block in found],
                    "records": [block.records for block in found],
                }
                columns = {name: pa.array(v, pa.int64()) for name, v in numbers.items()}
                names = {name: [span[name]] * len(found) for name in ("source", "path")}
                yield pa.RecordBatch.from_pydict({**names, **columns})

    return kernel


def _reading_kernel(batches: Batches, told: Told) -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for file in batch.to_pylist():
            block = Block(file["start"], file["stop"], file["first"], file["records"])
            how = Reading(told.source(file["source"]), told.rules)
            wanted = None
            if file.get("accepted") is not None:
                wanted = set(range(block.first, block.first + block.records))
                wanted.difference_update(file["accepted"])
            read = READERS[file["reader"]].read
            try:
                yield from batches(file, read(Path(file["location"]), block, how, wanted), told)
            except Exception as error:
                raise_if_changed(file)
                raise failed(error, f", in {json.dumps(file['location'])}") from None
            raise_if_changed(file)

    return kernel


def _row_kernel(batches: Batches, file: dict[str, Any], told: Told) -> Kernel:
    how = Reading(told.source(file["source"]), told.rules)

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        numbers = batch.column("record_number").to_pylist()
        rows = pa.RecordBatch.from_struct_array(batch.column("fields"))
        yield from batches(file, row_records(numbers, rows, how, None), told)

    return kernel
