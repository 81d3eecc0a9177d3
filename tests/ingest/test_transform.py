"""Files to rows of raw_documents and quarantine; which of two records with one key wins."""

import gzip
import hashlib
import json

import pytest

from corpusmill.contracts import contract
from corpusmill.ingest.sources import Columns, Source
from corpusmill.ingest.transform import (
    FILE_COLUMNS,
    doc_id,
    losers,
    quarantine_rows,
    raw_rows,
    with_digests,
)

RAW = (
    "doc_id string, source string, path string, record_number bigint, file_digest string, "
    "content_digest string, created string, content string"
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


@pytest.fixture
def files(tmp_path):
    """Four files of three sources, one of them not declared; rows of FILE_COLUMNS."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jsonl").write_bytes(b"\n".join(LINES) + b"\n")
    (tmp_path / "b.txt").write_text("a whole\nfile", "utf-8")
    (tmp_path / "blank.txt").write_text(" \n", "utf-8")
    own = json.dumps({"key": "k", "body": "own columns", "id": "no key here", "text": 1})
    with gzip.open(tmp_path / "c.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(own)
    named = [
        ("web", "sub/a.jsonl", "jsonl"),
        ("loose", "b.txt", "plain"),
        ("loose", "blank.txt", "plain"),
        ("own", "c.jsonl.gz", "jsonl"),
    ]
    return [(s, str(tmp_path / p), "/in", p, reader, f"fd {p}") for s, p, reader in named]


def test_a_doc_id_is_half_a_digest_over_source_and_record_key():
    # printf 'web\0a-1' | sha256sum
    expected = hashlib.sha256(b"web\x00a-1").hexdigest()

    assert doc_id("web", "a-1") == expected[:32]
    assert doc_id("web", "é") == hashlib.sha256(b"web\x00\xc3\xa9").hexdigest()[:32]
    assert len({doc_id("a", "bc"), doc_id("ab", "c"), doc_id("a", "b"), doc_id("b", "a")}) == 4


def test_accepted_records_become_raw_documents(dealt, files):
    found = raw_rows(dealt(files, FILE_COLUMNS), SOURCES)

    assert found.columns == contract("raw_documents").column_names
    rows = {row.record_key: row.asDict() for row in found.collect()}
    assert set(rows) == {"a-1", "sub/a.jsonl#1", "5", "b.txt#0", "k"}
    assert rows["a-1"] == {
        "doc_id": sha("web\0a-1")[:32],
        "source": "web",
        "record_key": "a-1",
        "path": "sub/a.jsonl",
        "root": "/in",
        "record_number": 0,
        "file_digest": "fd sub/a.jsonl",
        "content_digest": sha("first"),
        "created": "2001-02-03T00:00:00Z",
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
    found = quarantine_rows(dealt(files, FILE_COLUMNS), SOURCES)

    web = [
        (
            "web",
            "sub/a.jsonl",
            number,
            "fd sub/a.jsonl",
            why,
            len(line) + 1,
            sha(line + b"\n"),
            None,
        )
        for number, why, line in [
            (2, "not_json", LINES[3]),
            (3, "text_blank", LINES[4]),
            (5, "not_utf8", LINES[6]),
            (6, "not_an_object", LINES[7]),
        ]
    ]
    blank = ("loose", "blank.txt", 0, "fd blank.txt", "text_blank", 2, sha(" \n"), None)
    assert found.columns == contract("quarantine").column_names
    assert sorted(map(tuple, found.collect()), key=lambda row: row[:3]) == [blank, *web]


def test_every_record_is_accepted_or_refused(dealt, files):
    frame = dealt(files, FILE_COLUMNS)

    accepted, refused = raw_rows(frame, SOURCES), quarantine_rows(frame, SOURCES)

    numbers = [
        row.record_number
        for part in (accepted, refused)
        for row in part.collect()
        if row.source == "web"
    ]
    assert sorted(numbers) == list(range(7))


def test_a_long_file_loses_no_record_between_batches(dealt, tmp_path):
    lines = [json.dumps({"id": f"k{n}", "text": f"text {n}"}) for n in range(4_501)]
    (tmp_path / "long.jsonl").write_text("\n".join(lines), "utf-8")
    file = [("web", str(tmp_path / "long.jsonl"), "/in", "long.jsonl", "jsonl", "d")]

    found = raw_rows(dealt(file, FILE_COLUMNS), SOURCES).select("record_key", "record_number")

    assert sorted((n, key) for key, n in found.collect()) == [(n, f"k{n}") for n in range(4_501)]


def test_the_digest_of_a_file_covers_its_declaration_and_its_bytes(dealt, tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    (tmp_path / "b").write_bytes(b"")
    names = ("source", "location", "root", "path", "reader", "declaration")
    schema = ", ".join(f"{name} string" for name in names)
    rows = [
        ("web", str(tmp_path / "a"), "/in", "a", "plain", "one"),
        ("own", str(tmp_path / "a"), "/in", "a", "plain", "two"),
        ("web", str(tmp_path / "b"), "/in", "b", "plain", "one"),
    ]

    found = with_digests(dealt(rows, schema))

    assert found.columns == [part.split()[0] for part in FILE_COLUMNS.split(", ")]
    digests = {(row.source, row.path): row.file_digest for row in found.collect()}
    assert digests == {
        ("web", "a"): sha(b"one" + b"x" * 3_000_000),
        ("own", "a"): sha(b"two" + b"x" * 3_000_000),
        ("web", "b"): sha(b"one"),
    }


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


def test_all_records_of_a_key_but_the_first_go_to_quarantine(dealt):
    rows, expected = [], []
    for name, records in RIVALS.items():
        for at, (created, content, path, number) in enumerate(records):
            rows.append((name, "web", path, number, f"fd {path}", sha(content), created, content))
            reason = "repeated_record" if content == records[0][1] else "repeated_key"
            size = len(content.encode())
            if at:
                expected.append(
                    ("web", path, number, f"fd {path}", reason, size, sha(content), name)
                )

    found = losers(dealt(rows, RAW))

    assert found.columns == contract("quarantine").column_names
    assert sorted(map(tuple, found.collect())) == sorted(expected)
