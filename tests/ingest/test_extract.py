"""Main texts of pages, what pages state, and pages that are made to cost time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from corpusmill.ingest.extract import ExtractRules, Unextractable, extract_page

WEB = Path(__file__).parents[3] / "shared" / "data" / "web-mini"
RULES = ExtractRules()


def page(body, head="", attributes=' lang="en"'):
    return (
        f"<!doctype html><html{attributes}><head>{head}</head><body>{body}</body></html>".encode()
    )


def article(text="This is a sentence about something, as articles have them.", count=8):
    return "<article>" + "".join(f"<p>{text} {n}</p>" for n in range(count)) + "</article>"


def test_the_main_text_is_taken_and_what_stands_around_it_is_not():
    menu = "<nav><ul><li><a href=/a>Start</a></li><li><a href=/b>Contact</a></li></ul></nav>"
    foot = "<footer><p>Copyright by somebody, all rights reserved.</p></footer>"

    found = extract_page(page(menu + article() + foot), None, None, RULES)

    lines = found.text.split("\n")
    assert lines == [
        f"This is a sentence about something, as articles have them. {n}" for n in range(8)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم این کتاب‌ها را بخوانم و دربارهٔ آن‌ها بنویسم.",
        "यह एक सामान्य हिन्दी वाक्य है, जिसमें क्‍ष और श्री हैं।",
        "Ein Satz mit Umlauten: äöüß, und „Anführungszeichen“.",
        "这是一个普通的中文句子，后面还有一个句子。",
        "👩‍👩‍👧 families and 🏳️‍🌈 flags are one character each.",
    ],
)
def test_no_character_of_a_text_is_lost(text):
    assert text in extract_page(page(article(text)), None, None, RULES).text


def test_what_a_page_states_is_told():
    head = (
        "<title>Site | A title</title><meta property='og:title' content='A  title'>"
        "<meta property='article:published_time' content='2024-02-29T12:30:00+02:00'>"
        "<link rel='license' href='/by/4.0'>"
    )

    found = extract_page(
        page(article(), head, " lang='pt-BR'"), None, "https://example.org/x/", RULES
    )

    assert (found.title, found.language) == ("A title", "pt-br")
    assert found.published == "2024-02-29T10:30:00Z"
    assert found.licence == "https://example.org/by/4.0"


def test_what_a_page_does_not_state_is_not_made_up():
    found = extract_page(
        page("<p>Posted on 29 February 2024</p>" + article(), attributes=""), None, None, RULES
    )

    assert (found.title, found.language, found.published, found.licence) == (None,) * 4


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ("<meta itemprop=datePublished content=2024-02-29>", "2024-02-29T00:00:00Z"),
        ("<meta name=date content='last spring'>", None),
        ("<meta name=date content='03/04/2024'>", None),
        ("<meta name=date content='1970-01-01'>", None),
        ("<meta name=date content='2024-13-01'>", None),
        (
            '<script type="application/ld+json">{"datePublished": "2024-02-29T01:00:00Z"}</script>',
            "2024-02-29T01:00:00Z",
        ),
    ],
)
def test_a_date_is_read_where_it_can_mean_one_day_only(head, published):
    assert extract_page(page(article(), head), None, None, RULES).published == published


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no_main_text"),
        (page(""), "no_main_text"),
        (b"<" * 60_000, "html_too_many_nodes"),
        (page(article()) + b" " * RULES.max_bytes, "html_too_large"),
        (bytes(range(256)) * 50, "charset_unknown"),
        (page("<div>" * 200 + article() + "</div>" * 200), "html_too_complex"),
    ],
)
def test_a_page_without_text_for_us_says_why(data, reason):
    with pytest.raises(Unextractable) as caught:
        extract_page(data, None, None, RULES)

    assert str(caught.value) == reason


def test_rules_are_checked_by_name():
    for wrong in ({"max_bytes": 0}, {"max_nodes": 0}, {"focus": "sharp"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ExtractRules(**wrong)


def test_a_page_reads_alike_whatever_was_read_before():
    pages = [page(article(f"Sentence {n} of a page that repeats itself.")) for n in range(6)] * 2

    forth = [extract_page(data, None, None, RULES) for data in pages]
    back = [extract_page(data, None, None, RULES) for data in reversed(pages)]

    assert forth == back[::-1]
    assert len({found.text for found in forth}) == 6


HARD = {
    "nested": "<div>" * 48_000 + "text" + "</div>" * 100,
    "unclosed": "<p>" * 48_000 + "text",
    "paragraphs": "<p>a</p>" * 24_000,
    "table": "<table>" + "<tr><td>a<td>b" * 16_000 + "</table>",
    "wide": "<table><tr>" + "<td colspan=999>x" * 40_000 + "</table>",
    "inline": "<p>" + "<b>a</b>" * 24_000,
    "attributes": "<p " + " ".join(f"a{n}=x" for n in range(200_000)) + ">text",
    "attribute": f"<p title='{'x' * 3_000_000}'>text",
    "script": f"<script>{'var a = [1]; ' * 200_000}</script>" + article(),
    "json": '<script type="application/ld+json">' + "[" * 900_000 + "</script>" + article(),
    "links": "<a href=x>word</a> " * 24_000,
    "lists": "<ul><li>" * 24_000,
    "entities": "&amp;" * 800_000,
}

COST = """
import resource, sys
from corpusmill.ingest.extract import ExtractRules, Unextractable, extract_page

resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
try:
    extract_page(sys.stdin.buffer.read(), None, None, ExtractRules())
except Unextractable as error:
    print(error, file=sys.stderr)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_no_page_within_the_bounds_costs_a_minute_or_a_gigabyte(name):
    command = [sys.executable, "-c", COST]

    done = subprocess.run(command, input=page(HARD[name]), capture_output=True, check=True)

    assert int(done.stdout) < 1_000_000


@pytest.mark.heavy
def test_nothing_of_a_page_is_said_anywhere():
    """What the library logs of a page would hold its text."""
    canary = "canary-7f3a"
    body = page(f"<p>{canary}</p><table><tr><td colspan='{canary}'>{canary}" + article())
    code = (
        "import sys, logging; logging.basicConfig(level=logging.DEBUG);"
        "from corpusmill.ingest.extract import *;"
        "extract_page(sys.stdin.buffer.read(), None, None, ExtractRules())"
    )

    done = subprocess.run([sys.executable, "-c", code], input=body, capture_output=True, check=True)

    assert canary.encode() not in done.stdout + done.stderr


def rows(name):
    path = WEB / name
    if not path.exists():
        pytest.skip(f"needs {name} of the shared data")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.slow
def test_real_pages_give_what_the_library_gives_in_any_order():
    from trafilatura import extract

    pages = rows("readability-pages.jsonl.gz")[:40]
    texts = [extract_page(row["html"].encode(), None, row["url"], RULES).text for row in pages]
    again = [
        extract_page(row["html"].encode(), None, row["url"], RULES).text for row in reversed(pages)
    ]

    bare = [extract(row["html"], include_comments=False) or "" for row in pages]
    assert texts == again[::-1]
    words = [(set(one.split()), set(other.split())) for one, other in zip(texts, bare, strict=True)]
    alike = [len(a & b) / max(1, len(a | b)) for a, b in words]
    assert sum(share > 0.99 for share in alike) >= 38
