"""Pages of the web, beside the bare library."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from html_pages import RULES
from warcio.archiveiterator import ArchiveIterator

from corpusmill.ingest import warc
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.extract import extract_page
from corpusmill.ingest.records import Reading, Record, Refusal
from corpusmill.ingest.rules import IngestRules

WEB = Path(__file__).parents[3] / "shared" / "data" / "web-mini"


def rows(name):
    path = WEB / name
    if not path.exists():
        pytest.skip(f"needs {name} of the shared data")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def f1(found, truth):
    a, b = (Counter(re.findall(r"\w+", text.lower())) for text in (found, truth))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def share(rows, texts, field):
    """How many of the phrases of a field stand in the texts of their pages."""
    found = [
        " ".join(phrase.split()) in " ".join(text.split())
        for row, text in zip(rows, texts, strict=True)
        for phrase in row[field]
    ]
    return sum(found) / len(found)


@pytest.mark.slow
def test_real_pages_are_as_the_bare_library_has_them():
    """The one page that differs holds a joiner within an emoji, which the library deletes."""
    from trafilatura import extract

    articles, marked = rows("readability-pages.jsonl.gz"), rows("trafilatura-pages.jsonl.gz")

    def texts(pages):
        return [extract_page(row["html"].encode(), None, row["url"], RULES).text for row in pages]

    ours = [texts(articles), texts(marked)]
    bares = [
        [extract(row["html"], include_comments=False) or "" for row in pages]
        for pages in (articles, marked)
    ]

    for mine, plain in zip(ours, bares, strict=True):
        assert [text.replace("\u200d", "") for text in mine] == plain
    scores = [
        sum(f1(t, row["main_text"]) for t, row in zip(found, articles, strict=True))
        for found in (ours[0], bares[0])
    ]
    assert scores[0] >= scores[1] > 0.94 * len(articles)
    assert share(marked, ours[1], "must_have") >= share(marked, bares[1], "must_have") > 0.94
    assert share(marked, ours[1], "must_not_have") <= share(marked, bares[1], "must_not_have") < 0.1


@pytest.mark.slow
def test_a_real_page_reads_alike_in_any_order_and_in_a_fresh_state():
    from trafilatura.meta import reset_caches

    pages = [
        (row["html"].encode(), row["url"])
        for name in ("readability-pages.jsonl.gz", "trafilatura-pages.jsonl.gz")
        for row in rows(name)
    ]

    def fresh(data, url):
        reset_caches()
        return extract_page(data, None, url, RULES)

    forth = [extract_page(data, None, url, RULES) for data, url in pages]
    back = [extract_page(data, None, url, RULES) for data, url in reversed(pages)]

    assert forth == back[::-1]
    assert forth == [fresh(data, url) for data, url in pages]


CRAWLS = {
    "example.warc.gz": 822,
    "example.txt.warc.gz": 6,
    "issue-514.warc": 8,
    "trafilatura-pages-part.warc.gz": 60,
}


@pytest.mark.slow
@pytest.mark.parametrize("step", [10_000, 1 << 40])
@pytest.mark.parametrize(("name", "count"), CRAWLS.items())
def test_every_record_of_a_real_crawl_is_accounted_for(name, count, step):
    """Counted beside the library, which reads these files to their ends."""
    path = WEB / "warc" / name
    if not path.exists():
        pytest.skip(f"needs {name} of the shared data")
    with path.open("rb") as file:
        kinds = Counter(record.rec_type for record in ArchiveIterator(file))

    found = []
    for planned in warc.plan(path, 0, None, step, IngestRules()):
        block = Block(planned.start, planned.end, len(found), planned.records)
        found += warc.read(path, block, Reading(), None)

    refused = Counter(entry.reason for entry in found if isinstance(entry, Refusal))
    accepted = sum(isinstance(entry, Record) for entry in found)
    assert [entry.number for entry in found] == list(range(count))
    assert kinds.total() == count == accepted + refused.total()
    assert refused["not_a_page"] == count - kinds["response"] - kinds["resource"]
    assert not refused.keys() & {"not_a_warc_record", "record_cut_short", "file_damaged"}
