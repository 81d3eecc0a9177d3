"""Which addresses are one, by hand."""

from __future__ import annotations

import pytest

from corpusmill.dedup.addresses import address_key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://Mill.example/corn?b=2&a=1", "mill.example/corn?a=1&b=2"),
        ("http://mill.example:80/corn?a=1&b=2&utm_source=mail#top", "mill.example/corn?a=1&b=2"),
        ("  https://mill.example/corn/  ", "mill.example/corn"),
        ("https://mill.example/corn/?fbclid=x&GCLID=y&mc_eid=z&utm_id", "mill.example/corn"),
        ("http://mill.example", "mill.example"),
        ("http://mill.example/", "mill.example"),
        ("http://mill.example?p=1", "mill.example?p=1"),
        ("http://mill.example/?p=1", "mill.example?p=1"),
        ("http://mill.example:8080/", "mill.example:8080"),
        ("http://xn--mhle-0ra.example/", "mühle.example"),
        ("http://mill.example/?tag=b&tag=a", "mill.example?tag=b&tag=a"),
        ("http://mill.example/?q=%C3%A4", "mill.example?q=%C3%A4"),
        ("http://mill.example/?q=ä", "mill.example?q=%C3%A4"),
        ("http://mill.example/?next=/", "mill.example?next=%2F"),
    ],
)
def test_an_address_is_compared_by_what_leads_to_the_page(url, key):
    assert address_key(url) == key


@pytest.mark.parametrize("url", ["", "corn", "ftp://mill.example/corn", "http://[::1", "http:///"])
def test_what_is_no_address_has_no_key(url):
    assert address_key(url) is None


@pytest.mark.parametrize(
    "urls",
    [
        ["http://c2.example/cgi/wiki", "http://c2.example/cgi/wiki?FrontPage"],
        ["http://c2.example/cgi/wiki?FrontPage", "http://c2.example/cgi/wiki?RecentChanges"],
        ["http://mill.example/?q=%E4", "http://mill.example/?q=%F6"],
        ["http://mill.example/a?b=1%26c=2", "http://mill.example/a?b=1&c=2"],
        *(
            [f"http://mill.example/g.php?{name}=12", f"http://mill.example/g.php?{name}=13"]
            for name in (
                *("gallery", "game", "glossary", "uid", "cid", "eid", "clid", "ref", "reference"),
                *("referrer", "source", "keyword", "session", "campaign", "medium", "ads_id"),
                *("affiliate", "partnerid", "ga_id", "ml_id", "gs_id", "utm", "gclid2"),
            )
        ),
    ],
)
def test_other_parameters_lead_to_other_pages(urls):
    one, other = map(address_key, urls)

    assert one != other
