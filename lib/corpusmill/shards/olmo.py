"""Headerless ``.npy`` of ids with a ``.csv.gz`` of documents, as dolma writes and OLMo-core reads.

docs/formats.md has the layout.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from corpusmill.shards.canonical import CanonicalShard
from corpusmill.shards.made import Made, beside, named, write_tokens

_GZIP_HEAD = bytes.fromhex("1f8b 08 00 00000000 00 ff")  # deflate, no name, no time, unknown system
_STORED = struct.Struct("<BHH")  # last block or not, its length, the complement of that
_MOST = 0xFFFF


def write(shard: CanonicalShard, scratch: Path) -> list[Made]:
    """``shard-….npy``, and ``shard-….csv.gz`` with a row for each run of a document."""
    write_tokens(shard, scratch / "npy")
    rows = "".join(_rows(shard)).encode()
    (scratch / "csv").write_bytes(gzip_stored(rows))
    tokens = named(shard.stem, "npy", scratch / "npy")
    return [tokens, beside(tokens, ".npy", ".csv.gz", scratch / "csv")]


def gzip_stored(data: bytes) -> bytes:
    """A gzip file of the data as it is: what a compressor makes of it depends on its build."""
    starts = range(0, max(1, len(data)), _MOST)
    parts = [data[start : start + _MOST] for start in starts]
    blocks = [
        _STORED.pack(number == len(parts) - 1, len(part), len(part) ^ _MOST) + part
        for number, part in enumerate(parts)
    ]
    tail = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return _GZIP_HEAD + b"".join(blocks) + tail


def _rows(shard: CanonicalShard) -> Iterator[str]:
    """dolma's columns: start, end, id, src, loc; the last two are a canonical file and place."""
    spans = shard.spans()
    keys = spans["doc_id"].tobytes().hex()
    numbers = zip(*(spans[name].tolist() for name in ("begin", "end", "place")), strict=True)
    for row, (begin, end, place) in enumerate(numbers):
        yield f"{begin},{end},{keys[32 * row : 32 * row + 32]},{shard.bin.name},{place}\n"
