"""Packed files of lines: whole, cut, damaged, in many members, and far too much in a little."""

from __future__ import annotations

import gzip
import hashlib
from functools import partial

import pytest
from backports import zstd
from jsonl_files import FIRST, LAST, PACKED, read_jsonl, refused

from corpusmill.ingest.records import Record, Refusal


@pytest.fixture
def read(tmp_path):
    """Write bytes under a name and read them as JSON Lines."""
    return partial(read_jsonl, tmp_path)


@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_a_packed_file_has_the_records_of_the_plain_one(read, name, pack):
    data = FIRST + b"\n{\n" + LAST + b"\n"

    assert read(pack(data), name) == read(data)


@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_concatenated_members_are_one_file(read, name, pack):
    half = len(FIRST) // 2
    parts = [FIRST[:half], FIRST[half:] + b"\n" + LAST, b"\n", b""]

    found = read(b"".join(pack(part) for part in parts), name)

    assert [record.key for record in found] == ["first", "last"]


def many_lines(count):
    """Lines that hardly compress, so that a cut file still has whole ones before the cut."""
    words = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)]
    return [b'{"id":"%d","text":"%s"}' % (n, word.encode()) for n, word in enumerate(words)]


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_a_truncated_file_keeps_whole_lines_and_ends_in_one_refusal(read, name, pack):
    lines = many_lines(20_000)
    whole = b"\n".join(lines) + b"\n"
    packed = pack(whole)

    found = read(packed[: len(packed) * 3 // 4], name)

    kept = found[:-1]
    assert 1_000 < len(kept) < 20_000
    assert [record.key for record in kept] == [str(n) for n in range(len(kept))]
    begun = whole.split(b"\n")[len(kept)]
    assert found[-1].reason == "file_damaged"
    assert found[-1].length < len(begun) + 1
    assert found[-1] == refused(
        len(kept),
        "file_damaged",
        begun[: found[-1].length],
        sum(len(line) + 1 for line in lines[: len(kept)]),
    )


@pytest.mark.parametrize("left", [1, 5, 10, 18])
def test_a_gzip_cut_in_its_first_bytes_is_one_refusal(read, left):
    [entry] = read(gzip.compress(FIRST)[:left], "f.jsonl.gz")

    begun = FIRST[: entry.length]
    assert entry == refused(0, "file_damaged", begun)
    assert len(begun) < left


@pytest.mark.parametrize(("name", "_pack"), PACKED)
def test_an_empty_file_called_packed_has_no_record(read, name, _pack):
    assert read(b"", name) == []


@pytest.mark.parametrize("place", [-8, -4], ids=["checksum", "length"])
def test_a_gzip_with_a_wrong_end_is_told_and_its_lines_are_kept(read, place):
    data = FIRST + b"\n" + LAST + b"\n"
    packed = bytearray(gzip.compress(data))
    packed[place] ^= 0xFF

    found = read(bytes(packed), "f.jsonl.gz")

    assert [record.key for record in found[:-1]] == ["first", "last"]
    assert found[-1] == refused(2, "file_damaged", b"", len(data))


@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_a_packed_file_followed_by_something_else_is_told(read, name, pack):
    found = read(pack(FIRST + b"\n") + b"no such thing at all", name)

    assert [found[0].key, found[1:]] == [
        "first",
        [refused(1, "trailing_garbage", b"", len(FIRST) + 1)],
    ]


def checked(name, pack, data):
    """The data packed with a checksum, which Zstandard leaves out unless it is asked for."""
    if name.endswith("zst"):
        return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})
    return pack(data)


@pytest.mark.parametrize("cut", [40, 400])
@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_after_a_damaged_member_reading_goes_on_at_the_next_whole_one(read, name, pack, cut):
    lines = many_lines(60)
    members = [b"\n".join(lines[at : at + 20]) + b"\n" for at in (0, 20, 40)]
    data = [pack(members[0]), pack(members[1])[:-cut], pack(members[2])]

    found = read(b"".join(data), name)

    kept = [int(entry.key) for entry in found if isinstance(entry, Record)]
    faults = [entry.reason for entry in found if isinstance(entry, Refusal)]
    assert kept[:20] == list(range(20))
    assert kept[-20:] == list(range(40, 60))
    assert faults.count("file_damaged") == 1
    assert set(faults) <= {"file_damaged", "not_json", "not_utf8"}
    assert all(20 <= number < 40 for number in kept[20:-20])


def test_a_wrong_checksum_costs_no_later_member(read):
    lines = many_lines(1_001)
    members = [bytearray(gzip.compress(line + b"\n")) for line in lines]
    members[0][-8] ^= 0xFF

    found = read(b"".join(members), "f.jsonl.gz")

    assert found[1].reason == "file_damaged"
    assert [entry.key for entry in found if isinstance(entry, Record)] == list(
        map(str, range(1_001))
    )


@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_what_only_looks_like_a_member_is_none(read, name, pack):
    """Beginnings of members stand in the damaged stretch, and one whole member behind it."""
    magic = pack(FIRST)[:4]
    data = pack(FIRST + b"\n")[:-4] + magic * 1_000 + pack(LAST + b"\n")

    found = read(data, name)

    assert found[-1].key == "last"
    assert {entry.reason for entry in found[:-1] if isinstance(entry, Refusal)} == {"file_damaged"}


@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_a_member_that_begins_inside_a_line_makes_no_record_of_its_rest(read, name, pack):
    """Whatever ends a line of JSON closes more than it opens."""
    line = b'{"id":"x","text":"one","more":{"id":"y","text":"two"}}\n'
    at = line.index(b'{"id":"y"')
    spoilt = bytearray(checked(name, pack, line[:at]))
    spoilt[-1] ^= 0xFF
    data = pack(FIRST + b"\n") + spoilt + pack(line[at:] + LAST + b"\n")

    found = read(data, name)

    assert [entry.key for entry in found if isinstance(entry, Record)] == ["first", "last"]
    assert found[-2].reason == "not_json"


def test_a_gzip_file_may_be_padded_with_zeros(read):
    assert [r.key for r in read(gzip.compress(FIRST) + bytes(100_000), "f.jsonl.gz")] == ["first"]


@pytest.mark.parametrize(("name", "_pack"), PACKED)
def test_a_file_that_is_not_packed_as_it_says_is_one_refusal(read, name, _pack):
    assert read(FIRST + b"\n" + LAST, name) == [refused(0, "file_damaged")]


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "pack"), PACKED)
def test_what_expands_too_far_is_refused_and_the_lines_before_it_are_kept(read, name, pack):
    bomb = pack(FIRST + b"\n" + bytes(66 << 20))

    found = read(bomb, name)

    assert [found[0].key, found[1].reason, len(found)] == ["first", "expands_too_far", 2]
    assert (64 << 20) - 100 < found[1].length <= 66 << 20


@pytest.mark.heavy
def test_what_unpacks_to_too_much_is_refused(read):
    data = b"\n".join(many_lines(40_000))

    found = read(gzip.compress(data), "f.jsonl.gz", unpacked_bytes=1 << 21)

    assert found[-1].reason == "unpacked_too_large"
    assert [record.key for record in found[:-1]] == [str(n) for n in range(len(found) - 1)]
    assert sum(len(line) + 1 for line in many_lines(len(found) - 1)) <= 1 << 21
