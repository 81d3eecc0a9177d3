"""MosaicML's MDS: one sample for each sequence, several ``.mds`` files a shard, one ``index.json``.

docs/formats.md has the layout.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.canonical import CanonicalShard
from corpusmill.shards.made import Made, named

INDEX = "index.json"
_FILE = 1 << 26  # bytes of ids in a file: MosaicML's own size, which its reader fetches whole
_SHAPE_OF = {1: 4, 2: 5, 4: 6}  # bytes of an array's length to the byte before it: one dimension


def write(shard: CanonicalShard, scratch: Path) -> list[Made]:
    """``shard-…-part-00000-….mds`` and so on, which ``index`` names."""
    head = json.dumps(_columns(shard.sequence_length, shard.dtype), sort_keys=True).encode()
    most = samples_per_file(shard.sequence_length, shard.dtype)
    parts: list[Path] = []
    for samples in _groups(_samples(shard), most):
        parts.append(scratch / f"part-{len(parts)}")
        parts[-1].write_bytes(_file(samples, head))
    return [named(f"{shard.stem}-part-{part:05d}", "mds", path) for part, path in enumerate(parts)]


def index(plan: Mapping[str, Any], shards: Sequence[Mapping[str, Any]]) -> bytes:
    """``index.json`` of files as ``export`` lists them."""
    length, dtype = plan["sequence_length"], np.dtype(plan["dtype"]).newbyteorder("<")
    most = samples_per_file(length, dtype)
    entries = []
    for shard in shards:
        files = [file for file in shard["files"] if file["name"].endswith(".mds")]
        for part, file in enumerate(files):
            data = {"basename": file["name"], "bytes": file["bytes"], "hashes": {}}
            entries.append(
                {
                    **_columns(length, dtype),
                    "raw_data": data,
                    "samples": min(most, shard["sequences"] - part * most),
                    "version": 2,
                    "zip_data": None,
                }
            )
    return json.dumps({"shards": entries, "version": 2}, sort_keys=True).encode()


def samples_per_file(sequence_length: int, dtype: np.dtype[Any]) -> int:
    """Sequences in each file of a shard but the last."""
    return max(1, _FILE // (sequence_length * dtype.itemsize))


def _columns(sequence_length: int, dtype: np.dtype[Any]) -> dict[str, Any]:
    return {
        "column_encodings": ["ndarray:uint32", f"ndarray:{dtype.name}:{sequence_length}"],
        "column_names": ["boundaries", "tokens"],
        "column_sizes": [None, sequence_length * dtype.itemsize],
        "compression": None,
        "format": "mds",
        "hashes": [],
        "size_limit": None,
    }


def _samples(shard: CanonicalShard) -> Iterator[bytes]:
    """Length of the boundaries in bytes, boundaries, ids."""
    heads = np.searchsorted(shard.records["sequence"], np.arange(shard.sequences + 1))
    offsets, filled = shard.records["offset"].astype("<u4"), shard.filled().astype("<u4")
    row = 0
    for block in shard.blocks():
        for ids in block:
            bounds = np.append(offsets[heads[row] : heads[row + 1]], filled[row])
            array = _array(bounds.astype("<u4"))
            yield len(array).to_bytes(4, "little") + array + ids.tobytes()
            row += 1


def _array(values: NDArray[np.uint32]) -> bytes:
    """One dimension, the bytes its length takes, its length, its values."""
    size = 1 if len(values) < 1 << 8 else 2 if len(values) < 1 << 16 else 4
    return bytes([_SHAPE_OF[size]]) + len(values).to_bytes(size, "little") + values.tobytes()


def _file(samples: Sequence[bytes], head: bytes) -> bytes:
    """Number of samples, where each begins and the last ends, columns, samples."""
    before = 4 + 4 * (len(samples) + 1) + len(head)
    places = np.cumsum([before, *map(len, samples)])
    if places[-1] >= 1 << 32:
        raise ValueError(f"an MDS file would have {places[-1]} bytes; allowed: below {1 << 32}")
    count = len(samples).to_bytes(4, "little")
    return count + places.astype("<u4").tobytes() + head + b"".join(samples)


def _groups(samples: Iterator[bytes], most: int) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    for sample in samples:
        group.append(sample)
        if len(group) == most:
            yield group
            group = []
    if group:
        yield group
