"""Sequences a second of the reader, against a bare memmap that is read in the same order.

    .venv/bin/python bench/loader.py [megabytes of ids, default 512] [sequence length, default 2048]

The set is made for the purpose, read through once before, and so in memory. "memmap" is one
numpy.memmap of all ids in one file, and a loop that copies row after row; "ndarray" is the same
through a plain array over that map, which costs numpy less a row. Best of five rounds, in turns.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from corpusmill.loader import ShardReader, ShardStream
from corpusmill.shards.format import DTYPES, ShardWriter
from corpusmill.shards.manifest import FORMAT, read_manifest, shard_parts, write_manifest
from corpusmill.shards.pack import Packable, pack

SHARDS, ROUNDS = 16, 5
MEAN_DOCUMENT = 700  # tokens


def build(folder: Path, megabytes: int, length: int, dtype: str = "uint16") -> Path:
    """A set of documents of chance lengths."""
    chance = np.random.default_rng(1)
    tokens = megabytes * 1_000_000 // DTYPES[dtype].itemsize // SHARDS
    entries = []
    for shard in range(SHARDS):
        lengths = chance.geometric(1 / MEAN_DOCUMENT, tokens // MEAN_DOCUMENT)
        documents = (
            Packable(f"{shard:016x}{n:016x}", 0, chance.integers(1, 50_000, size))
            for n, size in enumerate(lengths)
        )
        with ShardWriter(shard, SHARDS, length, DTYPES[dtype]) as writer:
            for sequence in pack(documents, length, 0, "pad", DTYPES[dtype]):
                writer.append(sequence)
            entries.append(writer.put_into(folder))
    plan = {"shards": SHARDS, "sequence_length": length, "rest": "pad", "seed": 42, "block": 256}
    plan |= {"window": 16, "dtype": dtype, "eos_id": 0, "vocab_size": 50_000}
    plan |= {"packing": "concat", "oversize": "fragment"}
    named = {"format": FORMAT, "stage": "main", "recipe": {}, "recipe_digest": "", "inputs": {}}
    parts = shard_parts(entries)
    mix = {"tokens": parts["totals"]["tokens"] + parts["totals"]["dropped"]}
    write_manifest(folder, {**named, "plan": plan, "mix": mix, **parts})
    return folder


def memmap_of(folder: Path, length: int) -> np.memmap:
    """All ids of a set in one file, mapped."""
    manifest = read_manifest(folder)
    whole = folder / "whole"
    with whole.open("wb") as file:
        for shard in manifest.content["shards"]:
            file.write((folder / shard["bin"]["name"]).read_bytes())
    dtype = DTYPES[manifest.content["plan"]["dtype"]]
    return np.memmap(whole, dtype=dtype, mode="r").reshape(-1, length)


def copied(rows: np.ndarray, order: list[int], dtype: np.dtype) -> Iterator[np.ndarray]:
    """The baseline: rows in an order, each copied out."""
    for number in order:
        yield rows[number].astype(dtype)


def rate(read: Callable[[], Iterable[object]]) -> float:
    """Sequences a second of one round."""
    started = time.perf_counter()
    count = sum(1 for _ in read())
    return count / (time.perf_counter() - started)


def main() -> None:
    words = dict(zip(("megabytes", "length"), map(int, sys.argv[1:]), strict=False))
    megabytes, length = words.get("megabytes", 512), words.get("length", 2048)
    with tempfile.TemporaryDirectory() as scratch:
        folder = build(Path(scratch), megabytes, length)
        mapped = memmap_of(folder, length)
        array, wide, stored = np.asarray(mapped), np.dtype(np.int64), mapped.dtype
        order = [item["sequence"] for item in ShardStream(folder)]
        stream, reader = ShardStream(folder), ShardReader(folder)
        bare = ShardStream(folder, fields=())
        narrow = ShardStream(folder, dtype=None)
        placed = ShardStream(folder, fields=("position_ids",))
        reads = {
            "memmap, int64": lambda: copied(mapped, order, wide),
            "ndarray, int64": lambda: copied(array, order, wide),
            "ShardStream": lambda: stream,
            "ShardStream, ids alone": lambda: bare,
            "ShardStream, position_ids": lambda: placed,
            "ShardReader, by index": lambda: map(reader.__getitem__, range(len(reader))),
            "memmap, as stored": lambda: copied(mapped, order, stored),
            "ndarray, as stored": lambda: copied(array, order, stored),
            "ShardStream, as stored": lambda: narrow,
        }
        best = dict.fromkeys(reads, 0.0)
        for _round in range(ROUNDS):
            for name, read in reads.items():
                best[name] = max(best[name], rate(read))
    print(f"{'':26} sequences/s   M ids/s  of memmap  of ndarray")
    for name, found in best.items():
        kind = "as stored" if "stored" in name else "int64"
        shares = [found / best[f"{base}, {kind}"] for base in ("memmap", "ndarray")]
        told = f"{name:26} {found:11,.0f} {found * length / 1e6:9,.0f}"
        print(f"{told} {shares[0]:10.2f} {shares[1]:11.2f}")


if __name__ == "__main__":
    main()
