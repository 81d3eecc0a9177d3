"""A user's list of unwanted addresses."""

from __future__ import annotations

import pytest

from corpusmill.quality.url_list import BadEntry, UrlList

LIST = UrlList(
    [
        "# adult",
        "",
        "Bad.example",
        "  spaced.example  ",
        "https://shop.example/Sale/",
        "sub.domain.example",
        "10.0.0.1",
    ]
)


@pytest.mark.parametrize(
    ("url", "broken"),
    [
        ("https://bad.example/", ["listed_host"]),
        ("http://user@WWW.BAD.example.:8080/x?y#z", ["listed_host"]),
        ("https://notbad.example/", []),
        ("https://bad.example.org/", []),
        ("//spaced.example", ["listed_host"]),
        ("https://shop.example/Sale", ["listed_path"]),
        ("https://shop.example/Sale/1?x=2", ["listed_path"]),
        ("https://shop.example/Sales", []),
        ("https://shop.example/sale", []),
        ("https://www.shop.example/Sale", []),
        ("https://domain.example/", []),
        ("https://a.sub.domain.example/", ["listed_host"]),
        ("http://10.0.0.1/x", ["listed_host"]),
        ("urn:isbn:bad.example", []),
        ("bad.example", []),
        ("http://[::1", []),
        ("", []),
        (None, []),
    ],
)
def test_an_address_is_listed_by_its_host_or_its_path(url, broken) -> None:
    assert LIST.broken(url) == broken


def test_what_is_no_entry_is_not_counted() -> None:
    assert len(LIST) == 5
    assert len(UrlList(["a.example", "A.example ", "http://a.example/"])) == 1
    assert UrlList([]).broken("https://a.example/") == []


@pytest.mark.parametrize(
    "line",
    ["*.bad.example", "||bad.example^", "0.0.0.0 bad.example", "[::1", "/path", "a,b", "http://"],
)
def test_what_would_match_nothing_is_refused_by_its_line(line) -> None:
    with pytest.raises(BadEntry, match="line 3 is no host and no address"):
        UrlList(["# a list", "good.example", line])


def test_a_path_of_any_depth_costs_little() -> None:
    assert LIST.broken("https://shop.example/Sale" + "/x" * 100_000) == ["listed_path"]
    assert LIST.broken("https://other.example" + "/x" * 100_000) == []
