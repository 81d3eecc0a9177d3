"""Copies of table versions beside a shard set: which of them count."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.pinned_files import PinnedTable, keep_files, paths_of, pinned_table


@pytest.fixture
def kept(tmp_path):
    source = tmp_path / "part.parquet"
    pq.write_table(pa.table({"n": [1, 2, 3]}), source)
    folder = tmp_path / "set"
    return folder, keep_files(folder, PinnedTable("tokens", "id", 4, 3, ()), [source])


def test_copies_are_found_with_what_they_are_of(kept):
    folder, told = kept

    assert pinned_table(folder, "tokens") == told
    assert pinned_table(folder, "mix_plan") is None
    [path] = paths_of(folder, told)
    assert path.startswith("file:///")
    assert pq.read_table(path.removeprefix("file://")).num_rows == told.rows == 3


def test_rows_without_a_file_are_no_copies(kept):
    folder, _ = kept
    path = folder / "pinned" / "tokens.json"
    said = json.loads(path.read_text())

    path.write_text(json.dumps({**said, "files": []}))
    assert pinned_table(folder, "tokens") is None

    path.write_text(json.dumps({**said, "files": [], "rows": 0}))
    assert pinned_table(folder, "tokens") is not None
