"""What pages state of themselves: dates, languages, licences, titles."""

from __future__ import annotations

import pytest
from html_pages import RULES, article, page

from corpusmill.ingest import page_statements
from corpusmill.ingest.extract import extract_page

DATES = [
    ("2024-02-29", "2024-02-29T00:00:00Z"),
    ("2024/02/29", "2024-02-29T00:00:00Z"),
    ("2024.02.29", "2024-02-29T00:00:00Z"),
    ("20240229", "2024-02-29T00:00:00Z"),
    ("2024-02-29 12:30", "2024-02-29T12:30:00Z"),
    ("2024-02-29T12:30:15.123456789Z", "2024-02-29T12:30:15Z"),
    ("2024-02-29T23:30:00-0130", "2024-03-01T01:00:00Z"),
    ("2024-02-29T00:30:00+01:00", "2024-02-28T23:30:00Z"),
    ("20240229T123000Z", "2024-02-29T12:30:00Z"),
    ("Thu, 29 Feb 2024 12:30:00 +0200", "2024-02-29T10:30:00Z"),
    ("Thu, 29 Feb 2024 12:30:00 GMT", "2024-02-29T12:30:00Z"),
    ("2199-12-31", "2199-12-31T00:00:00Z"),  # no clock says that this is too late
    ("1888-08-08", "1888-08-08T00:00:00Z"),
    ("2023-02-29", None),
    ("2024-02-29T25:00", "2024-03-01T01:00:00Z"),
    ("2024-2-9", None),
    ("29.02.2024", None),
    ("February 29, 2024", None),
    ("2024", None),
    ("0000-01-01", None),
    ("0001-01-01T00:00:00+05:00", None),
    ("9999-12-31T23:00:00-05:00", None),
    ("1970-01-01T00:00:00Z", None),
    ("Thu, 99 Feb 2024 12:30:00 GMT", None),
]


@pytest.mark.parametrize(("stated", "published"), DATES, ids=[d[0] for d in DATES])
def test_a_date_is_told_in_utc_or_not_at_all(stated, published):
    head = f"<meta property='article:published_time' content='{stated}'>"

    assert extract_page(page(article(), head), None, None, RULES).published == published


def test_of_several_dates_the_surest_that_can_be_read_is_told():
    json_ld = '<script type="application/ld+json">{"datePublished": "2024-02-02"}</script>'
    plain = "<meta name=date content=2024-03-03>"
    sure = "<meta property='og:published_time' content='%s'>"
    time = "<time class='entry-date published' datetime=2024-04-04>April</time>"

    def told(*parts):
        return extract_page(page(article(), "".join(parts)), None, None, RULES).published[:10]

    assert told(plain, json_ld, sure % "2024-01-01") == "2024-01-01"
    assert told(plain, json_ld, sure % "yesterday") == "2024-02-02"
    assert told(plain) == "2024-03-03"
    found = extract_page(page(time + article()), None, None, RULES)
    assert found.published == "2024-04-04T00:00:00Z"
    assert (
        extract_page(page("<time datetime=2024-04-04>" + article()), None, None, RULES).published
        is None
    )


@pytest.mark.parametrize(
    ("attributes", "head", "language"),
    [
        (" lang=DE", "", "de"),
        (" lang='pt_BR'", "", "pt-br"),
        (" xml:lang='zh-Hant-TW'", "", "zh-hant-tw"),
        (" lang=''", "<meta http-equiv=Content-Language content='fr, en'>", "fr"),
        (" lang='en; charset=utf-8'", "", "en"),
        (" lang='{{ page.lang }}'", "", None),
        (" lang='deutsch'", "", None),
        (f" lang='en{'-abcdefgh' * 9}'", "", None),
        ("", "", None),
    ],
)
def test_a_language_is_told_as_stated_in_lower_case(attributes, head, language):
    assert extract_page(page(article(), head, attributes), None, None, RULES).language == language


BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("body", "licence"),
    [
        (f"<a rel='license noopener' href='{BY}'>CC</a>", BY),
        (f"<a REL=License href='{BY}'>CC</a>", BY),
        ("<a rel='license' href='//example.net/l'>CC</a>", "https://example.net/l"),
        ("<a rel='license' href='../terms'>CC</a>", "https://example.org/terms"),
        ("<a rel='license' href='javascript:void(0)'>CC</a>", None),
        ("<a rel='license' href='http://[broken'>CC</a>", None),
        ("<a rel='license'>CC</a>", None),
        ("<a rel='sublicensed' href='/x'>CC</a>", None),
        (f"<a href='{BY}'>a link in the text</a>", None),
        (f"<meta name=dcterms.license content='{BY}'>", BY),
        ("<meta name=dc.rights content='Copyright'>", None),
        (f'<script type="application/ld+json">{{"license": "{BY}"}}</script>', BY),
        ('<script type="application/ld+json">{"license": "MIT"}</script>', None),
    ],
)
def test_a_licence_is_the_address_that_the_page_states(body, licence):
    found = extract_page(page(article() + body), None, "https://example.org/a/b", RULES)

    assert found.licence == licence


def test_a_title_is_the_stated_one_then_the_first_heading_and_never_long():
    title, heading = "<title>In the  head</title>", "<h1>On the page</h1>"

    def told(*parts):
        return extract_page(
            page(parts[-1] + article(), "".join(parts[:-1])), None, None, RULES
        ).title

    assert told("<meta name=DC.title content=Stated>", title, heading) == "Stated"
    assert told(title, heading) == "In the head"
    assert told("<title> </title>", heading) == "On the page"
    assert told("") is None
    assert told(f"<title>{'long ' * 300}</title>", "") == ("long " * 300)[: page_statements.LONGEST]
