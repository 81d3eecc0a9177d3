"""Everything a corpus arrives as: each kind of input, whole and broken, from the command line."""

from __future__ import annotations

import gzip
import json
import os
import random
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from golden_corpus import places

from corpusmill import delivery


@pytest.fixture
def ingest(cli, tmp_path):
    """``ingest(glob)``: exit code and JSON line; the guard lets everything through."""

    def call(*globs, sets=(), folder="mill"):
        inputs = [word for glob in globs for word in ("--input", str(glob))]
        sets = ("runtime.guards.quarantine_share=1.0", *sets)
        where = places(tmp_path / folder)
        return cli("ingest-documents", *where, *inputs, *(f"--set={s}" for s in sets))

    return call


@pytest.fixture
def table(spark, tmp_path):
    def read(name, *columns, folder="mill"):
        rows = spark.read.format("delta").load(f"{tmp_path}/{folder}/warehouse/{name}")
        return sorted(tuple(row) for row in rows.select(*columns).collect())

    return read


def line(key, text="a text of its own"):
    return json.dumps({"id": key, "text": f"{text} {key}"}).encode() + b"\n"


NEIGHBOURS = line("before") + b"%s" + line("after")


def bomb():
    """A gzip member of 10 MB that would become 10 GB: one line, then zeros without end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(line("first")) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * 1_000


def wrong_checksum():
    packed = bytearray(gzip.compress(line("a") + line("b")))
    packed[-8] ^= 0xFF
    return bytes(packed)


def corrupt_parquet():
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": ["a"], "text": ["b"]}), sink)
    return sink.getvalue().to_pybytes()[:-6]


# What lies in a file, the keys that are accepted, and the reasons of what is refused.
FILES = {
    "truncated.jsonl.gz": (
        lambda: gzip.compress(
            b"".join(line(str(n), random.Random(n).randbytes(99).hex()) for n in range(3))
        )[:-40],
        ["0", "1"],
        ["file_damaged"],
    ),
    "checksum.jsonl.gz": (wrong_checksum, ["a", "b"], ["file_damaged"]),
    "members.jsonl.gz": (
        lambda: gzip.compress(line("a")) + gzip.compress(line("b")),
        ["a", "b"],
        [],
    ),
    "garbage.jsonl.gz": (
        lambda: gzip.compress(line("a")) + b"garbage" * 9,
        ["a"],
        ["trailing_garbage"],
    ),
    "bomb.jsonl.gz": (bomb, ["first"], ["expands_too_far"]),
    "line.jsonl": (
        lambda: NEIGHBOURS % (b"x" * 300_000_000 + b"\n"),
        ["after", "before"],
        ["record_too_long"],
    ),
    "string.jsonl": (
        lambda: NEIGHBOURS % line("long", "y" * 20_500_000),
        ["after", "before"],
        ["record_too_long"],
    ),
    "deep.jsonl": (
        lambda: NEIGHBOURS % (b'{"text": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"),
        ["after", "before"],
        ["nested_too_deep"],
    ),
    "utf8.jsonl": (
        lambda: NEIGHBOURS % b'{"id": "bad", "text": "caf\xe9"}\n',
        ["after", "before"],
        ["not_utf8"],
    ),
    "surrogate.jsonl": (
        lambda: NEIGHBOURS % b'{"id": "bad", "text": "a\\ud800b"}\n',
        ["after", "before"],
        ["lone_surrogate"],
    ),
    "nul.jsonl": (
        lambda: (
            NEIGHBOURS % b'{"id": "raw", "text": "a\x00b"}\n{"id": "nul", "text": "a\\u0000b"}\n'
        ),
        ["after", "before", "nul"],
        ["not_json"],
    ),
    "values.jsonl": (
        lambda: (
            NEIGHBOURS % b'{"text": null}\n{"text": 1}\n{"text": ["x"]}\n{"text": ""}\n'
            b'{"text": "x", "text": "y"}\n'
        ),
        ["after", "before"],
        [
            "duplicate_keys",
            "text_blank",
            "text_is_no_string",
            "text_is_no_string",
            "text_missing",
        ],
    ),
    "corrupt.parquet": (corrupt_parquet, [], ["file_damaged"]),
    "empty.jsonl": (lambda: b"", [], []),
}


@pytest.mark.slow
def test_a_folder_of_broken_files_loses_nothing_and_keeps_all_neighbours(ingest, table, tmp_path):
    for name, (data, _, _) in FILES.items():
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data())

    code, told = ingest(tmp_path / "in" / "*", sets=["recipe.sources.corpus.columns.id=key"])

    assert code == 0
    keys = {name: [] for name in FILES}
    for path, metadata in table("raw_documents", "path", "metadata.id"):
        keys[path].append(metadata)
    reasons = {name: [] for name in FILES}
    for path, reason in table("quarantine", "path", "reason"):
        reasons[path].append(reason)
    assert keys == {name: expected for name, (_, expected, _) in FILES.items()}
    assert reasons == {name: expected for name, (_, _, expected) in FILES.items()}
    records = sum(len(keys[name]) + len(reasons[name]) for name in FILES)
    assert told["counts"]["records"] == records


def test_what_a_guard_stops_is_named_by_its_reasons(ingest, table, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(line("a") + b"{\n{}\n{\n")

    code, told = ingest(tmp_path / "a.jsonl", sets=["runtime.guards.quarantine_share=0.05"])

    assert (code, told["status"]) == (3, "stopped")
    assert "3 of 4 records" in told["message"]
    assert "2 not_json, 1 text_missing" in told["message"]


def warc(*records, mime="text/html", status="200 OK"):
    """Responses, each a gzip member, with a request before each."""
    out = b""
    for number, body in enumerate(records):
        http = f"HTTP/1.1 {status}\r\nContent-Type: {mime}; charset=utf-8\r\n\r\n".encode() + body
        for kind, block in (("request", b"GET / HTTP/1.1\r\n\r\n"), ("response", http)):
            head = (
                f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:x:{kind}-{number}>\r\n"
                f"WARC-Target-URI: https://example.org/{number}\r\n"
                "WARC-Date: 2024-02-29T12:30:00Z\r\n"
                f"Content-Type: application/http; msgtype={kind}\r\n"
                f"Content-Length: {len(block)}\r\n\r\n"
            )
            out += gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)
    return out


def page(text, title="A title"):
    paragraphs = "".join(f"<p>{text} Sentence number {n} of this page.</p>" for n in range(8))
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body>'
        f"<nav><a href=/>Home</a></nav><article><h1>{title}</h1>{paragraphs}</article>"
        "</body></html>"
    ).encode()


def test_pages_of_a_crawl_become_documents_with_their_provenance(ingest, table, tmp_path):
    data = warc(page("The first page says this."), page("The second says that."))
    (tmp_path / "crawl.warc.gz").write_bytes(data + b"garbage")
    (tmp_path / "page.html").write_bytes(page("A page of its own."))

    code, told = ingest(tmp_path / "*.*")

    assert code == 0
    assert told["counts"]["records"] == 6
    assert told["counts"]["quarantined"] == {"not_a_page": 2, "trailing_garbage": 1}
    rows = table("raw_documents", "record_key", "record_number", "url", "crawled", "metadata.title")
    crawled = "2024-02-29T12:30:00Z"
    assert rows == [
        ("<urn:x:response-0>", 1, "https://example.org/0", crawled, "A title"),
        ("<urn:x:response-1>", 3, "https://example.org/1", crawled, "A title"),
        ("page.html#0", 0, None, None, "A title"),
    ]
    offsets = [offset for (offset,) in table("raw_documents", "byte_offset")]
    assert all(data[offset : offset + 2] == b"\x1f\x8b" for offset in offsets if offset)
    contents = [content for (content,) in table("raw_documents", "content")]
    assert all("Sentence number 7" in content and "Home" not in content for content in contents)


@pytest.mark.slow
def test_a_large_crawl_file_is_read_in_blocks_with_the_same_rows(ingest, table, tmp_path):
    pages = [page(f"Page {n}. {random.Random(n).randbytes(400).hex()}") for n in range(30)]
    (tmp_path / "crawl.warc.gz").write_bytes(warc(*pages))
    (tmp_path / "lines.jsonl").write_bytes(b"".join(line(f"k{n}") for n in range(2_000)))
    columns = ("doc_id", "record_number", "byte_offset", "content_digest", "file_records")

    for folder, step in (("whole", 64_000_000), ("blocks", 5_000)):
        sets = [f"runtime.block_bytes={step}"]
        assert ingest(tmp_path / "*.*", sets=sets, folder=folder)[0] == 0

    whole = table("raw_documents", *columns, folder="whole")
    assert len(whole) == 2_030
    assert table("raw_documents", *columns, folder="blocks") == whole
    refused = ("path", "record_number", "byte_offset", "reason", "digest")
    assert table("quarantine", *refused, folder="blocks") == table(
        "quarantine", *refused, folder="whole"
    )


@pytest.mark.slow
def test_rows_of_parquet_and_of_lines_are_the_same_documents(ingest, table, tmp_path):
    rows = [{"id": f"k{n}", "text": f"text {n}", "n": n} for n in range(7)]
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "one" / "a.parquet", row_group_size=3)
    lines = [json.dumps(row) + "\n" for row in rows]
    (tmp_path / "two" / "a.jsonl").write_text("".join(lines[4:]))
    (tmp_path / "two" / "b.jsonl").write_text("".join(reversed(lines[:4])))
    columns = ("doc_id", "record_key", "content_digest", "content", "metadata.n")

    codes = [
        ingest(tmp_path / folder / "*", folder=f"mill-{folder}")[0] for folder in ("one", "two")
    ]

    assert codes == [0, 0]
    found = table("raw_documents", *columns, folder="mill-one")
    assert len(found) == 7
    assert table("raw_documents", *columns, folder="mill-two") == found


def test_a_parquet_file_of_another_schema_is_refused_at_the_door(ingest, tmp_path):
    pq.write_table(pa.table({"id": ["a"], "body": ["b"]}), tmp_path / "a.parquet")

    code, told = ingest(tmp_path / "a.parquet")

    assert code == 2
    assert told["message"].startswith("recipe.sources.corpus.columns.text: ")
    assert "it has id, body" in told["message"]


@pytest.mark.slow
def test_a_delta_table_is_read_at_a_version_and_since_one(spark, ingest, table, tmp_path):
    lake = f"{tmp_path}/lake/news"
    schema = "id string, text string, day date"
    rows = [("a", "first", None), ("b", "second", None), ("c", None, None)]
    spark.createDataFrame(rows, schema).repartition(3).write.format("delta").save(lake)
    later = [("d", "fourth", None), ("b", "changed", None)]
    spark.sql(f"DELETE FROM delta.`{lake}` WHERE id = 'b'")
    spark.createDataFrame(later, schema).write.format("delta").mode("append").save(lake)

    inputs = "runtime.inputs=[{glob: %s, version: %d%s}]"
    code, told = ingest(sets=[inputs % (lake, 0, "")])
    first = table("raw_documents", "record_key", "content", "path")
    again, unchanged = ingest(sets=[inputs % (lake, 0, "")])
    newest = ingest(lake)[1]
    second = table("raw_documents", "record_key", "content")
    _, since = ingest(sets=[inputs % (lake, 2, ", since: 0")], folder="since")
    ingest(sets=[inputs % (lake, 0, "")], folder="both")
    _, both = ingest(sets=[inputs % (lake, 2, ", since: 0")], folder="both")

    assert (code, told["counts"]["quarantined"]) == (0, {"text_missing": 1})
    assert first == [("a", "first", "news"), ("b", "second", "news")]
    assert (again, unchanged["status"]) == (0, "unchanged")
    assert newest["counts"]["records"] == 4
    assert second == [("a", "first"), ("b", "changed"), ("d", "fourth")]
    assert since["counts"]["records"] == 2
    assert table("raw_documents", "record_key", folder="since") == [("b",), ("d",)]
    assert both["counts"]["records"] == 2
    kept = [row[:2] for row in table("raw_documents", "record_key", "path", folder="both")]
    assert [key for key, _ in kept] == ["a", "b", "d"]
    assert (kept[0][1], kept[2][1]) == ("news", "news@0..2")
    lost = table("quarantine", "path", "reason", folder="both")
    assert sorted(reason for _, reason in lost) == ["repeated_key", "text_missing"]


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ("glob: {lake}, version: 9", "version 9 cannot be read"),
        ("glob: {lake}, since: 9", "version 9 cannot be read"),
        ("table: no.such.table", "no.such.table"),
        ("glob: {lake}/nothing", "it matches no file"),
    ],
)
def test_a_table_that_is_not_there_is_refused(spark, ingest, tmp_path, entry, part):
    lake = f"{tmp_path}/lake/t"
    spark.createDataFrame([("a", "x")], "id string, text string").write.format("delta").save(lake)

    code, told = ingest(sets=[f"runtime.inputs=[{{{entry.format(lake=lake)}}}]"])

    assert code == 2
    assert part in told["message"]


def test_a_table_without_ids_is_refused_naming_the_key(spark, ingest, tmp_path):
    lake = f"{tmp_path}/lake/t"
    spark.createDataFrame([("a", "x")], "key string, text string").write.format("delta").save(lake)

    code, told = ingest(lake)

    assert code == 2
    assert told["message"].startswith("recipe.sources.corpus.columns.id: ")


def test_a_file_cut_short_while_it_is_read_is_refused_and_nothing_of_it_is_written(
    ingest, table, tmp_path, monkeypatch
):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(line(f"k{n}") for n in range(1_000)))
    read = delivery.raw_rows

    def cut_first(*arguments):
        os.truncate(path, 5_000)
        return read(*arguments)

    monkeypatch.setattr(delivery, "raw_rows", cut_first)

    code, told = ingest(path)

    assert code == 2
    assert "a.jsonl" in told["message"]
    assert "changed while it was read" in told["message"]
    assert table("raw_documents", "doc_id") == []


@pytest.mark.slow
def test_a_file_that_grows_between_two_commits_is_read_again_when_it_is_whole(
    ingest, table, tmp_path, monkeypatch
):
    path = tmp_path / "a.jsonl"
    path.write_bytes(line("one") + b"{\n")
    read = delivery.quarantine_rows

    def grow_first(*arguments):
        with path.open("ab") as file:
            file.write(line("two"))
        return read(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "quarantine_rows", grow_first)
        grown, told = ingest(path)

    code, again = ingest(path)

    assert (grown, code) == (3, 0)
    assert "changed while it was read" in told["message"]
    assert again["counts"]["records"] == 3
    assert table("raw_documents", "record_key") == [("one",), ("two",)]
    assert table("quarantine", "record_number", "reason") == [(1, "not_json")]


@pytest.mark.slow
def test_splitting_a_document_keeps_its_records_equation(ingest, table, tmp_path):
    text = "A paragraph of some words.\n\n" * 200
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "k", "text": text}) + "\n{\n")

    code, told = ingest(tmp_path / "a.jsonl", sets=["recipe.ingest.characters=1000"])

    assert (code, told["counts"]["records"], told["counts"]["accepted"]) == (0, 2, 1)
    rows = table("raw_documents", "part", "content")
    assert [part for part, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 4
    assert "".join(content for _, content in rows) == text
