"""Files to rows: what ``raw_documents`` and ``quarantine`` are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.digests import text_digest
from corpusmill.ingest.records import COUNTERS, READERS, Record, Refusal
from corpusmill.ingest.sources import Source

FILE_NAMES = ("source", "location", "root", "path", "reader", "file_digest")
FILE_COLUMNS = ", ".join(f"{name} string" for name in FILE_NAMES)
_ROWS_A_BATCH, _BYTES_A_BATCH = 2_000, 16 << 20

Row = dict[str, Any]


def doc_id(source: str, record_key: str) -> str:
    """First 128 bits of SHA-256 over source name and record key: 32 hex characters.

    The two are joined by NUL, which no source name holds.
    """
    return hashlib.sha256(f"{source}\0{record_key}".encode()).hexdigest()[:32]


def with_digests(files: DataFrame) -> DataFrame:
    """Files (source, location, path, reader, declaration) as ``FILE_COLUMNS``, their bytes read."""
    return map_batches(files, _digesting_kernel, FILE_COLUMNS)


def _digesting_kernel() -> Kernel:
    schema = pa.schema([(name, pa.string()) for name in FILE_NAMES])

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for file in batch.to_pylist():
            row = {**file, "file_digest": _digest(file["location"], file["declaration"])}
            yield pa.RecordBatch.from_pylist([{n: row[n] for n in FILE_NAMES}], schema=schema)

    return kernel


def _digest(location: str, declaration: str) -> str:
    running = hashlib.sha256(declaration.encode())
    with Path(location).open("rb") as opened:
        while block := opened.read(1 << 20):
            running.update(block)
    return running.hexdigest()


def record_counts(files: DataFrame) -> DataFrame:
    """How many records each of the files (``FILE_COLUMNS``) has: source, path, records.

    Counted by lines, apart from what becomes of them.
    """
    return map_batches(files, _counting_kernel, "source string, path string, records bigint")


def _counting_kernel() -> Kernel:
    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for file in batch.to_pylist():
            count = COUNTERS[file["reader"]](Path(file["location"]))
            names = {name: [file[name]] for name in ("source", "path")}
            yield pa.RecordBatch.from_pydict({**names, "records": pa.array([count], pa.int64())})

    return kernel


def raw_rows(files: DataFrame, sources: Mapping[str, Source]) -> DataFrame:
    """Accepted records of the files (``FILE_COLUMNS``) as rows of ``raw_documents``."""
    return _rows(files, sources, "raw_documents", _raw_row)


def quarantine_rows(files: DataFrame, sources: Mapping[str, Source]) -> DataFrame:
    """Refused records of the files as rows of ``quarantine``."""
    return _rows(files, sources, "quarantine", _quarantine_row)


def losers(raw: DataFrame) -> DataFrame:
    """Rows of ``raw_documents`` whose doc_id an earlier row has, as rows of ``quarantine``.

    The winner is the first by (created, content_digest), rows without a date after those with one,
    ties broken by (path, record_number). Shuffles ids and digests, no text.
    """
    order = F.struct(
        F.col("created").isNull().alias("undated"),
        "created",
        "content_digest",
        "path",
        "record_number",
    )
    narrow = raw.select("doc_id", "source", "file_digest", "content", order.alias("place"))
    narrow = narrow.withColumn("length", F.octet_length("content").cast("bigint")).drop("content")
    winners = narrow.groupBy("doc_id").agg(F.min("place").alias("best"), F.count("*").alias("n"))
    beaten = narrow.join(winners.where("n > 1"), "doc_id").where("place != best")
    same = F.col("place.content_digest") == F.col("best.content_digest")
    return beaten.select(
        "source",
        F.col("place.path").alias("path"),
        F.col("place.record_number").alias("record_number"),
        "file_digest",
        F.when(same, F.lit("repeated_record")).otherwise(F.lit("repeated_key")).alias("reason"),
        "length",
        F.col("place.content_digest").alias("digest"),
        "doc_id",
    ).select(*contract("quarantine").column_names)


def _rows(
    files: DataFrame,
    sources: Mapping[str, Source],
    table: str,
    row: Callable[[Row, Record | Refusal, Source], Row | None],
) -> DataFrame:
    fields = contract(table)
    factory = partial(_kernel, dict(sources), row, table)
    return map_batches(files, factory, fields.ddl)


def _kernel(
    sources: Mapping[str, Source],
    row: Callable[[Row, Record | Refusal, Source], Row | None],
    table: str,
) -> Kernel:
    schema = arrow_schema(table)

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for file in batch.to_pylist():
            source = sources.get(file["source"], Source())
            records = READERS[file["reader"]](Path(file["location"]), source.columns)
            rows = (made for record in records if (made := row(file, record, source)))
            for chunk in _chunks(rows):
                yield pa.RecordBatch.from_pylist(chunk, schema=schema)

    return kernel


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.get("content") or "")
        if len(chunk) >= _ROWS_A_BATCH or size >= _BYTES_A_BATCH:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _raw_row(file: Row, record: Record | Refusal, source: Source) -> Row | None:
    if isinstance(record, Refusal):
        return None
    key = record.key if record.key is not None else f"{file['path']}#{record.number}"
    return {
        "doc_id": doc_id(file["source"], key),
        "source": file["source"],
        "record_key": key,
        "path": file["path"],
        "root": file["root"],
        "record_number": record.number,
        "file_digest": file["file_digest"],
        "content_digest": text_digest(record.content),
        "created": record.created,
        "kind": source.kind,
        "origin": source.origin,
        "licence": source.licence,
        "url": record.url,
        "metadata": list(record.metadata.items()),
        "content": record.content,
    }


def _quarantine_row(file: Row, record: Record | Refusal, _source: Source) -> Row | None:
    if isinstance(record, Record):
        return None
    refused = {("record_number" if k == "number" else k): v for k, v in asdict(record).items()}
    known = {name: file[name] for name in ("source", "path", "file_digest")}
    return {**known, **refused, "doc_id": None}
