"""Records and refusals as rows of ``raw_documents`` and ``quarantine``, in bounded batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from corpusmill.contracts import arrow_schema
from corpusmill.ingest.parts import parts
from corpusmill.ingest.records import Record, Refusal, doc_id, refusal
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Source

_UNDECLARED = Source()
_ROWS, _BYTES = 2_000, 4 << 20  # of a batch

File = Mapping[str, Any]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Told:
    """What is known beside the files: declarations of the sources, and limits."""

    sources: Mapping[str, Source]
    rules: IngestRules

    def source(self, name: str) -> Source:
        """The declaration of a source; of one that is not declared, the default."""
        return self.sources.get(name, _UNDECLARED)


def raw_batches(
    file: File, records: Iterable[Record | Refusal], told: Told
) -> Iterator[pa.RecordBatch]:
    """Accepted records as rows of ``raw_documents``: one each, or one for each part."""
    rows = (
        row
        for record in records
        if isinstance(record, Record) and not _is_too_long(record, told.rules)
        for row in _raw_rows(file, record, told)
    )
    same = {name: file[name] for name in (*_OF_FILE, "root")} | {"input": file["source"]}
    return _batches(rows, _RAW, same, "raw_documents")


def quarantine_batches(
    file: File, records: Iterable[Record | Refusal], told: Told
) -> Iterator[pa.RecordBatch]:
    """Refused records as rows of ``quarantine``; their text is not in them."""
    rows = (
        (refused.number, refused.offset, refused.reason, refused.length, refused.digest, None)
        for record in records
        if (refused := refused_of(record, told.rules)) is not None
    )
    same = {name: file[name] for name in _OF_FILE} | {"source": file["source"]}
    return _batches(rows, _QUARANTINE, same, "quarantine")


_OF_FILE = ("path", "file_digest", "declaration", "file_records")
_QUARANTINE = ("record_number", "byte_offset", "reason", "length", "digest", "doc_id")
_RAW = (
    *("doc_id", "part", "content_digest", "bytes", "content"),
    *("source", "record_key", "record_number", "byte_offset", "record_digest", "created"),
    *("crawled", "kind", "origin", "generation", "generator", "parent_ids", "licence"),
    *("url", "metadata"),
)


def refused_of(record: Record | Refusal, rules: IngestRules) -> Refusal | None:
    """The refusal of a record that was refused, or is longer than a document may be."""
    if isinstance(record, Refusal):
        return record
    if _is_too_long(record, rules):
        content = record.content.encode()
        return refusal(record.number, content, "document_too_long", record.offset)
    return None


def _is_too_long(record: Record, rules: IngestRules) -> bool:
    return rules.too_long == "quarantine" and len(record.content) > rules.characters


def _raw_rows(file: File, record: Record, told: Told) -> Iterator[Row]:
    """Values in the order of ``_RAW``."""
    source = record.source or file["source"]
    key = record.key if record.key is not None else _place(file, record, source)
    declared = told.source(source if source in told.sources else file["source"])
    whole = len(record.content) <= told.rules.characters
    known = (
        *(source, key, record.number, record.offset, None if whole else _sha256(record.content)),
        *(record.created, record.crawled, declared.kind, declared.origin),
        declared.generation if record.generation is None else record.generation,
        *(record.generator or declared.generator, record.parent_ids),
        *(record.licence or declared.licence, record.url, list(record.metadata.items())),
    )
    if whole:
        yield *_content(doc_id(source, key), None, record.content), *known
        return
    for part, piece in enumerate(parts(record.content, told.rules.characters), 1):
        yield *_content(doc_id(f"{source}#{part}", key), part, piece), *known


def _content(name: str, part: int | None, text: str) -> Row:
    data = text.encode()
    return name, part, hashlib.sha256(data).hexdigest(), len(data), data


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _place(file: File, record: Record, source: str) -> str:
    """The key of a record that has none of its own: where it stands."""
    path = file["path"] if source == file["source"] else f"{file['source']}:{file['path']}"
    return f"{path}#{record.number}"


def _batches(
    rows: Iterable[Row], names: Sequence[str], same: Mapping[str, Any], table: str
) -> Iterator[pa.RecordBatch]:
    """Rows with the columns ``names``, and beside them what is the ``same`` in all of them."""
    schema = arrow_schema(table)
    heavy = names.index("content") if "content" in names else None
    held: list[Row] = []
    size = 0
    for row in rows:
        held.append(row)
        size += 0 if heavy is None else len(row[heavy])
        if len(held) >= _ROWS or size >= _BYTES:
            yield _batch(held, names, same, schema)
            held, size = [], 0
    if held:
        yield _batch(held, names, same, schema)


def _batch(
    rows: Sequence[Row], names: Sequence[str], same: Mapping[str, Any], schema: pa.Schema
) -> pa.RecordBatch:
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return pa.RecordBatch.from_arrays(
        [
            pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.repeat(pa.scalar(same[field.name], field.type), len(rows))
            for field in schema
        ],
        schema=schema,
    )
