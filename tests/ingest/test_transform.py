"""Files to rows of raw_documents and quarantine; which of two records with one key wins."""

import gzip
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.batches import KernelFailed
from corpusmill.contracts import contract
from corpusmill.ingest import transform
from corpusmill.ingest.records import doc_id
from corpusmill.ingest.rows import Told
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Columns, Source
from corpusmill.ingest.transform import (
    BLOCK_COLUMNS,
    DIGEST_COLUMNS,
    NAME_COLUMNS,
    SPAN_COLUMNS,
    losers,
    new_rows,
    numbered,
    planned,
    quarantine_rows,
    raw_rows,
    shared_hashes,
    shared_keys,
    table_quarantine_rows,
    table_raw_rows,
    unaccounted,
    with_digests,
)

RAW = (
    "doc_id string, source string, record_key string, part int, input string, path string, "
    "record_number bigint, byte_offset bigint, file_digest string, declaration string, "
    "file_records bigint, content_digest string, record_digest string, bytes bigint, "
    "created string, crawled string, kind string, origin string, generation int, "
    "generator string, parent_ids array<string>, licence string, url string, "
    "metadata map<string, string>"
)


def sha(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


LINES = [
    b'{"id": "a-1", "text": "first", "url": "http://x", "created": "2001-02-03", "n": 7}',
    b"",
    b'{"text": "no id", "created": "last week"}',
    b"{broken",
    b'{"id": 5, "text": "  "}',
    b'{"id": 5, "text": "caf\xc3\xa9", "created": "2001-02-03T04:05:06+01:00"}',
    b"\xff\xfe",
    b'["no", "object"]',
]
SOURCES = {
    "web": Source(kind="web", origin="human", licence="CC0-1.0"),
    "own": Source(kind="book", origin="synthetic", columns=Columns(id="key", text="body")),
}


TOLD = Told(SOURCES, IngestRules())


def block(source, location, path, reader, records, start=0, stop=None, first=0, total=None):
    """A row of BLOCK_COLUMNS for a file as it lies there."""
    state = Path(location).stat()
    return (
        *(source, str(location), "/in", path, reader, "said", f"fd {path}"),
        *(state.st_size, state.st_mtime_ns, records if total is None else total),
        *(start, stop, first, records),
    )


@pytest.fixture
def files(tmp_path):
    """Four files of three sources, one of them not declared, one in two blocks."""
    (tmp_path / "sub").mkdir()
    data = b"\n".join(LINES) + b"\n"
    (tmp_path / "sub" / "a.jsonl").write_bytes(data)
    (tmp_path / "b.txt").write_text("a whole\nfile", "utf-8")
    (tmp_path / "blank.txt").write_text(" \n", "utf-8")
    own = json.dumps({"key": "k", "body": "own columns", "id": "no key here", "text": 1})
    with gzip.open(tmp_path / "c.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(own)
    cut = data.index(LINES[4])
    a = ("web", tmp_path / "sub" / "a.jsonl", "sub/a.jsonl", "jsonl")
    return [
        block(*a, 3, stop=cut, total=7),
        block(*a, 4, start=cut, first=3, total=7),
        block("loose", tmp_path / "b.txt", "b.txt", "plain", 1),
        block("loose", tmp_path / "blank.txt", "blank.txt", "plain", 1),
        block("own", tmp_path / "c.jsonl.gz", "c.jsonl.gz", "jsonl", 1),
    ]


def test_a_doc_id_is_half_a_digest_over_source_and_record_key():
    # printf 'web\0a-1' | sha256sum
    expected = hashlib.sha256(b"web\x00a-1").hexdigest()

    assert doc_id("web", "a-1") == expected[:32]
    assert doc_id("web", "é") == hashlib.sha256(b"web\x00\xc3\xa9").hexdigest()[:32]
    assert len({doc_id("a", "bc"), doc_id("ab", "c"), doc_id("a", "b"), doc_id("b", "a")}) == 4


def test_accepted_records_become_raw_documents(dealt, files):
    found = raw_rows(dealt(files, BLOCK_COLUMNS), TOLD)

    assert found.columns == contract("raw_documents").column_names
    rows = {row.record_key: row.asDict() for row in found.collect()}
    assert set(rows) == {"a-1", "sub/a.jsonl#1", "5", "b.txt#0", "k"}
    assert rows["a-1"] == {
        "doc_id": sha("web\0a-1")[:32],
        "source": "web",
        "record_key": "a-1",
        "part": None,
        "input": "web",
        "path": "sub/a.jsonl",
        "root": "/in",
        "record_number": 0,
        "byte_offset": 0,
        "file_digest": "fd sub/a.jsonl",
        "declaration": "said",
        "file_records": 7,
        "content_digest": sha("first"),
        "record_digest": None,
        "bytes": 5,
        "created": "2001-02-03T00:00:00Z",
        "crawled": None,
        "kind": "web",
        "origin": "human",
        "generation": None,
        "generator": None,
        "parent_ids": None,
        "licence": "CC0-1.0",
        "url": "http://x",
        "metadata": {"n": "7"},
        "content": "first",
    }
    short = ("source", "record_number", "created", "kind", "origin", "metadata", "content")
    told = {key: tuple(row[name] for name in short) for key, row in rows.items() if key != "a-1"}
    assert told == {
        "sub/a.jsonl#1": ("web", 1, None, "web", "human", {"created": "last week"}, "no id"),
        "5": ("web", 4, "2001-02-03T03:05:06Z", "web", "human", {}, "café"),
        "b.txt#0": ("loose", 0, None, "unknown", "unknown", {}, "a whole\nfile"),
        "k": (
            "own",
            0,
            None,
            "book",
            "synthetic",
            {"id": "no key here", "text": "1"},
            "own columns",
        ),
    }


def test_refused_records_go_to_quarantine_without_their_text(dealt, files):
    found = quarantine_rows(dealt(files, BLOCK_COLUMNS), TOLD)

    begins = [sum(len(line) + 1 for line in LINES[:n]) for n in range(len(LINES))]
    web = [
        (
            *("web", "sub/a.jsonl", number, begins[at], "fd sub/a.jsonl", "said", 7),
            *(why, len(LINES[at]) + 1, sha(LINES[at] + b"\n"), None),
        )
        for number, why, at in [
            (2, "not_json", 3),
            (3, "text_blank", 4),
            (5, "not_utf8", 6),
            (6, "not_an_object", 7),
        ]
    ]
    blank = ("loose", "blank.txt", 0, 0, "fd blank.txt", "said", 1)
    blank += ("text_blank", 2, sha(" \n"), None)
    assert found.columns == contract("quarantine").column_names
    assert sorted(map(tuple, found.collect()), key=lambda row: row[:3]) == [blank, *web]


def test_every_record_is_accepted_or_refused(dealt, files):
    frame = dealt(files, BLOCK_COLUMNS)

    accepted, refused = raw_rows(frame, TOLD), quarantine_rows(frame, TOLD)

    numbers = [
        row.record_number
        for part in (accepted, refused)
        for row in part.collect()
        if row.path == "sub/a.jsonl"
    ]
    assert sorted(numbers) == list(range(7))


def test_only_what_is_missing_is_read_again(dealt, files):
    frame = dealt(files, BLOCK_COLUMNS)
    everything = sorted(map(tuple, quarantine_rows(frame, TOLD).collect()))

    short = unaccounted(frame, raw_rows(frame, TOLD))

    accepted = {(r.path, r.first): sorted(r.accepted or []) for r in short.collect()}
    assert accepted == {("sub/a.jsonl", 0): [0, 1], ("sub/a.jsonl", 3): [4], ("blank.txt", 0): []}
    assert sorted(map(tuple, quarantine_rows(short, TOLD).collect())) == everything


def test_a_long_file_loses_no_record_between_batches_and_blocks(dealt, tmp_path):
    lines = [json.dumps({"id": f"k{n}", "text": f"text {n}"}) for n in range(24_501)]
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join([*lines, "{"]), "utf-8")
    size, step = path.stat().st_size, 200_000
    state = (size, path.stat().st_mtime_ns)
    named = ("web", str(path), "/in", "long.jsonl", "jsonl", "said", "fd")
    cuts = [(n, n + step if n + step < size else None) for n in range(0, size, step)]
    spans = [(*named, *state, start, stop, step) for start, stop in cuts]
    found = sorted(
        map(tuple, planned(dealt(spans, SPAN_COLUMNS), TOLD).collect()), key=lambda r: r[2]
    )
    firsts = [sum(row[4] for row in found[:n]) for n in range(len(found))]
    blocks = [
        block("web", path, "long.jsonl", "jsonl", records, start, stop, first, 24_502)
        for (_, _, start, stop, records), first in zip(found, firsts, strict=True)
    ]
    frame = dealt(blocks, BLOCK_COLUMNS)

    raw = raw_rows(frame, TOLD)

    assert len(blocks) > 3
    rows = raw.select("record_key", "record_number").collect()
    assert sorted((n, key) for key, n in rows) == [(n, f"k{n}") for n in range(24_501)]
    [refused] = quarantine_rows(unaccounted(frame, raw), TOLD).collect()
    assert (refused.record_number, refused.reason) == (24_501, "not_json")


def test_a_document_that_is_too_long_is_split_or_refused(dealt, tmp_path):
    text = "word " * 1_500
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "k", "text": text}), "utf-8")
    frame = dealt([block("web", tmp_path / "a.jsonl", "a.jsonl", "jsonl", 1)], BLOCK_COLUMNS)

    split = Told(SOURCES, IngestRules(characters=5_000))
    refuse = Told(SOURCES, IngestRules(characters=5_000, too_long="quarantine"))

    rows = sorted(raw_rows(frame, split).collect(), key=lambda row: row.part)
    assert [(row.record_key, row.part, row.doc_id) for row in rows] == [
        ("k", n, doc_id(f"web#{n}", "k")) for n in (1, 2)
    ]
    assert "".join(row.content for row in rows) == text
    assert {row.record_digest for row in rows} == {sha(text)}
    assert quarantine_rows(frame, split).count() == 0
    assert raw_rows(frame, refuse).count() == 0
    [row] = quarantine_rows(frame, refuse).collect()
    assert (row.reason, row.length, row.digest) == ("document_too_long", 7_500, sha(text))


