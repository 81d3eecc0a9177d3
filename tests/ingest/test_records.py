"""Files that nobody should have written: each record is kept or refused; its neighbours stay."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import re
from importlib import resources
from pathlib import Path

import pytest

from corpusmill import schemas
from corpusmill.ingest import records
from corpusmill.ingest.records import (
    COUNTERS,
    MAX_DEPTH,
    MAX_DIGITS,
    Record,
    Refusal,
    read_jsonl,
    read_plain,
    utc,
)
from corpusmill.ingest.sources import Columns

FIRST, LAST = b'{"id":"first","text":"a first text"}', b'{"id":"last","text":"a last text"}'


@pytest.fixture
def read(tmp_path):
    """Write bytes under a name and read them as JSON Lines."""

    def read(data, name="file.jsonl", columns=None):
        (tmp_path / name).write_bytes(data)
        found = list(read_jsonl(tmp_path / name, columns or Columns()))
        assert COUNTERS["jsonl"](tmp_path / name) == len(found)
        return found

    return read


@pytest.fixture
def read_text(tmp_path):
    """Write bytes under a name and read them as one text."""

    def read(data, name="file.txt"):
        (tmp_path / name).write_bytes(data)
        found = list(read_plain(tmp_path / name, Columns()))
        assert COUNTERS["plain"](tmp_path / name) == len(found)
        return found

    return read


def refused(number, reason, data=b""):
    return Refusal(number, reason, len(data), hashlib.sha256(data).hexdigest())


def test_a_record_is_its_text_its_key_and_everything_else_as_text(read):
    line = {
        "id": "k1",
        "text": "Grüße\nfrom here",
        "url": "https://example.org",
        "created": "2024-02-03T04:05:06+02:00",
        "stars": 5,
        "score": 0.5,
        "tags": ["a", "ü"],
        "nothing": None,
        "more": {"b": True},
    }

    found = read(json.dumps(line).encode() + b"\n")

    assert found == [
        Record(
            number=0,
            content="Grüße\nfrom here",
            key="k1",
            url="https://example.org",
            created="2024-02-03T02:05:06Z",
            metadata={
                "more": '{"b": true}',
                "nothing": "null",
                "score": "0.5",
                "stars": "5",
                "tags": '["a", "ü"]',
            },
        )
    ]
    assert list(found[0].metadata) == sorted(found[0].metadata)


def test_other_columns_are_taken_where_the_source_names_them(read):
    columns = Columns(id="key", text="body", url=None, created="date")

    found = read(b'{"key":7,"body":"t","url":"u","date":"2024-01-01","id":"x"}', columns=columns)

    assert found == [
        Record(0, "t", "7", None, "2024-01-01T00:00:00Z", {"id": "x", "url": "u"}),
    ]


BAD_LINES = {
    "not_json": [
        b"{",
        b'{"text": "x"',
        b'{"text": "x"} {"text": "y"}',
        b'{"text": "x"}\r{"text": "y"}',
        b"{'text': 'x'}",
        b'{"text": "x", "n": NaN}',
        b'{"text": "x", "n": Infinity}',
        b'{"text": "x", "n": [-Infinity]}',
        b'{"text": "a\x00b"}',
        b"\x00\x00\x00",
    ],
    "not_an_object": [b"[]", b'"text"', b"7", b"null", b'[{"text": "x"}]'],
    "not_utf8": [
        b'{"text": "\xff"}',
        b'{"text": "caf\xe9"}',
        b'{"text": "\xed\xa0\x80"}',
        b"\xff\xfe{",
    ],
    "duplicate_keys": [
        b'{"text": "x", "text": "y"}',
        b'{"text": "x", "a": {"b": 1, "b": 1}}',
        b'{"text": "x", "a": 1, "\\u0061": 2}',
    ],
    "nested_too_deep": [
        b'{"text": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text": "x", "a": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b"[" * 100_000,
        b'{"text": "x", "a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        b'{"text": "x", "a": ["\\\\", "\\"", ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"]}",
    ],
    "number_too_large": [
        b'{"text": "x", "n": ' + b"9" * (MAX_DIGITS + 1) + b"}",
        b'{"text": "x", "n": 1e400}',
        b'{"text": "x", "n": [-1e400]}',
    ],
    "text_missing": [b"{}", b'{"id": "a"}', b'{"text": null}', b'{"Text": "x"}'],
    "text_is_no_string": [b'{"text": 1}', b'{"text": ["x"]}', b'{"text": {}}', b'{"text": false}'],
    "text_blank": [b'{"text": ""}', b'{"text": " \\n\\t"}', b'{"text": "\\u00a0\\u3000"}'],
    "lone_surrogate": [
        b'{"text": "a\\ud800b"}',
        b'{"text": "\\udc00\\ud800"}',
        b'{"id": "\\udfff", "text": "x"}',
    ],
    "id_is_no_string": [
        b'{"id": "", "text": "x"}',
        b'{"id": 1.0, "text": "x"}',
        b'{"id": true, "text": "x"}',
        b'{"id": ["a"], "text": "x"}',
    ],
}


@pytest.mark.parametrize(
    ("reason", "line"),
    [(reason, line) for reason, lines in BAD_LINES.items() for line in lines],
    ids=lambda value: value if isinstance(value, str) else repr(value[:24]),
)
def test_a_bad_line_is_refused_for_its_reason_and_its_neighbours_are_kept(read, reason, line):
    found = read(FIRST + b"\n" + line + b"\n" + LAST + b"\n")

    assert found[1] == refused(1, reason, line + b"\n")
    assert [(record.number, record.key) for record in (found[0], *found[2:])] == [
        (0, "first"),
        (2, "last"),
    ]


def test_numbers_are_dense_over_good_and_bad_lines_and_blank_ones_do_not_count(read):
    lines = [b"", FIRST, b"   ", b"{", b"\t", b"\r", LAST, b"\x0c", b"[]", b"", LAST]

    found = read(b"\n".join(lines))

    assert [(type(entry).__name__, entry.number) for entry in found] == [
        ("Record", 0),
        ("Refusal", 1),
        ("Record", 2),
        ("Refusal", 3),
        ("Record", 4),
    ]


@pytest.mark.parametrize("data", [b"", b"\n", b"\n \n\t\n", b"\r\n\r\n"])
def test_a_file_of_blank_lines_has_no_record(read, data):
    assert read(data) == []


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_every_line_ending_gives_the_same_records(read, ending):
    found = read(FIRST + (ending or b"\n") + LAST + ending)

    assert [record.key for record in found] == ["first", "last"]


def test_a_byte_order_mark_is_no_part_of_a_line(read):
    found = read(b"\xef\xbb\xbf" + FIRST + b"\n" + LAST)

    assert [record.key for record in found] == ["first", "last"]


def test_line_separators_inside_a_text_do_not_split_it(read):
    text = "one\u2028two\u2029three\x85four\x0bfive\x0csix"

    found = read(json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n")

    assert [record.content for record in found] == [text]


def test_an_escaped_nul_is_a_character_like_others(read):
    found = read(b'{"id": "a\\u0000b", "text": "x\\u0000y"}\n')

    assert found == [Record(0, "x\0y", "a\0b")]


def test_a_surrogate_pair_is_one_character(read):
    found = read(b'{"text": "\\ud83d\\ude00"}\n')

    assert found == [Record(0, "\U0001f600")]


def test_lone_surrogates_beside_the_text_are_replaced_in_names_too(read):
    line = b'{"text":"x","url":"u\\ud800","created":"\\ud800","a":"\\udc00","\\ud801":["\\ud800"]}'

    found = read(line)

    assert found[0].url == "u\ufffd"
    assert found[0].metadata == {"a": "\ufffd", "created": "\ufffd", "\ufffd": '["\ufffd"]'}


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"id":5,"text":"x"}', "5"),
        (b'{"id":" ","text":"x"}', " "),
        (b'{"id":null,"text":"x"}', None),
    ],
)
def test_an_id_is_taken_verbatim_and_whole_numbers_as_text(read, line, key):
    assert read(line)[0].key == key


def test_a_record_may_be_as_long_as_the_bound_and_no_byte_longer(read, monkeypatch):
    monkeypatch.setattr(records, "MAX_RECORD_BYTES", len(FIRST) + 1)
    longer = FIRST.replace(b"first text", b"longer text.")

    found = read(FIRST + b"\n" + longer + b"\n" + FIRST + b"\n")

    assert [entry.number for entry in found] == [0, 1, 2]
    assert found[1] == refused(1, "record_too_long", (longer + b"\n")[: len(FIRST) + 2])
    assert [found[0].key, found[2].key] == ["first", "first"]


@pytest.mark.parametrize("excess", [1, 2, 3, 10, 3_000_000])
def test_a_record_past_the_bound_takes_no_neighbour_with_it(read, monkeypatch, excess):
    monkeypatch.setattr(records, "MAX_RECORD_BYTES", 60)
    long = b"x" * (60 + excess - 1) + b"\n"

    found = read(FIRST + b"\n" + long + LAST + b"\n" + long)

    assert [(type(entry).__name__, entry.number) for entry in found] == [
        ("Record", 0),
        ("Refusal", 1),
        ("Record", 2),
        ("Refusal", 3),
    ]
    assert {found[1].reason, found[3].reason} == {"record_too_long"}


@pytest.mark.parametrize(
    "value",
    [
        b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1),
        b'"' + b"[{" * 1_000 + b'"',
        b'"a\\"' + b"[" * 1_000 + b'"',
        b"[" + b",".join([b"{}"] * 1_000) + b"]",
        b"9" * MAX_DIGITS,
    ],
)
def test_what_is_just_shallow_or_short_enough_is_kept(read, value):
    [record] = read(b'{"text": "x", "a": ' + value + b"}")

    assert record.content == "x"


def test_the_table_takes_every_reason_there_is():
    sql = (resources.files(schemas) / "quarantine.sql").read_text("utf-8")
    [pattern] = re.findall(r"reason rlike .'(.+?).'", sql)
    source = Path(records.__file__).read_text("utf-8")

    reasons = set(BAD_LINES) | set(re.findall(r'_Unfit\("(\w+)"\)', source))

    assert len(reasons) > 10
    assert [reason for reason in reasons if not re.fullmatch(pattern, reason)] == []


def test_a_text_file_of_no_bytes_has_no_record(read_text):
    assert read_text(b"") == []
    assert read_text(gzip.compress(b""), "file.txt.gz") == []


@pytest.mark.parametrize(
    ("name", "pack"), [("f.jsonl.gz", gzip.compress), ("f.jsonl.bz2", bz2.compress)]
)
def test_a_packed_file_has_the_records_of_the_plain_one(read, name, pack):
    data = FIRST + b"\n{\n" + LAST + b"\n"

    assert read(pack(data), name) == read(data)


@pytest.mark.parametrize(
    ("name", "pack"), [("f.jsonl.gz", gzip.compress), ("f.jsonl.bz2", bz2.compress)]
)
def test_concatenated_members_are_one_file(read, name, pack):
    half = len(FIRST) // 2
    parts = [FIRST[:half], FIRST[half:] + b"\n" + LAST, b"\n", b""]

    found = read(b"".join(pack(part) for part in parts), name)

    assert [record.key for record in found] == ["first", "last"]


def many_lines(count):
    """Lines that hardly compress, so that a cut file still has whole ones before the cut."""
    words = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)]
    return [b'{"id":"%d","text":"%s"}' % (n, word.encode()) for n, word in enumerate(words)]


def test_a_truncated_gzip_keeps_whole_lines_and_ends_in_one_refusal(read):
    lines = many_lines(5_000)
    packed = gzip.compress(b"\n".join(lines) + b"\n")

    found = read(packed[: len(packed) // 2], "f.jsonl.gz")

    kept = found[:-1]
    assert 1_000 < len(kept) < 5_000
    assert [record.key for record in kept] == [str(n) for n in range(len(kept))]
    assert found[-1] == refused(len(kept), "file_damaged")


@pytest.mark.parametrize("left", [1, 5, 10, 18])
def test_a_gzip_cut_in_its_first_bytes_is_one_refusal(read, left):
    assert read(gzip.compress(FIRST)[:left], "f.jsonl.gz") == [refused(0, "file_damaged")]


def test_an_empty_file_called_gzip_has_no_record(read):
    assert read(b"", "f.jsonl.gz") == []


@pytest.mark.parametrize("place", [-8, -4], ids=["checksum", "length"])
def test_a_gzip_with_a_wrong_end_is_told_and_its_lines_are_kept(read, place):
    packed = bytearray(gzip.compress(FIRST + b"\n" + LAST + b"\n"))
    packed[place] ^= 0xFF

    found = read(bytes(packed), "f.jsonl.gz")

    assert [record.key for record in found[:-1]] == ["first", "last"]
    assert found[-1] == refused(2, "file_damaged")


def test_a_gzip_followed_by_something_else_is_told(read):
    found = read(gzip.compress(FIRST + b"\n") + b"no gzip at all", "f.jsonl.gz")

    assert found == [Record(0, "a first text", "first"), refused(1, "file_damaged")]


@pytest.mark.parametrize("name", ["f.jsonl.gz", "f.jsonl.bz2"])
def test_a_file_that_is_not_packed_as_it_says_is_one_refusal(read, name):
    assert read(FIRST + b"\n" + LAST, name) == [refused(0, "file_damaged")]


def test_a_truncated_bzip2_is_told(read):
    packed = bz2.compress(b"\n".join(many_lines(100)))

    assert read(packed[:-10], "f.jsonl.bz2")[-1].reason == "file_damaged"


def test_a_text_file_is_one_record(read_text):
    assert read_text(b"\xef\xbb\xbfone\r\n\r\ntw\xc3\xb6\n") == [Record(0, "one\r\n\r\ntwö\n")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n\t\n", "text_blank"),
        (b"caf\xe9", "not_utf8"),
        (b"\xff\xfeh\x00", "not_utf8"),
    ],
)
def test_a_text_file_without_text_is_refused(read_text, data, reason):
    assert read_text(data) == [refused(0, reason, data)]


def test_a_text_file_past_the_bound_is_refused(read_text, monkeypatch):
    monkeypatch.setattr(records, "MAX_RECORD_BYTES", 4)

    assert read_text(b"abcd") == [Record(0, "abcd")]
    assert read_text(b"abcdefgh") == [refused(0, "record_too_long", b"abcde")]


def test_a_packed_text_file_is_unpacked_and_a_damaged_one_refused(read_text):
    packed = gzip.compress(b"some text")

    assert read_text(packed, "f.txt.gz") == [Record(0, "some text")]
    assert read_text(packed[:-3], "f.txt.gz") == [refused(0, "file_damaged")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-02-29T12:30:00Z", "2024-02-29T12:30:00Z"),
        ("2024-02-29 12:30:00", "2024-02-29T12:30:00Z"),
        ("2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00Z"),
        ("2024-02-29T12:30:00.999999+00:00", "2024-02-29T12:30:00Z"),
        (" 2024-02-29\n", "2024-02-29T00:00:00Z"),
        ("0999-01-01", "0999-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_told_in_utc_in_a_form_that_sorts(text, expected):
    assert utc(text) == expected


@pytest.mark.parametrize(
    "text",
    [None, "", "yesterday", "2023-02-29", "29.02.2024", "1700000000", "0001-01-01T00:00:00+05:00"],
)
def test_what_is_no_time_is_none(text):
    assert utc(text) is None


@pytest.mark.parametrize("text", ["20240229", "2024-W09-4", "2024-02-29T12:30:00.5"])
def test_what_python_3_10_cannot_read_is_no_time_in_any_python(text):
    assert utc(text) is None


def test_a_time_that_cannot_be_read_stays_in_the_metadata(read):
    found = read(b'{"text":"x","created":"last spring"}\n{"text":"x","created":1700000000}\n')

    assert [(r.created, r.metadata) for r in found] == [
        (None, {"created": "last spring"}),
        (None, {"created": "1700000000"}),
    ]
