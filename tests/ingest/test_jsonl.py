"""Files that nobody should have written: each record is kept or refused; its neighbours stay."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from functools import partial
from importlib import resources
from pathlib import Path

import pytest
from jsonl_files import FIRST, LAST, read_jsonl, refused

from corpusmill import schemas
from corpusmill.ingest import jsonl
from corpusmill.ingest.blocks import Block, spans
from corpusmill.ingest.jsonl import MAX_DIGITS
from corpusmill.ingest.lines import Lines
from corpusmill.ingest.records import Reading, Record
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Columns, Source

MAX_DEPTH = IngestRules().depth


@pytest.fixture
def read(tmp_path):
    """Write bytes under a name and read them as JSON Lines."""
    return partial(read_jsonl, tmp_path)


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
            offset=0,
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
        Record(0, "t", 0, "7", created="2024-01-01T00:00:00Z", metadata={"id": "x", "url": "u"}),
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

    assert found[1] == refused(1, reason, line + b"\n", len(FIRST) + 1)
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

    assert found == [Record(0, "x\0y", 0, "a\0b")]


def test_a_surrogate_pair_is_one_character(read):
    found = read(b'{"text": "\\ud83d\\ude00"}\n')

    assert found == [Record(0, "\U0001f600", 0)]


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


def test_a_record_may_be_as_long_as_the_bound_and_no_byte_longer(read):
    longer = FIRST.replace(b"first text", b"longer text") + b"\n"

    found = read(FIRST + b"\n" + longer + FIRST + b"\n", record_bytes=len(FIRST) + 1)

    assert [entry.number for entry in found] == [0, 1, 2]
    assert found[1] == refused(1, "record_too_long", longer, len(FIRST) + 1)
    assert [found[0].key, found[2].key] == ["first", "first"]


@pytest.mark.heavy
@pytest.mark.parametrize("excess", [1, 2, 3, 10, 3_000_000])
@pytest.mark.parametrize("name", ["f.jsonl", "f.jsonl.gz"])
def test_a_record_past_the_bound_takes_no_neighbour_with_it(read, name, excess):
    long = bytes(65 + n % 26 for n in range(60 + excess - 1)) + b"\n"
    data = FIRST + b"\n" + long + LAST + b"\n" + long

    found = read(gzip.compress(data) if name.endswith("gz") else data, name, record_bytes=60)

    assert [entry.key for entry in (found[0], found[2])] == ["first", "last"]
    first, second = len(FIRST) + 1, len(FIRST) + len(LAST) + 2 + len(long)
    assert found[1] == refused(1, "record_too_long", long, first)
    assert found[3] == refused(3, "record_too_long", long, second)


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
    folder = Path(jsonl.__file__).parent
    source = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))

    named = re.findall(r'(?:Unfit|Damaged|Unextractable|told|_stretch)\(\s*"(\w+)"', source)
    reasons = set(BAD_LINES) | set(named)

    assert len(reasons) > 20
    assert [reason for reason in reasons if not re.fullmatch(pattern, reason)] == []


@pytest.mark.parametrize("step", [1, 7, 36, 37, 38, 100, 5_000])
def test_a_plain_file_has_the_same_records_however_it_is_cut(read, tmp_path, step):
    lines = [FIRST, b"", LAST, b"{", b"   ", FIRST + b" " * 200, LAST, b"[]"]
    expected = read(b"\n".join(lines), record_bytes=150)
    location, how = tmp_path / "file.jsonl", Reading(rules=IngestRules(record_bytes=150))

    found, first = [], 0
    for start, end in spans(location.stat().st_size, step):
        for planned in jsonl.plan(location, start, end, step, how.rules):
            block = Block(planned.start, planned.end, first, planned.records)
            part = list(jsonl.read(location, block, how, None))
            assert len(part) == planned.records
            found += part
            first += planned.records

    assert found == expected
    begins = [sum(len(before) + 1 for before in lines[:n]) for n in range(len(lines))]
    assert [e.offset for e in found] == [begins[n] for n in (0, 2, 3, 5, 6, 7)]


def test_blocks_inside_a_long_line_end_where_they_end(tmp_path, monkeypatch):
    """Or each of them would read the line to its end."""
    path = tmp_path / "f.jsonl"
    path.write_bytes(FIRST + b"\n" + b"x" * (8 << 20) + b"\n" + LAST + b"\n")
    read = []

    class Counted(Lines):
        def __init__(self, chunks, *rest, **named):
            super().__init__((read.append(len(c)) or c for c in chunks), *rest, **named)

    monkeypatch.setattr(jsonl, "Lines", Counted)
    size = path.stat().st_size
    blocks = [
        block.records
        for start in range(0, size, 1 << 20)
        for block in jsonl.plan(path, start, min(size, start + (1 << 20)), 1, IngestRules())
    ]

    assert blocks == [2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert sum(read) < 4 * size


def test_only_wanted_records_are_read(read, tmp_path):
    everything = read(b"\n".join([FIRST, b"{", LAST, b"[]"]))
    location = tmp_path / "file.jsonl"

    found = jsonl.read(location, Block(0, None, 0, 4), Reading(), {1, 2})

    assert list(found) == everything[1:3]


def test_a_time_that_cannot_be_read_stays_in_the_metadata(read):
    found = read(b'{"text":"x","created":"last spring"}\n{"text":"x","created":1700000000}\n')

    assert [(r.created, r.metadata) for r in found] == [
        (None, {"created": "last spring"}),
        (None, {"created": "1700000000"}),
    ]


def test_a_record_names_its_source_its_licence_and_how_it_was_generated(read, tmp_path):
    columns = Columns(
        source="from",
        licence="rights",
        generator="model",
        generation="depth",
        parent_ids="made_of",
    )
    fields = {"from": "web", "rights": "CC0-1.0", "model": "m-1", "depth": 2, "made_of": ["k"]}
    source = Source(origin="synthetic", columns=columns, parents="seeds")
    (tmp_path / "f.jsonl").write_text(json.dumps({"text": "x", **fields}))

    [record] = jsonl.read(tmp_path / "f.jsonl", Block(0, None, 0, 1), Reading(source), None)

    assert record == Record(
        0,
        "x",
        0,
        source="web",
        licence="CC0-1.0",
        generator="m-1",
        generation=2,
        parent_ids=[hashlib.sha256(b"seeds\x00k").hexdigest()[:32]],
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"from": "../x"}, "source_is_no_name"),
        ({"from": 7}, "source_is_no_name"),
        ({"depth": "2"}, "generation_is_no_number"),
        ({"depth": True}, "generation_is_no_number"),
        ({"depth": -1}, "generation_is_no_number"),
        ({"made_of": "k"}, "parent_ids_are_no_list"),
        ({"made_of": [1]}, "parent_ids_are_no_list"),
        ({"made_of": ["k"]}, "parent_ids_are_no_doc_ids"),
    ],
)
def test_a_record_that_says_so_wrongly_is_refused(tmp_path, fields, reason):
    columns = Columns(source="from", generation="depth", parent_ids="made_of")
    how = Reading(Source(origin="synthetic", columns=columns))
    (tmp_path / "f.jsonl").write_text(json.dumps({"text": "x", **fields}))

    [entry] = jsonl.read(tmp_path / "f.jsonl", Block(0, None, 0, 1), how, None)

    assert entry.reason == reason
