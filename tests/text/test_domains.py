"""Registered domains of addresses as they stand on pages."""

from __future__ import annotations

import pytest

from corpusmill.text.domains import registered_domain


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.com/page?q=1#top", "example.com"),
        ("http://a.b.example.co.uk:8080/", "example.co.uk"),
        ("http://user:word@WWW.Example.COM./", "example.com"),
        ("https://pages.github.io/", "github.io"),
        ("www.example.org/path", "example.org"),
        ("http://192.168.0.1:80/a", "192.168.0.1"),
        ("http://[::1]/", "[::1]"),
        ("http://localhost/x", "localhost"),
        ("http://a.b.wiki.intranet/x", "wiki.intranet"),
        ("http://co.uk/", "co.uk"),
        ("http:///no-host", None),
        ("urn:uuid:4d8a", None),
        ("", None),
    ],
)
def test_the_registered_domain_of_an_address(url, domain):
    assert registered_domain(url) == domain


def test_nothing_is_fetched(monkeypatch):
    import socket

    def trip(*_arguments, **_options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", trip)

    assert registered_domain("https://a.example.museum/") == "example.museum"
