"""Main texts of pages, their bounds, and what the library is kept from."""

from __future__ import annotations

import logging
import re
import socket
import subprocess
import sys
from contextlib import suppress

import pytest
from html_pages import RULES, article, page

from corpusmill.ingest import extract as module
from corpusmill.ingest import page_bounds
from corpusmill.ingest.extract import ExtractRules, Page, Unextractable, extract_page


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


WRONG = [
    ({"max_bytes": 0}, "max_bytes must lie between 1 and 9999999"),
    ({"max_bytes": 10_000_000}, "max_bytes must lie between 1 and 9999999"),
    ({"max_nodes": 0}, "max_nodes must lie between 1 and 1000000"),
    ({"max_nodes": 1_000_001}, "max_nodes must lie between 1 and 1000000"),
    ({"focus": "sharp"}, "focus sharp: allowed are balanced, precision, recall"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_a_rule_out_of_bounds_is_refused_by_name_with_what_is_allowed(wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ExtractRules(**wrong)


def bare(data, **options):
    """What the library alone makes of a page in UTF-8."""
    from trafilatura import extract

    return extract(data.decode(), **{"include_comments": False, **options})


# One sentence a language; enough of them make an article.
SENTENCES = {
    "en": "The ferry leaves every hour, even when the wind blows hard from the north.",
    "de": "Die Fähre fährt jede Stunde, auch wenn der Wind kräftig aus Norden bläst.",
    "fr": "Le bac part toutes les heures, même quand le vent souffle très fort du nord.",
    "pl": "Prom odpływa co godzinę, nawet gdy z północy wieje bardzo silny wiatr.",
    "tr": "Vapur her saat başı kalkıyor, kuzeyden sert rüzgâr estiğinde bile.",
    "ru": "Паром отходит каждый час, даже когда с севера дует сильный ветер.",
    "el": "Το πλοίο φεύγει κάθε ώρα, ακόμα κι όταν φυσάει δυνατός βοριάς.",
    "ar": "تغادر العبارة كل ساعة، حتى عندما تهب الريح بقوة من الشمال.",
    "he": "המעבורת יוצאת בכל שעה, גם כאשר רוח חזקה נושבת מצפון.",
    "th": "เรือข้ามฟากออกทุกชั่วโมง แม้ในวันที่ลมเหนือพัดแรงมาก",
    "ja": "渡し船は毎時間出ます。北風が強く吹く日でも休むことはありません。",
    "zh": "渡船每小时开一班，即使北风刮得很大，也从不停航。",
    "ko": "배는 매시간 떠나며, 북쪽에서 바람이 세게 불어도 쉬지 않습니다.",
}


def whole_page(language):
    """A page as sites have them, its parts in plain sight."""
    sentence = SENTENCES[language]
    text = "".join(f"<p>{sentence} {sentence} ({n})</p>" for n in range(6))
    table = "<table><tr><th>Pier</th><th>Minute</th></tr><tr><td>A1</td><td>17</td></tr></table>"
    return page(
        "<header><nav><ul><li><a href='/'>Home</a></li><li><a href='/x'>Shop</a></li></ul></nav>"
        f"</header><main><article><h1>{sentence}</h1>{text}{table}<ul><li>{sentence}</li></ul>"
        "</article><div id='comments' class='comments'><p>A reader has something to say.</p></div>"
        "</main><aside><a href='/ad'>Buy now</a></aside><footer><p>All rights reserved</p></footer>"
        "<script>var tracked = true;</script>",
        f"<meta charset='utf-8'><title>{sentence}</title>",
        f" lang='{language}'",
    )


@pytest.mark.parametrize("language", SENTENCES)
def test_an_article_in_any_script_is_what_the_library_finds_and_nothing_around_it(language):
    data, sentence = whole_page(language), SENTENCES[language]

    found = extract_page(data, "utf-8", None, RULES)

    assert found == Page(bare(data), sentence, language, None, None)
    assert all(f"{sentence} {sentence} ({n})" in found.text for n in range(6))
    assert "A1" in found.text
    for outside in ("Home", "Shop", "Buy now", "rights", "tracked", "reader"):
        assert outside not in found.text


@pytest.mark.parametrize(
    ("rules", "options"),
    [
        ({}, {}),
        ({"tables": False}, {"include_tables": False}),
        ({"comments": True}, {"include_comments": True}),
        ({"focus": "precision"}, {"favor_precision": True}),
        ({"focus": "recall"}, {"favor_recall": True}),
    ],
)
def test_each_rule_is_an_option_of_the_library(rules, options):
    data = whole_page("en")

    found = extract_page(data, None, None, ExtractRules(**rules))

    assert found.text == bare(data, **options)
    assert ("A1" in found.text) is rules.get("tables", True)
    assert ("reader" in found.text) is rules.get("comments", False)


def test_a_large_page_is_extracted_without_comparison(monkeypatch):
    """By a bound on its tags, not by the time that the comparison takes."""
    loose = "".join(f"<div>Loose words that stand in a block, number {n}.</div>" for n in range(9))
    data = page(article(count=1) + f"<div>{loose}</div>")
    tags = data.count(b"<")
    fast, compared = bare(data, fast=True), bare(data)
    assert fast != compared

    monkeypatch.setattr(module, "COMPARED", tags)
    assert extract_page(data, None, None, RULES).text == compared
    monkeypatch.setattr(module, "COMPARED", tags - 1)
    assert extract_page(data, None, None, RULES).text == fast


def test_bounds_are_kept_to_the_byte_and_to_the_tag():
    data = page(article())
    tags = data.count(b"<")

    fits = extract_page(data, None, None, ExtractRules(len(data), tags))

    assert fits.text
    for rules in (ExtractRules(len(data) - 1, tags), ExtractRules(len(data), tags - 1)):
        with pytest.raises(Unextractable, match=r"^html_too_(large|many_nodes)$"):
            extract_page(data, None, None, rules)


def test_elements_may_be_open_as_deep_as_the_bound_and_no_deeper():
    def nested(depth):
        return page("<div>" * (depth - 4) + article() + "</div>" * (depth - 4))

    assert extract_page(nested(page_bounds.DEPTH), None, None, RULES).text
    with pytest.raises(Unextractable, match=r"^html_too_complex$"):
        extract_page(nested(page_bounds.DEPTH + 1), None, None, RULES)


FAULTS = [ValueError, RecursionError, KeyError, AssertionError, UnicodeError]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_library_ends_as_a_reason_without_the_page(monkeypatch, fault):
    def fail(*_arguments, **_options):
        raise fault("secret words of the page")

    broken = module._Library(fail, fail, fail, ())
    monkeypatch.setattr(module, "_library", lambda: broken)

    with pytest.raises(Unextractable) as caught:
        extract_page(page(article()), None, None, RULES)

    assert str(caught.value) == "extraction_failed"
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_worker_without_memory_says_nothing_of_the_page(monkeypatch):
    """Its task fails, and is done again elsewhere; a reason in quarantine would stay."""

    def fail(*_arguments, **_options):
        raise MemoryError

    monkeypatch.setattr(module, "_library", lambda: module._Library(fail, fail, fail, ()))

    with pytest.raises(MemoryError):
        extract_page(page(article()), None, None, RULES)


def test_nothing_is_fetched(monkeypatch):
    def no_network(*_arguments, **_options):
        raise AssertionError("the network was called")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    head = "<base href='http://example.org/'><link rel=canonical href='http://example.org/a'>"
    data = page(article() + "<iframe src='http://example.org/b'></iframe>", head)

    assert extract_page(data, None, "http://example.org/", RULES).text == bare(data)


def test_no_record_is_logged_and_the_root_logger_is_left_alone(caplog):
    root = logging.getLogger()
    caplog.set_level(logging.DEBUG)
    before = (root.level, list(root.handlers), list(root.filters), logging.root.manager.disable)

    for body in (article(), "", "<div><p>x", "<table><td colspan=x>y", "<p>" + "&#0;" * 50):
        with suppress(Unextractable):
            extract_page(page(body), None, None, RULES)

    assert caplog.records == []
    now = (root.level, list(root.handlers), list(root.filters), logging.root.manager.disable)
    assert now == before


def test_the_library_is_imported_when_a_page_is_extracted_and_no_sooner():
    code = (
        "import sys; import corpusmill.ingest.extract as e; "
        "print('trafilatura' in sys.modules, 'charset_normalizer' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False False\n"


def test_a_page_is_decoded_as_its_server_says():
    data = page(article("Größe zählt: 5 €"), attributes="").decode().encode("cp1252")

    assert "Größe zählt: 5 €" in extract_page(data, "iso-8859-1", None, RULES).text


@pytest.mark.heavy
def test_what_the_library_remembers_of_pages_is_bounded(monkeypatch):
    from trafilatura.utils import line_processing

    pages = [page(article(f"Sentence {n} of a page.")) for n in range(40)]
    monkeypatch.setattr(module, "REMEMBERED", 3 * len(pages[-1]))
    held = []
    for data in pages:
        extract_page(data, None, None, RULES)
        held.append(line_processing.cache_info().currsize)

    assert 8 <= max(held) <= 3 * held[0]
    assert held[0] > 0


def test_a_page_reads_alike_whatever_was_read_before():
    pages = [page(article(f"Sentence {n} of a page that repeats itself.")) for n in range(6)] * 2

    forth = [extract_page(data, None, None, RULES) for data in pages]
    back = [extract_page(data, None, None, RULES) for data in reversed(pages)]

    assert forth == back[::-1]
    assert len({found.text for found in forth}) == 6


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
