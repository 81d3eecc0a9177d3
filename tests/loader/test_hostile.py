"""What a reader is given by damaged disks, small caches and careless callers."""

from __future__ import annotations

import struct
import subprocess
import sys

import pytest
from small_sets import build

from corpusmill.loader import ShardReader
from corpusmill.shards.format import FormatError

RECORD_SEQUENCE, RECORD_OFFSET = 16 + 20, 16 + 24


@pytest.mark.parametrize("dtype", ["uint16", "int16", "uint8", "bool", "float16"])
def test_a_dtype_that_does_not_hold_the_ids_is_refused(tmp_path, dtype):
    build(tmp_path, [[[70_000, 70_001, 5, 200_000]]], 4, 1, 1, "uint32", vocab_size=200_001)

    with pytest.raises(ValueError, match="dtype"):
        ShardReader(tmp_path, dtype=dtype)


@pytest.mark.parametrize(
    ("at", "value"), [(RECORD_SEQUENCE, 1 << 20), (RECORD_SEQUENCE, 1), (RECORD_OFFSET, 7)]
)
def test_a_flipped_bit_in_a_document_map_is_told_by_name(tmp_path, at, value):
    build(tmp_path, [[[1, 2, 3], [4, 5], [6, 7, 8, 9]]], 8, count=1)
    damaged = next(tmp_path.glob("*.docs"))
    data = bytearray(damaged.read_bytes())
    struct.pack_into("<I", data, at, value)
    damaged.write_bytes(data)

    with pytest.raises(FormatError, match=damaged.name):
        list(ShardReader(tmp_path))


def test_fields_in_one_text_are_refused(tmp_path):
    build(tmp_path, [[[1, 2]]], 4, count=1)

    with pytest.raises(ValueError, match="fields is 'boundaries'; expected a list"):
        ShardReader(tmp_path, fields="boundaries")


def test_processes_share_a_cache_that_holds_two_shards(tmp_path):
    shards = [[[n % 7 + 1 for n in range(640 * 20)]] for _ in range(16)]
    (tmp_path / "set").mkdir()
    folder = build(tmp_path / "set", shards, 64)
    pair = max(
        sum(path.stat().st_size for path in folder.glob(f"shard-{shard:05d}-*"))
        for shard in range(16)
    )
    program = (
        "import sys; from corpusmill.loader import ShardReader;"
        "r = ShardReader(sys.argv[1], int(sys.argv[2]), 8, cache=sys.argv[3],"
        "                cache_bytes=int(sys.argv[4])); list(r)"
    )
    command = [sys.executable, "-c", program, f"file://{folder}"]

    running = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "cache"), str(2 * pair)])
        for rank in range(8)
    ]

    assert [process.wait() for process in running] == [0] * 8
