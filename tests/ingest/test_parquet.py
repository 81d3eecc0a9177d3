"""Rows of Parquet files as records."""

from __future__ import annotations

import datetime
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.ingest import parquet
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.records import Reading, Record, Refusal
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Columns, Source


@pytest.fixture
def read(tmp_path):
    """Read a file block by block, as it is planned with a small step."""

    def read(location, step=1, how=None):
        found, first = [], 0
        for planned in parquet.plan(location, 0, None, step, IngestRules()):
            block = Block(planned.start, planned.end, first, planned.records)
            found += parquet.read(location, block, how or Reading(), None)
            first += planned.records
        return found

    return read


def written(path, rows, group=2, schema=None):
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=group)
    return path


def outcomes(entries):
    """The number of each record that was accepted, the reason of each that was not."""
    return [e.number if isinstance(e, Record) else e.reason for e in entries]


ROWS = [
    {"id": "a", "text": "one", "url": "u", "n": 1, "tags": ["x", "é"]},
    {"id": None, "text": "two", "url": None, "n": None, "tags": None},
    {"id": "c", "text": None, "url": None, "n": 3, "tags": []},
    {"id": "d", "text": " ", "url": None, "n": 4, "tags": []},
    {"id": "e", "text": "five", "url": None, "n": 5, "tags": []},
]


@pytest.mark.parametrize("step", [1, 1 << 30])
@pytest.mark.parametrize("group", [1, 2, 100])
def test_every_row_is_accepted_or_refused_however_the_file_is_cut(read, tmp_path, step, group):
    found = read(written(tmp_path / "f.parquet", ROWS, group), step)

    assert [entry.number for entry in found] == [0, 1, 2, 3, 4]
    assert found[0] == Record(0, "one", key="a", url="u", metadata={"n": "1", "tags": '["x", "é"]'})
    assert outcomes(found) == [0, 1, "text_missing", "text_blank", 4]
    assert found[1] == Record(1, "two")


def test_times_and_other_columns_are_taken_where_the_source_names_them(read, tmp_path):
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    rows = [{"key": 7, "body": "t", "at": moment, "raw": b"\x00\xff"}]
    how = Reading(Source(columns=Columns(id="key", text="body", created="at")))

    found = read(written(tmp_path / "f.parquet", rows), how=how)

    expected = Record(0, "t", key="7", created="2024-02-29T12:30:00Z", metadata={"raw": "00ff"})
    assert found == [expected]


@pytest.mark.parametrize(
    "spoil",
    [lambda data: b"", lambda data: b"PAR1", lambda data: data[:-5], lambda data: b"no such file"],
    ids=["empty", "head only", "cut", "something else"],
)
def test_a_file_without_a_footer_is_one_refusal(read, tmp_path, spoil):
    path = written(tmp_path / "f.parquet", ROWS)
    path.write_bytes(spoil(path.read_bytes()))

    [entry] = read(path)

    assert isinstance(entry, Refusal)
    assert entry.reason == "file_damaged"
    assert parquet.columns_of(path) is None


def test_a_damaged_row_group_is_refused_row_by_row_and_the_others_are_read(read, tmp_path):
    rows = [{"id": str(n), "text": f"text number {n} " * 50} for n in range(6)]
    path = tmp_path / "f.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2, compression="gzip")
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(1)
    data = bytearray(path.read_bytes())
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    for place in range(start + 30, start + chunk.total_compressed_size):
        data[place] ^= 0xFF
    path.write_bytes(bytes(data))

    found = read(path)

    assert outcomes(found) == [0, 1, "file_damaged", "file_damaged", 4, 5]


def test_only_wanted_rows_are_read(read, tmp_path):
    path = written(tmp_path / "f.parquet", ROWS)

    found = parquet.read(path, Block(1, 3, 2, 3), Reading(), {3, 4})

    assert [entry.number for entry in found] == [3, 4]


