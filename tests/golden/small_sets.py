"""Small shard sets for tests, written from lists of ids."""

from __future__ import annotations

import numpy as np

from corpusmill.shards.format import DTYPES, ShardWriter
from corpusmill.shards.manifest import shard_parts, write_manifest
from corpusmill.shards.pack import Packable, pack


def build(folder, shards, sequence_length=2, seed=42, count=16, dtype="uint16", **more):
    """Write shards, given as lists of id lists, one list a document; the folder."""
    entries = []
    for shard, documents in enumerate(shards):
        packables = [
            Packable(f"{shard:016x}{n:016x}", 0, np.array(ids)) for n, ids in enumerate(documents)
        ]
        sequences = pack(packables, sequence_length, 0, "pad", DTYPES[dtype])
        entries.append(write(folder, shard, count, sequence_length, sequences, dtype))
    return sign(folder, entries, sequence_length, seed, count, dtype, **more)


def write(folder, shard, count, sequence_length, sequences, dtype="uint16"):
    """Write one shard of packed sequences; its entry."""
    with ShardWriter(shard, count, sequence_length, DTYPES[dtype]) as writer:
        for sequence in sequences:
            writer.append(sequence)
        return writer.put_into(folder)


def sign(folder, entries, sequence_length=2, seed=42, count=16, dtype="uint16", **more):
    """Put the manifest of shards that were written, ``more`` over its plan; the folder."""
    plan = {"shards": count, "sequence_length": sequence_length, "rest": "pad", "seed": seed}
    plan |= {"packing": "concat", "oversize": "fragment"}
    plan |= {"block": 4, "window": 3, "dtype": dtype, "eos_id": 0, "vocab_size": 9}
    plan |= more
    parts = shard_parts(entries)
    content = {
        "format": 2,
        "stage": "main",
        "recipe": {},
        "recipe_digest": "",
        "plan": plan,
        "inputs": {},
        "mix": {"tokens": parts["totals"]["tokens"] + parts["totals"]["dropped"]},
        **parts,
    }
    write_manifest(folder, content)
    return folder