def test_a_record_may_name_its_source(dealt, tmp_path):
    sources = {
        "mixed": Source(kind="other", columns=Columns(source="from")),
        "web": Source(kind="web", licence="CC0-1.0"),
    }
    lines = [
        {"id": "a", "from": "web", "text": "x"},
        {"from": "web", "text": "y"},
        {"id": "a", "from": "new", "text": "z"},
        {"text": "w"},
    ]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    frame = dealt([block("mixed", tmp_path / "m.jsonl", "m.jsonl", "jsonl", 4)], BLOCK_COLUMNS)

    rows = raw_rows(frame, Told(sources, IngestRules())).collect()

    shown = sorted(
        (r.record_number, r.source, r.record_key, r.kind, r.licence, r.input) for r in rows
    )
    assert shown == [
        (0, "web", "a", "web", "CC0-1.0", "mixed"),
        (1, "web", "mixed:m.jsonl#1", "web", "CC0-1.0", "mixed"),
        (2, "new", "a", "other", None, "mixed"),
        (3, "mixed", "m.jsonl#3", "other", None, "mixed"),
    ]


def test_synthetic_text_says_what_made_it_of_what(dealt, tmp_path):
    columns = Columns(generation="depth", parent_ids="of")
    source = Source(
        origin="synthetic", generator="m-1", generation=1, parents="seeds", columns=columns
    )
    lines = [{"id": "a", "text": "x", "of": ["s1", "s2"]}, {"id": "b", "text": "y", "depth": 3}]
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    frame = dealt([block("made", tmp_path / "s.jsonl", "s.jsonl", "jsonl", 2)], BLOCK_COLUMNS)

    rows = raw_rows(frame, Told({"made": source}, IngestRules())).collect()

    shown = sorted((r.record_key, r.origin, r.generator, r.generation, r.parent_ids) for r in rows)
    assert shown == [
        ("a", "synthetic", "m-1", 1, [doc_id("seeds", "s1"), doc_id("seeds", "s2")]),
        ("b", "synthetic", "m-1", 3, None),
    ]


