"""Megatron's files, parsed number by number."""

import struct

import numpy as np
import pytest
from exported import RUNS, fragmented, packed

from corpusmill.shards.export import export
from corpusmill.shards.manifest import read_manifest


def documents_of(path):
    """Token lists of a ``.bin`` by its ``.idx``, and the type of the ids."""
    data, ids = path.with_suffix(".idx").read_bytes(), path.read_bytes()
    magic, version, code, sequences, documents = struct.unpack_from("<9sQBQQ", data)
    assert (magic, version, documents) == (b"MMIDIDX\0\0", 1, sequences + 1)
    lengths = struct.unpack_from(f"<{sequences}i", data, 34)
    pointers = struct.unpack_from(f"<{sequences}q", data, 34 + 4 * sequences)
    ends = struct.unpack_from(f"<{documents}q", data, 34 + 12 * sequences)
    assert len(data) == 34 + 12 * sequences + 8 * documents
    assert ends == tuple(range(documents))  # one sequence a document
    letter, size = {8: ("H", 2), 4: ("i", 4)}[code]
    read = [
        list(struct.unpack_from(f"<{n}{letter}", ids, at))
        for n, at in zip(lengths, pointers, strict=True)
    ]
    assert sum(lengths) * size == len(ids)
    return read, size


@pytest.mark.parametrize(("dtype", "size"), [("uint16", 2), ("uint32", 4)])
def test_every_run_of_a_document_is_a_sequence_without_padding(tmp_path, dtype, size):
    made = export(read_manifest(fragmented(tmp_path / "set", dtype)), "megatron", tmp_path)

    read = {int(path.name[6:11]): documents_of(path) for path in made.folder.glob("*.bin")}

    assert read == {n: ([run[2] for run in runs], size) for n, runs in RUNS.items()}


def test_a_set_laid_end_to_end_gives_back_its_documents(tmp_path):
    folder, documents = packed(tmp_path / "set")

    made = export(read_manifest(folder), "megatron", tmp_path)

    assert [documents_of(path)[0] for path in sorted(made.folder.glob("*.bin"))] == documents


def test_the_smallest_index_has_these_bytes(tmp_path):
    made = export(read_manifest(fragmented(tmp_path / "set")), "megatron", tmp_path)

    [index] = made.folder.glob("shard-00005-*.idx")

    head = bytes.fromhex("4d4d4944494458 0000 0100000000000000 08")
    counts = bytes.fromhex("0100000000000000 0200000000000000")
    body = np.array([6], "<i4").tobytes() + np.array([0, 0, 1], "<i8").tobytes()
    assert index.read_bytes() == head + counts + body
