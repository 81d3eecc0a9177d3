"""What the fields of a record become."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from corpusmill.ingest.records import as_text, moment_of, utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-02-29T12:30:00Z", "2024-02-29T12:30:00Z"),
        ("2024-02-29 12:30:00", "2024-02-29T12:30:00Z"),
        ("2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00Z"),
        ("2024-02-29T12:30:00.999999+00:00", "2024-02-29T12:30:00Z"),
        (" 2024-02-29\n", "2024-02-29T00:00:00Z"),
        ("0999-01-01", "0999-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_told_in_utc_in_a_form_that_sorts(text, expected):
    assert utc(text) == expected


@pytest.mark.parametrize(
    "text",
    [None, "", "yesterday", "2023-02-29", "29.02.2024", "1700000000", "0001-01-01T00:00:00+05:00"],
)
def test_what_is_no_time_is_none(text):
    assert utc(text) is None


@pytest.mark.parametrize("text", ["20240229", "2024-W09-4", "2024-02-29T12:30:00.5"])
def test_what_python_3_10_cannot_read_is_no_time_in_any_python(text):
    assert utc(text) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2024, 2, 29), "2024-02-29T00:00:00Z"),
        (datetime(2024, 2, 29, 12, 30, 0, 999), "2024-02-29T12:30:00Z"),
        (
            datetime(2024, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "2023-12-31T23:30:00Z",
        ),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        (1_700_000_000, None),
        (None, None),
    ],
)
def test_dates_and_times_of_tables_are_told_in_the_same_form(value, expected):
    assert moment_of(value) == expected


def test_what_tables_hold_has_a_form_as_text():
    assert as_text({"d": Decimal("1.50"), "b": b"\x00\xff", "t": date(2024, 2, 29)}) == (
        '{"d": "1.50", "b": "00ff", "t": "2024-02-29T00:00:00Z"}'
    )
