"""Packing by both ways: seconds of one core, fill and peak memory for a shard of real lengths.

usage: python bench/packing.py 'data/*.jsonl.gz' [--packing best_fit] [--times 12] [--length 2048]

Documents are as long as their texts at ``--characters`` a token, drawn with repetition, ``--times``
as many as there are; their ids are random. One shard of all of them is packed, written and put.
Times are of the process, so that other work on the machine counts less.
"""

from __future__ import annotations

import argparse
import glob
import gzip
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.best_fit import pack_best_fit
from corpusmill.shards.format import ShardEntry, ShardWriter
from corpusmill.shards.pack import Packable, Packing, pack

U2 = np.dtype("<u2")
VOCABULARY = 32_768


def lengths_of(pattern: str, characters: float) -> NDArray[np.int64]:
    found = []
    for name in sorted(glob.glob(pattern)):  # noqa: PTH207
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            found += [int(len(json.loads(line)["text"]) / characters) for line in lines]
    return np.maximum(np.array(found, dtype=np.int64), 1)


def documents(lengths: NDArray[np.int64], ids: NDArray[np.int64]) -> Iterator[Packable]:
    for number, length in enumerate(lengths.tolist()):
        yield Packable(f"{number:032x}", 0, ids[:length])


def packing_of(how: str, stream: Iterator[Packable], length: int) -> Packing:
    if how == "concat":
        return pack(stream, length, 0, "pad", U2)
    return pack_best_fit(stream, length, 0, "fragment", U2, b"bench")


def written(packing: Packing, length: int) -> ShardEntry:
    with tempfile.TemporaryDirectory() as folder, ShardWriter(0, 1, length, U2) as writer:
        for sequence in packing:
            writer.append(sequence)
        return writer.put_into(Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern")
    parser.add_argument("--packing", choices=("concat", "best_fit"), default="best_fit")
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--length", type=int, default=2048)
    parser.add_argument("--characters", type=float, default=3.6)
    asked = parser.parse_args()
    draw = np.random.default_rng(1)
    real = lengths_of(asked.pattern, asked.characters)
    lengths = draw.choice(real, size=len(real) * asked.times)
    ids = draw.integers(0, VOCABULARY, size=int(lengths.max()))
    before = time.process_time()
    entry = written(packing_of(asked.packing, documents(lengths, ids), asked.length), asked.length)
    seconds = time.process_time() - before
    size = entry.sequences * asked.length * U2.itemsize / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{asked.packing}: {entry.documents} documents, {size:.0f} MB in {seconds:.1f} s")
    print(f"  {size / seconds:.0f} MB/s, {entry.documents / seconds:.0f} documents/s a core")
    print(f"  fill {entry.tokens / (entry.tokens + entry.padding):.6f}, peak {peak} MB")


if __name__ == "__main__":
    main()
