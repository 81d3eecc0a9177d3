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
from backports import zstd

from corpusmill import schemas
from corpusmill.ingest import jsonl
from corpusmill.ingest.blocks import Block, spans
from corpusmill.ingest.jsonl import MAX_DIGITS
from corpusmill.ingest.lines import Lines
from corpusmill.ingest.records import Reading, Record, Refusal
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Columns, Source

FIRST, LAST = b'{"id":"first","text":"a first text"}', b'{"id":"last","text":"a last text"}'
MAX_DEPTH = IngestRules().depth
PACKED = [
    ("f.jsonl.gz", gzip.compress),
    ("f.jsonl.bz2", bz2.compress),
    ("f.jsonl.zst", zstd.compress),
]


@pytest.fixture
def read(tmp_path):
    """Write bytes under a name and read them as JSON Lines."""

    def read(data, name="file.jsonl", columns=None, **rules):
        (tmp_path / name).write_bytes(data)
        how = Reading(Source(columns=columns or Columns()), IngestRules(**rules))
        [block] = jsonl.plan(tmp_path / name, 0, None, 1, how.rules)
        found = list(jsonl.read(tmp_path / name, block, how, None))
        assert [entry.number for entry in found] == list(range(block.records))
        return found

    return read


def refused(number, reason, data=b"", offset=0):
    return Refusal(number, reason, len(data), hashlib.sha256(data).hexdigest(), offset)


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
