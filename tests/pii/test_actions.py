"""What becomes of findings: actions, allowed values, documents that go, and surrogates."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from corpusmill.pii.actions import NoKey, decided, fingerprint, load_key, surrogate
from corpusmill.pii.rules import PiiRules
from corpusmill.pii.spans import Span

TEXT = "jo@x.org and ann@y.org, 8.8.8.8"
SPANS = [
    Span("EMAIL_ADDRESS", 0, 8, "r", 1),
    Span("EMAIL_ADDRESS", 13, 22, "r", 1),
    Span("IP_ADDRESS", 24, 31, "r", 1),
]
KEY = b"sixteen bytes or more"


def actions(**rules):
    return [action for _, action in decided(SPANS, TEXT, PiiRules(**rules))]


def test_what_is_not_named_is_replaced_by_its_kind():
    assert actions() == ["placeholder"] * 3
    assert actions(actions={"IP_ADDRESS": "mask"}) == ["placeholder", "placeholder", "mask"]


def test_spans_come_back_in_their_order_with_their_action():
    assert [span for span, _ in decided(SPANS, TEXT, PiiRules())] == SPANS


@pytest.mark.parametrize("allowed", ["ann@y.org", "ANN@Y.ORG", "@y.org", "@Y.org"])
def test_allowed_values_stay_in_any_case(allowed):
    assert actions(allow=(allowed,)) == ["placeholder", "keep", "placeholder"]


@pytest.mark.parametrize("other", ["y.org", "@org", "nn@y.org", "@sub.y.org", "ann@y.or"])
def test_a_part_of_a_value_allows_nothing(other):
    assert actions(allow=(other,)) == ["placeholder"] * 3


def test_a_document_goes_when_a_kind_has_more_findings_than_it_may():
    assert actions(drop_beyond={"EMAIL_ADDRESS": 2}) == ["placeholder"] * 3
    assert actions(drop_beyond={"EMAIL_ADDRESS": 1}) == ["drop"] * 3
    assert actions(drop_beyond={"IP_ADDRESS": 0}) == ["drop"] * 3
    assert actions(drop_beyond={"CREDIT_CARD": 0}) == ["placeholder"] * 3


def test_what_is_allowed_does_not_count_and_stays():
    found = actions(drop_beyond={"EMAIL_ADDRESS": 1}, allow=("jo@x.org",))

    assert found == ["keep", "placeholder", "placeholder"]
    assert actions(drop_beyond={"IP_ADDRESS": 0}, allow=("jo@x.org",)) == ["keep", "drop", "drop"]


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


def test_another_value_kind_or_key_has_another_surrogate():
    same = ("PHONE_NUMBER", "2125550143", KEY)
    others = [
        ("PHONE_NUMBER", "2125550144", KEY),
        ("US_SSN", "2125550143", KEY),
        ("PHONE_NUMBER", "2125550143", KEY + b"!"),
        ("SECRET", "212 555 0143", KEY),
    ]

    assert len({surrogate(*each) for each in (same, *others)}) == 5


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
