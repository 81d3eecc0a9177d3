"""HTML files: one page, one record."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from corpusmill.ingest import html, plain
from corpusmill.ingest.records import Reading, Refusal

SENTENCES = "".join(
    f"<p>Sentence number {n} of a page that has some of them.</p>" for n in range(8)
)
PAGE = (
    '<!doctype html><html lang="en"><head><title>A title</title>'
    '<meta property="article:published_time" content="2024-02-29"></head>'
    f"<body><nav><a href=/>Home</a></nav><article>{SENTENCES}</article></body></html>"
).encode()


@pytest.fixture
def read(tmp_path):
    """Write bytes under a name and read them as one page."""

    def read(data, name="page.html"):
        (tmp_path / name).write_bytes(data)
        how = Reading()
        [block] = plain.plan(tmp_path / name, 0, None, 1, how.rules)
        return list(html.read(tmp_path / name, block, how, None))

    return read


@pytest.mark.parametrize(("name", "pack"), [("page.html", bytes), ("page.htm.gz", gzip.compress)])
def test_a_page_is_its_main_text_and_what_it_states(read, name, pack):
    [found] = read(pack(PAGE), name)

    assert "Sentence number 7" in found.content
    assert "Home" not in found.content
    assert (found.number, found.offset, found.created) == (0, 0, "2024-02-29T00:00:00Z")
    assert found.metadata == {"language": "en", "title": "A title"}


def test_a_page_without_text_is_refused_by_its_length_and_digest(read):
    data = b"<html><body></body></html>"

    expected = Refusal(0, "no_main_text", len(data), hashlib.sha256(data).hexdigest(), 0)
    assert read(data) == [expected]


def test_an_empty_file_has_no_record(read):
    assert read(b"") == []
