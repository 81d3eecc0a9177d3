"""What the largest and the worst files cost in memory, each read in a process of its own."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from backports import zstd
from peak_memory import TELL_PEAK

pytestmark = pytest.mark.slow

READ = """
import sys
from pathlib import Path
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.readers import READERS, reader_of
from corpusmill.ingest.records import Reading, Record
from corpusmill.ingest.rows import Told, raw_batches, quarantine_batches

path, how = Path(sys.argv[1]), Reading()
reader = READERS[reader_of(path.name)]
blocks, count = [], 0
for planned in reader.plan(path, 0, None, 1 << 40, how.rules):
    blocks.append(Block(planned.start, planned.end, count, planned.records))
    count += planned.records
file = {"source": "s", "path": "p", "root": "r", "file_digest": "d", "declaration": "d",
        "file_records": count}
rows = 0
for batches in (raw_batches, quarantine_batches):
    for block in blocks:
        records = reader.read(path, block, how, None)
        rows += sum(batch.num_rows for batch in batches(file, records, Told({}, how.rules)))
print(count, rows)
"""


def line(size: int) -> bytes:
    return json.dumps({"id": str(size), "text": "x y " * (size // 4)}).encode() + b"\n"


def zeros(packer, head: bytes, megabytes: int) -> bytes:
    """What ``packer`` makes of ``head`` and zeros behind it."""
    pieces = [packer.compress(head)]
    pieces += [packer.compress(bytes(1_000_000)) for _ in range(megabytes)]
    return b"".join([*pieces, packer.flush()])


def packed_zeros(head: bytes, megabytes: int) -> bytes:
    """A gzip member that holds ``head`` and then zeros, made without compressing them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return data + block * (megabytes // 10)


def warc(body: bytes) -> bytes:
    head = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body + b"\r\n\r\n"


def table(rows: int, size: int) -> bytes:
    """Parquet, all rows in one group, four values a page; each has text, bytes and a list."""
    draw = random.Random(1)
    texts = [draw.randbytes(size // 4).hex() for _ in range(rows)]
    columns = {"text": texts, "raw": [t.encode() for t in texts], "list": [[t] for t in texts]}
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written, use_dictionary=False, write_batch_size=4)
    return written.getvalue()


FILES = {
    "bomb.jsonl.gz": lambda: packed_zeros(line(100), 10_000),
    "bomb.warc.gz": lambda: gzip.compress(warc(b"text")) + packed_zeros(b"WARC/1.0\r\n", 10_000),
    "bomb.txt.gz": lambda: packed_zeros(b"text", 10_000),
    "bomb.html.gz": lambda: packed_zeros(b"<html>", 10_000),
    "line.jsonl": lambda: line(100) + b"x" * 300_000_000 + b"\n" + line(200),
    "long.jsonl": lambda: b"".join(line(16_000_000) for _ in range(12)),
    "deep.jsonl": lambda: b'{"text": "x", "a": ' + b"[" * 8_000_000 + b"]" * 8_000_000 + b"}",
    "bomb.jsonl.bz2": lambda: zeros(bz2.BZ2Compressor(), line(100), 900),
    "bomb.jsonl.zst": lambda: zeros(zstd.ZstdCompressor(), line(100), 2_000),
    "rows.parquet": lambda: table(60, 4_000_000),
    "record.warc": lambda: warc(b"x" * 300_000_000) + warc(b"text"),
    "garbage.warc": lambda: b"no record\n" * 30_000_000,
    "tags.html": lambda: b"<p>" * 49_000 + b"text",
}


@pytest.mark.parametrize("name", FILES)
def test_no_file_needs_more_than_a_gigabyte(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name]())
    command = [sys.executable, "-c", READ + TELL_PEAK, str(tmp_path / name)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    records, rows, kilobytes = map(int, done.stdout.split())
    assert rows >= records > 0
    assert kilobytes < 1_000_000
