"""What stands for a value, and where its key is."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from corpusmill.pii.surrogates import (
    NoKey,
    fingerprint,
    list_fingerprint,
    load_key,
    surrogate,
)

KEY = b"sixteen bytes or more"


def test_a_surrogate_is_the_kind_and_an_hmac_of_the_value():
    expected = hmac.new(KEY, b"EMAIL_ADDRESS\0jo@x.org", hashlib.sha256).hexdigest()[:16]

    assert surrogate("EMAIL_ADDRESS", "jo@x.org", KEY) == f"<EMAIL_ADDRESS_{expected}>"


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("EMAIL_ADDRESS", "Jo@X.org", "jo@x.org"),
        ("EMAIL_ADDRESS", "\uff4ao@x.org", "jo@x.org"),
        ("PHONE_NUMBER", "(212) 555-0143", "212.555.0143"),
        ("CREDIT_CARD", "4111 1111 1111 1111", "4111-1111-1111-1111"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
    ],
)
def test_the_same_value_has_the_same_surrogate_however_it_is_written(kind, one, other):
    assert surrogate(kind, one, KEY) == surrogate(kind, other, KEY)


@pytest.mark.parametrize(
    "sign",
    [
        *("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\u30fc", "\uff0d"),
        *("~", "\u223c", "\u2053", "\u00ad", "\u200b", "\u2060", "\u00a0", "\u3000", "\t"),
    ],
    ids=ascii,
)
def test_no_sign_between_the_digits_of_a_number_matters(sign):
    plain, written = "+12125550143", sign.join(("+1", "212", "555", "0143"))

    assert surrogate("PHONE_NUMBER", written, KEY) == surrogate("PHONE_NUMBER", plain, KEY)
    assert surrogate("EMAIL_ADDRESS", written, KEY) != surrogate("EMAIL_ADDRESS", plain, KEY)


def test_another_value_kind_or_key_has_another_surrogate():
    same = ("PHONE_NUMBER", "2125550143", KEY)
    others = [
        ("PHONE_NUMBER", "2125550144", KEY),
        ("US_SSN", "2125550143", KEY),
        ("PHONE_NUMBER", "2125550143", KEY + b"!"),
        ("PHONE_NUMBER", "+2125550143", KEY),
        ("PHONE_NUMBER", "212-555-0143 x2", KEY),
        ("SECRET", "212 555 0143", KEY),
    ]

    assert len({surrogate(*each) for each in (same, *others)}) == 7


def test_the_key_is_read_from_the_environment_or_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_bytes(b"\n" + KEY + b"\n")
    monkeypatch.setenv("A_KEY", KEY.decode())

    assert load_key("env:A_KEY") == load_key(f"file:{tmp_path}/key") == KEY
    assert fingerprint(KEY) != fingerprint(KEY + b"!")
    assert KEY.hex() not in fingerprint(KEY)


@pytest.mark.parametrize("reference", ["env:NO_SUCH_KEY", "file:/no/such/file", "file:/"])
def test_a_key_that_is_not_there_is_refused_by_its_place(reference):
    with pytest.raises(NoKey, match=f"^{reference}: no key is there$"):
        load_key(reference)


def test_a_short_key_is_refused_and_not_quoted(monkeypatch):
    monkeypatch.setenv("A_KEY", "fifteen bytes.. ")

    with pytest.raises(NoKey, match="shorter than 16 bytes") as caught:
        load_key("env:A_KEY")

    assert "fifteen" not in str(caught.value)


def test_a_list_is_told_by_one_digest_under_a_key():
    one = list_fingerprint(["jo@x.org", "Ann@y.org"], KEY)
    others = [
        list_fingerprint(values, key)
        for values, key in (
            (["jo@x.org", "ann@y.org"], b"7"),
            (["jo@x.org"], KEY),
            (["jo@x.organn@y.org"], KEY),
            ([], KEY),
        )
    ]

    assert list_fingerprint(["ann@Y.org", "JO@x.org", "jo@x.org"], KEY) == one
    assert len({one, *others}) == 5