def test_a_row_past_the_bound_is_refused(read, tmp_path):
    path = written(tmp_path / "f.parquet", [{"text": "é" * 60}, {"text": "é" * 40}])

    found = read(path, how=Reading(rules=IngestRules(record_bytes=100)))

    assert outcomes(found) == ["record_too_long", 1]


def test_a_value_that_python_cannot_hold_takes_no_other_row_along(read, tmp_path):
    texts = pa.array([b"one", b"\xff\xfe", b"three", b"four"]).view(pa.string())
    times = pa.array([0, 0, 1 << 60, 0], pa.int64()).cast(pa.timestamp("us"))
    zones = pa.array([0, 0, 0, None], pa.int64()).cast(pa.timestamp("us", "Mars/Olympus"))
    days = pa.array([0, 0, 0, 1 << 30], pa.int32()).cast(pa.date32())
    for number, columns in enumerate(
        ({"text": texts}, {"text": texts, "created": times}, {"text": texts, "day": days})
    ):
        pq.write_table(pa.table(columns), tmp_path / f"{number}.parquet")
    pq.write_table(pa.table({"text": texts, "at": zones}), tmp_path / "zones.parquet")

    found = [outcomes(read(tmp_path / f"{number}.parquet")) for number in range(3)]

    bad = "value_unreadable"
    assert found == [[0, bad, 2, 3], [0, bad, bad, 3], [0, bad, 2, bad]]
    assert outcomes(read(tmp_path / "zones.parquet")) == [bad, bad, bad, 3]


@pytest.mark.parametrize(
    "large", [{"raw": b"x" * 60}, {"tags": ["x" * 200]}, {"map": {"a": "é" * 99}}]
)
def test_values_of_any_kind_count_towards_the_bound(read, tmp_path, large):
    path = written(tmp_path / "f.parquet", [{"text": "a"} | large])

    assert outcomes(read(path, how=Reading(rules=IngestRules(record_bytes=100)))) == [
        "record_too_long"
    ]
    assert outcomes(read(path)) == [0]


def test_times_are_told_to_the_second_and_never_finer_than_python_has_them(read, tmp_path):
    at = 1_000_000_000_123_456_789
    columns = {
        "text": ["one"],
        "created": pa.array([at], pa.timestamp("ns")),
        "seen": pa.array([at], pa.timestamp("ns", "UTC")),
        "clock": pa.array([1_500], pa.time64("ns")),
        "took": pa.array([61_000_000_500], pa.duration("ns")),
    }
    pq.write_table(pa.table(columns), tmp_path / "f.parquet")

    [found] = read(tmp_path / "f.parquet")

    assert found.created == "2001-09-09T01:46:40Z"
    assert found.metadata == {
        "seen": "2001-09-09T01:46:40Z",
        "clock": "00:00:00.000001",
        "took": "0:01:01",
    }


def test_rows_of_two_columns_with_one_name_are_refused(read, tmp_path):
    pq.write_table(pa.table([["one"], ["two"]], names=["text", "text"]), tmp_path / "f.parquet")

    assert outcomes(read(tmp_path / "f.parquet")) == ["duplicate_keys"]


def test_a_name_that_is_not_utf8_is_a_footer_that_cannot_be_read(read, tmp_path):
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"text": ["one"], "xyz": ["v"]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"xyz", b"x\xe9z"))

    assert outcomes(read(path)) == ["file_damaged"]
    assert parquet.columns_of(path) is None


@pytest.mark.heavy
def test_whatever_is_changed_in_a_file_plan_and_reading_count_alike(read, tmp_path):
    path = tmp_path / "f.parquet"
    rows = [{"id": str(n), "text": f"text number {n}", "n": n} for n in range(200)]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=50, compression="none")
    whole = path.read_bytes()
    for seed in range(1_500):
        chance, data = random.Random(seed), bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(whole) * 3 // 4, len(whole))] = chance.randrange(256)
        path.write_bytes(bytes(data))

        count = sum(block.records for block in parquet.plan(path, 0, None, 1, IngestRules()))
        found = read(path)

        assert [entry.number for entry in found] == list(range(count)), seed
