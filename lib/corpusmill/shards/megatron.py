"""Megatron's ``.bin`` and ``.idx``: each run of a document is one sequence and one document.

Megatron builds its own samples across documents, so padding is left out and the cut into sequences
with it. docs/formats.md has the layout.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from corpusmill.shards.canonical import CanonicalShard
from corpusmill.shards.made import Made, beside, named, write_tokens

MAGIC = b"MMIDIDX\x00\x00"
HEAD = struct.Struct("<9sQBQQ")  # magic, version, type of the ids, sequences, documents + 1
_VERSION = 1
_TYPES = {2: 8, 4: 4}  # bytes of an id to Megatron's uint16 and int32, which holds all ids we have


def write(shard: CanonicalShard, scratch: Path) -> list[Made]:
    """``shard-….bin`` and ``shard-….idx``: lengths, byte pointers, and ends of documents."""
    write_tokens(shard, scratch / "bin")
    (scratch / "idx").write_bytes(_index(shard))
    tokens = named(shard.stem, "bin", scratch / "bin")
    return [tokens, beside(tokens, ".bin", ".idx", scratch / "idx")]


def _index(shard: CanonicalShard) -> bytes:
    spans, size = shard.spans(), shard.dtype.itemsize
    head = HEAD.pack(MAGIC, _VERSION, _TYPES[size], len(spans), len(spans) + 1)
    columns = [
        (spans["end"] - spans["begin"]).astype("<i4"),
        (spans["begin"] * size).astype("<i8"),
        np.arange(len(spans) + 1, dtype="<i8"),
    ]
    return b"".join([head, *(column.tobytes() for column in columns)])
