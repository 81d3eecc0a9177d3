"""Lists of addresses, on texts counted by hand."""

from __future__ import annotations

import pytest

from corpusmill.quality.contacts import SIGNALS

NAME = "contacts"


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("write to jo@example.org or JO.ANN@mail.example.co.uk.", (2, 0, 0)),
        ("user@localhost, @decorator, a @ b, @a.b", (0, 0, 0)),
        ("10.0.0.1 and 192.168.1.254:80", (0, 2, 0)),
        ("version 1.2.3.4.5, 1.2.3, v1.2.3.4", (0, 0, 0)),
        ("call +44 20 7946 0958 or (030) 12 34 56", (0, 0, 2)),
        ("call 555-123-4567, 030 1234 567 or +1 (555) 123 4567", (0, 0, 3)),
        ("on 2024-01-05 at 10:20:30, 05.01.2024, pages 12 13", (0, 0, 0)),
        ("scores 10 20 30, 10.11.12.13 and 1000 2000", (0, 1, 0)),
        ("12 13, 1234567890, x-12-34-56", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_what_looks_like_an_address_is_counted(hold, text, counts) -> None:
    signals = hold(NAME, text).signals

    assert tuple(values[0] for values in signals.values()) == (*counts, sum(counts))


def test_more_than_the_limit_breaks_the_rule(hold) -> None:
    text = "a@example.org "

    found = hold(NAME, text * 5, text * 6, "")

    assert found.broken == [[], ["many_contacts"], []]


def test_addresses_of_two_texts_do_not_join(hold) -> None:
    assert hold(NAME, "a@example", ".org", "10.0.", "0.1", "1", "0.0.0.1").signals["contacts"] == [
        *(0, 0, 0, 0, 0, 1)
    ]


def test_signals_come_in_the_declared_order(hold) -> None:
    assert list(hold(NAME, "a").signals) == [name for name, _ in SIGNALS]