def test_rows_of_a_table_are_records(dealt):
    file = {"source": "own", "path": "t", "root": "", "file_digest": "fd", "declaration": "said"}
    file["file_records"] = 3
    schema = "record_number bigint, fields struct<key: string, body: string, n: int>"
    frame = dealt([(5, ("k", "x", 1)), (6, ("l", None, 2)), (9, (None, "y", None))], schema)

    raw = table_raw_rows(frame, file, TOLD).collect()
    refused = table_quarantine_rows(frame, file, TOLD).collect()

    shown = sorted((r.record_number, r.record_key, r.content, r.metadata) for r in raw)
    assert shown == [(5, "k", "x", {"n": "1"}), (9, "t#9", "y", {})]
    assert [(r.record_number, r.reason) for r in refused] == [(6, "text_missing")]


def test_rows_of_a_table_are_numbered_by_what_they_say(dealt):
    rows = [(f"k{n}", f"text {n}") for n in range(500)] + [("k7", "text 7"), ("k7", None)]

    found = numbered(dealt(rows, "id string, text string")).collect()

    told = {row.record_number: tuple(row.fields) for row in found}
    said = [
        json.dumps({"id": k, "text": t} if t else {"id": k}, separators=(",", ":")) for k, t in rows
    ]
    order = sorted(range(len(rows)), key=lambda n: sha(said[n]))
    assert [told[n] for n in range(len(rows))] == [rows[n] for n in order]


