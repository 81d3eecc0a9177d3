"""WARC and WET records as documents, with bodies as servers really send them."""

from __future__ import annotations

import gzip
import random
import zlib
from pathlib import Path

import pytest

from corpusmill.ingest import warc
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.records import Reading, Record
from corpusmill.ingest.rules import IngestRules

PAGE = (
    "<!doctype html><html lang='de'><head><title>Ein Titel</title></head><body>"
    "<nav><a href='/'>Start</a></nav><article><h1>Ein Titel</h1>"
    + "".join(f"<p>Über diesen Satz, Nummer {n}, ist nicht viel zu sagen.</p>" for n in range(9))
    + "</article></body></html>"
)


def record(block, kind="response", head="", content_type="application/http; msgtype=response"):
    """A record whose block is given; ``head`` are further header lines."""
    return (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        "WARC-Target-URI: http://example.org/a\r\nWARC-Date: 2024-02-29T12:30:00.123456789Z\r\n"
        f"Content-Type: {content_type}\r\n{head}Content-Length: {len(block)}\r\n\r\n"
    ).encode() + (block + b"\r\n\r\n")


def response(body, *headers, status="200 OK", mime="text/html; charset=utf-8"):
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {mime}"] if mime else []), *headers]
    return record("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body)


def chunked(data, size=100):
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


@pytest.fixture
def read(tmp_path):
    """Write bytes as a file and read its records, planned in one block."""

    def read(data, name="f.warc", **rules):
        (tmp_path / name).write_bytes(data)
        how = Reading(rules=IngestRules(**rules))
        [block] = warc.plan(tmp_path / name, 0, None, 1 << 30, how.rules)
        found = list(warc.read(tmp_path / name, block, how, None))
        assert len(found) == block.records
        return found

    return read


def test_a_page_is_its_main_text_and_all_that_is_known_of_it(read):
    [found] = read(response(PAGE.encode()))

    assert "Über diesen Satz, Nummer 8, ist" in found.content
    assert "Start" not in found.content
    assert (found.key, found.url) == ("<urn:uuid:1>", "http://example.org/a")
    assert (found.crawled, found.offset) == ("2024-02-29T12:30:00Z", 0)
    assert found.metadata == {"language": "de", "title": "Ein Titel"}


UTF8 = PAGE.encode()
BODIES = {
    "chunked": response(chunked(UTF8), "Transfer-Encoding: chunked"),
    "said to be chunked": response(UTF8, "Transfer-Encoding: chunked"),
    "gzip": response(gzip.compress(UTF8), "Content-Encoding: gzip"),
    "x-gzip": response(gzip.compress(UTF8), "Content-Encoding: x-gzip"),
    "said to be gzip": response(UTF8, "Content-Encoding: gzip"),
    "deflate": response(zlib.compress(UTF8), "Content-Encoding: deflate"),
    "bare deflate": response(zlib.compress(UTF8)[2:-4], "Content-Encoding: deflate"),
    "chunked gzip": response(
        chunked(gzip.compress(UTF8)), "Content-Encoding: gzip", "Transfer-Encoding: chunked"
    ),
    "another charset": response(PAGE.encode("latin-1"), mime="text/html; charset=ISO-8859-1"),
    "no media type": response(UTF8, mime=None),
    "a resource": record(UTF8, "resource", content_type="text/html; charset=utf-8"),
}


@pytest.mark.parametrize("data", BODIES.values(), ids=BODIES)
def test_a_body_is_decoded_however_it_was_sent(read, data):
    [expected] = read(response(UTF8))

    [found] = read(data)

    assert found.content == expected.content


REFUSED = {
    "a request": (record(b"GET / HTTP/1.1\r\n\r\n", "request"), "not_a_page"),
    "metadata": (record(b"a: b", "metadata", content_type="application/warc-fields"), "not_a_page"),
    "a revisit": (record(b"HTTP/1.1 200 OK\r\n\r\n", "revisit"), "not_a_page"),
    "not found": (response(UTF8, status="404 Not Found"), "status_not_ok"),
    "moved": (response(b"", status="301 Moved"), "status_not_ok"),
    "an image": (response(b"\x89PNG", mime="image/png"), "media_type_not_read"),
    "no media type, no HTML": (response(b"\x89PNG", mime=None), "media_type_not_read"),
    "a name": (record(b"20240229\nexample.org", content_type="text/dns"), "media_type_not_read"),
    "Brotli": (response(b"\x0b\x02\x80", "Content-Encoding: br"), "encoding_not_read"),
    "a bomb": (
        response(gzip.compress(bytes(1 << 24)), "Content-Encoding: gzip"),
        "record_too_long",
    ),
    "blank text": (response(b" \n", mime="text/plain"), "text_blank"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_page_with_text_is_refused_and_its_neighbours_are_kept(read, data, reason):
    found = read(response(UTF8) + data + response(UTF8), record_bytes=1 << 20)

    assert isinstance(found[0], Record)
    assert (found[1].reason, found[1].offset) == (reason, len(response(UTF8)))
    assert found[1].length == len(data) - 4
    assert isinstance(found[2], Record)


def test_plain_text_is_taken_as_it_is(read):
    [found] = read(response("größer\n".encode("latin-1"), mime="text/plain; charset=latin-1"))

    assert found.content == "größer\n"


def test_a_conversion_is_its_text(read):
    head = "WARC-Identified-Content-Language: deu\r\n"
    wet = record("Ein Text.\nÜber zwei Zeilen.".encode(), "conversion", head, "text/plain")

    found = read(gzip.compress(wet) + gzip.compress(record(b"\xff", "conversion")), "f.wet.gz")

    assert (found[0].content, found[0].metadata) == (
        "Ein Text.\nÜber zwei Zeilen.",
        {"language": "deu"},
    )
    assert found[1].reason == "not_utf8"


@pytest.mark.parametrize("name", ["f.warc", "f.warc.gz"])
@pytest.mark.parametrize("step", [1, 500, 4_000, 1 << 20])
def test_a_file_has_the_same_records_however_it_is_cut(read, tmp_path, name, step):
    chance = random.Random(step)
    pieces = []
    for number in range(12):
        body = f"Text {number}: {chance.randbytes(chance.randrange(900)).hex()}".encode()
        pieces.append(record(body, chance.choice(["conversion", "request"]), "", "text/plain"))
    pieces[5] = pieces[5].replace(b"Content-Length", b"Content-Longth")
    packed = (lambda data: gzip.compress(data, mtime=0)) if name.endswith("gz") else bytes
    expected = read(b"".join(map(packed, pieces)), name)

    found, first = [], 0
    for planned in warc.plan(tmp_path / name, 0, None, step, IngestRules()):
        block = Block(planned.start, planned.end, first, planned.records)
        found += warc.read(tmp_path / name, block, Reading(), None)
        first += planned.records

    assert found == expected
    assert [entry.number for entry in found] == list(range(12))


def test_only_wanted_records_are_read(read, tmp_path):
    wet = [record(f"Text {n}".encode(), "conversion", "", "text/plain") for n in range(5)]
    everything = read(b"".join(wet))

    found = warc.read(Path(tmp_path / "f.warc"), Block(0, None, 0, 5), Reading(), {1, 3})

    assert list(found) == [everything[1], everything[3]]
