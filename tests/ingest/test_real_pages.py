"""Pages of the web, beside the bare library."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from html_pages import RULES

from corpusmill.ingest.extract import extract_page

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
