"""Text files: one file, one record."""

from __future__ import annotations

import bz2
import gzip
import hashlib

import pytest
from backports import zstd

from corpusmill.ingest import plain
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.records import Reading, Record, Refusal, Unfit
from corpusmill.ingest.rules import IngestRules


@pytest.fixture
def read(tmp_path):
    """Write bytes under a name and read them as one text."""

    def read(data, name="file.txt", **rules):
        (tmp_path / name).write_bytes(data)
        how = Reading(rules=IngestRules(**rules))
        [block] = plain.plan(tmp_path / name, 0, None, 1, how.rules)
        found = list(plain.read(tmp_path / name, block, how, None))
        assert len(found) == block.records
        return found

    return read


def refused(reason, data=b""):
    return [Refusal(0, reason, len(data), hashlib.sha256(data).hexdigest(), 0)]


def test_a_text_file_is_one_record(read):
    assert read(b"\xef\xbb\xbfone\r\n\r\ntw\xc3\xb6\n") == [Record(0, "one\r\n\r\ntwö\n", 0)]


def test_a_text_file_of_no_bytes_has_no_record(read):
    assert read(b"") == []
    assert read(gzip.compress(b""), "file.txt.gz") == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n\t\n", "text_blank"),
        (b"caf\xe9", "not_utf8"),
        (b"\xff\xfeh", "not_utf8"),
    ],
)
def test_a_text_file_without_text_is_refused(read, data, reason):
    assert read(data) == refused(reason, data)


def test_a_text_file_past_the_bound_is_refused(read):
    assert read(b"abcd", record_bytes=4) == [Record(0, "abcd", 0)]
    assert read(b"abcdefgh", record_bytes=4) == refused("record_too_long", b"abcdefgh")
    long = b"abcdefgh" * 1_000_000
    assert read(long, record_bytes=4_000_000) == refused("record_too_long", long)


@pytest.mark.parametrize(
    ("name", "pack"),
    [("f.md.gz", gzip.compress), ("f.md.bz2", bz2.compress), ("f.md.zst", zstd.compress)],
)
def test_a_packed_text_file_is_unpacked_and_a_damaged_one_refused(read, name, pack):
    packed = pack(b"some text")

    assert read(packed, name) == [Record(0, "some text", 0)]
    [entry] = read(packed[:-3], name)
    assert entry.reason == "file_damaged"


def test_a_file_that_is_not_wanted_is_not_read(tmp_path):
    assert list(plain.read(tmp_path / "absent.txt", Block(0, None, 0, 1), Reading(), set())) == []


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_how_a_text_is_read(codec):
    assert plain.decoded("Größe 文字".encode(codec)) == "Größe 文字"


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xfe\xff\xd8\x00", "Größe".encode("latin-1")])
def test_nothing_is_guessed_of_a_text(data):
    with pytest.raises(Unfit, match=r"^not_utf8$"):
        plain.decoded(data)