def test_new_rows_are_those_that_no_row_before_equals(dealt):
    schema = "id string, tags array<string>, more map<string, int>"
    before = [("a", ["x"], {"n": 1}), ("b", None, None)]
    after = [("a", ["x"], {"n": 1}), ("b", None, {}), ("c", ["y", None], None)]

    found = new_rows(dealt(after, schema), dealt(before, schema)).collect()

    assert sorted((row.id, row.tags, row.more) for row in found) == [
        ("b", None, {}),
        ("c", ["y", None], None),
    ]


def test_files_are_digested(dealt, tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    (tmp_path / "b").write_bytes(b"")
    rows = [
        ("web", str(tmp_path / "a"), "/in", "a", "plain", "one"),
        ("own", str(tmp_path / "a"), "/in", "a", "plain", "two"),
        ("web", str(tmp_path / "b"), "/in", "b", "plain", "one"),
    ]

    found = with_digests(dealt(rows, NAME_COLUMNS), TOLD)

    assert found.columns == [part.split()[0] for part in DIGEST_COLUMNS.split(", ")]
    digests = {(row.source, row.path): (row.file_digest, row.size) for row in found.collect()}
    assert digests == {
        ("web", "a"): (sha(b"x" * 3_000_000), 3_000_000),
        ("own", "a"): (sha(b"x" * 3_000_000), 3_000_000),
        ("web", "b"): (sha(b""), 0),
    }


@pytest.mark.parametrize("rows", [raw_rows, quarantine_rows])
def test_a_file_that_changes_fails_whoever_reads_it(spark, files, rows):
    frame = spark.createDataFrame(files, BLOCK_COLUMNS)
    Path(files[2][1]).write_text("another, longer text", "utf-8")

    with pytest.raises(Exception, match="FileChanged"):
        rows(frame, TOLD).collect()


def test_a_reader_that_fails_names_its_file_and_nothing_of_it(files):
    def broken(file, records, told):
        raise ValueError(f"secret: {next(iter(records))}")

    names = [column.split()[0] for column in BLOCK_COLUMNS.split(", ")]
    batch = pa.RecordBatch.from_pylist([dict(zip(names, files[2], strict=True))])

    with pytest.raises(
        KernelFailed, match=r"^ValueError in broken .*, in \".*/b\.txt\"$"
    ) as caught:
        list(transform._reading_kernel(broken, TOLD)(batch))

    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


# created, content, path, record number of each record with one key; the winner is the first
RIVALS = {
    "the earlier date wins": [
        ("2001-01-01T00:00:00Z", "zz", "z", 9),
        ("2001-01-01T00:00:01Z", "aa", "a", 0),
        ("2020-01-01T00:00:00Z", "bb", "a", 1),
    ],
    "any date wins over none": [("2024-01-01T00:00:00Z", "zz", "z", 9), (None, "aa", "a", 0)],
    "the smaller digest wins": [
        (None, text, "z", 9 - at) for at, text in enumerate(sorted("abcd", key=sha))
    ],
    "equal contents: the smaller path wins": [(None, "same", "a", 7), (None, "same", "b", 0)],
    "equal contents: the smaller number wins": [("2001", "é", "a", 1), ("2001", "é", "a", 2)],
    "alone": [(None, "only one", "a", 0)],
}


def rival(key, path, number, digest, created, size, part=None, whole=None, url=None):
    """A row of RAW."""
    name = doc_id("web" if part is None else f"web#{part}", key)
    place = ("web", path, number, None, f"fd {path}", "said", 9)
    said = (None, "web", "human", None, None, None, None, url, {})
    return (name, "web", key, part, *place, digest, whole, size, created, *said)


def lost(path, number, reason, size, digest, key, source="web"):
    """The row of quarantine of a record that lost to the document with this key."""
    place = ("web", path, number, None, f"fd {path}", "said", 9)
    return (*place, reason, size, digest, doc_id(source, key))


def test_all_records_of_a_key_but_the_first_go_to_quarantine(dealt):
    rows, expected = [], []
    for name, records in RIVALS.items():
        for at, (created, content, path, number) in enumerate(records):
            digest, size = sha(content), len(content.encode())
            # one path for each key: a record has one key
            rows.append(rival(name, f"{name}/{path}", number, digest, created, size))
            reason = "repeated_record" if content == records[0][1] else "repeated_key"
            if at:
                expected.append(lost(f"{name}/{path}", number, reason, size, digest, name))

    found = losers(dealt(rows, RAW))

    assert found.columns == contract("quarantine").column_names
    assert sorted(map(tuple, found.collect())) == sorted(expected)


def test_the_parts_of_a_document_win_or_lose_together(dealt):
    longer = [rival("k", "a", 0, f"a{n}", "2002", 10, n, "aa") for n in (1, 2, 3)]
    winner = [rival("k", "b", 0, f"b{n}", "2001", 10, n, "zz") for n in (1, 2)]

    found = losers(dealt([*longer, *winner, rival("other", "c", 0, "cc", None, 1)], RAW))

    assert sorted(map(tuple, found.collect())) == [
        lost("a", 0, "repeated_key", 30, "aa", "k", "web#1")
    ]


@pytest.mark.parametrize(("short", "long"), [("2001", "2002"), ("2002", "2001")])
def test_a_key_stands_once_however_long_its_texts_are(dealt, short, long):
    parts = [rival("k", "long", 0, f"a{n}", long, 10, n, "aa") for n in (1, 2)]
    rows = [*parts, rival("k", "short", 3, "bb", short, 7)]

    found = losers(dealt(rows, RAW))

    assert shared_keys(dealt(rows, RAW)).count() == 1
    assert shared_hashes(dealt(rows, RAW)).collect() == [(1,)]
    assert shared_keys(dealt([*parts, rival("l", "b", 3, "bb", short, 7)], RAW)).isEmpty()
    assert list(map(tuple, found.collect())) == [
        lost("long", 0, "repeated_key", 20, "aa", "k")
        if short < long
        else lost("short", 3, "repeated_key", 7, "bb", "k", "web#1")
    ]


def test_a_key_that_is_spelt_like_a_part_is_another(dealt):
    parts = [rival("k", "a", 0, f"a{n}", "2001", 10, n, "aa") for n in (1, 2)]
    rows = [*parts, *(rival(f"k#{n}", "b", n, f"b{n}", "2002", 7) for n in (1, 2))]

    assert shared_keys(dealt(rows, RAW)).isEmpty()
    assert losers(dealt(rows, RAW)).isEmpty()
    assert len({row[0] for row in rows}) == 4


def test_between_equal_texts_what_else_is_said_goes_before_the_place(dealt):
    """The same two records in other files: the same one wins."""
    rows = [rival("k", "a", 0, "aa", None, 9, url="http://z"), rival("k", "b", 1, "aa", None, 9)]
    rows += [rival("l", "a", 2, "cc", None, 9), rival("l", "b", 3, "cc", None, 9, url="http://z")]

    paths = {row.doc_id: row.path for row in losers(dealt(rows, RAW)).collect()}

    assert sorted(paths.values()) == ["a", "b"]
