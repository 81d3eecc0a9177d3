"""What becomes of findings: actions, allowed values, documents that go, and who hides what."""

from __future__ import annotations

import itertools
import random

import pytest

from corpusmill.pii.actions import decided
from corpusmill.pii.rules import PiiRules
from corpusmill.pii.spans import Span, resolve_overlaps

TEXT = "jo@x.org and ann@y.org, 8.8.8.8"
SPANS = [
    Span("EMAIL_ADDRESS", 0, 8, "r", 1),
    Span("EMAIL_ADDRESS", 13, 22, "r", 1),
    Span("IP_ADDRESS", 24, 31, "r", 1),
]
NUMBER = "call 536-90-4399 now"
PHONE, SSN = Span("PHONE_NUMBER", 5, 16, "p", 750_000), Span("US_SSN", 5, 16, "s", 500_000)


def actions(**rules):
    return [action for _, action in decided(SPANS, TEXT, PiiRules(**rules))]


def said(spans, text, **rules):
    return [
        (span.kind, text[span.start : span.end], action)
        for span, action in decided(spans, text, PiiRules(**rules))
    ]


def test_what_is_not_named_is_replaced_by_its_kind():
    assert actions() == ["placeholder"] * 3
    assert actions(actions={"IP_ADDRESS": "mask"}) == ["placeholder", "placeholder", "mask"]


def test_spans_come_back_by_their_start_with_their_action():
    for spans in itertools.permutations(SPANS):
        assert [span for span, _ in decided(spans, TEXT, PiiRules())] == SPANS


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


@pytest.mark.parametrize("action", ["placeholder", "surrogate", "mask"])
def test_a_kind_that_is_kept_shields_nothing_from_one_that_goes(action):
    rules = {"actions": {"PHONE_NUMBER": "keep", "US_SSN": action}}

    assert said([PHONE, SSN], NUMBER) == [("PHONE_NUMBER", "536-90-4399", "placeholder")]
    assert said([PHONE, SSN], NUMBER, **rules) == [("US_SSN", "536-90-4399", action)]


def test_a_kind_that_is_kept_has_the_characters_that_are_left():
    text = "id 12 536-90-4399 77"
    phone, ssn = Span("PHONE_NUMBER", 3, 20, "p", 750_000), Span("US_SSN", 6, 17, "s", 500_000)

    assert said([phone, ssn], text, actions={"PHONE_NUMBER": "keep"}) == [
        ("PHONE_NUMBER", "12 ", "keep"),
        ("US_SSN", "536-90-4399", "placeholder"),
        ("PHONE_NUMBER", " 77", "keep"),
    ]


def test_an_allowed_value_stays_with_what_is_inside_and_shields_nothing_else():
    text = "card 4012 8888 8888 1881 0"
    card, phone = Span("CREDIT_CARD", 5, 24, "c", 1_000_000), Span("PHONE_NUMBER", 5, 14, "p", 4)
    beyond = Span("PHONE_NUMBER", 20, 26, "p", 4)
    allowed = {"allow": ("4012 8888 8888 1881",)}

    assert said([card, phone], text, **allowed) == [
        ("CREDIT_CARD", "4012 8888 8888 1881", "keep"),
    ]
    assert said([card, beyond], text, **allowed) == [
        ("CREDIT_CARD", "4012 8888 8888 ", "keep"),
        ("PHONE_NUMBER", "1881 0", "placeholder"),
    ]


def test_an_allowed_host_shields_nothing_inside_its_addresses():
    text = "4012888888881881@x.org"
    mail, card = Span("EMAIL_ADDRESS", 0, 22, "e", 1_000_000), Span("CREDIT_CARD", 0, 16, "c", 9)

    assert said([mail, card], text, allow=("@x.org",)) == [
        ("CREDIT_CARD", "4012888888881881", "placeholder"),
        ("EMAIL_ADDRESS", "@x.org", "keep"),
    ]


def test_an_allowed_value_is_one_though_a_surer_finding_has_some_of_it():
    text = "ann@y.org"
    mail, name = Span("EMAIL_ADDRESS", 0, 9, "e", 5), Span("PERSON", 0, 3, "n", 850_000)

    assert said([mail, name], text) == [
        ("PERSON", "ann", "placeholder"),
        ("EMAIL_ADDRESS", "@y.org", "placeholder"),
    ]
    assert {action for *_, action in said([mail, name], text, allow=(text,))} == {"keep"}


def test_findings_count_and_not_the_pieces_that_overlaps_leave():
    text = "x" * 30
    cut = [Span("US_SSN", 0, 30, "s", 5), Span("PHONE_NUMBER", 10, 20, "p", 750_000)]
    hidden = [Span("US_SSN", 10, 20, "s", 5), Span("PHONE_NUMBER", 10, 20, "p", 750_000)]
    doubled = [Span("US_SSN", 0, 9, "s", 5), Span("US_SSN", 2, 12, "s", 5)]

    assert len(said(cut, text, drop_beyond={"US_SSN": 1})) == 3
    for spans in (cut, doubled):
        assert "drop" not in {action for *_, action in said(spans, text, drop_beyond={"US_SSN": 1})}
    for spans in (cut, hidden, doubled):
        assert {action for *_, action in said(spans, text, drop_beyond={"US_SSN": 0})} == {"drop"}


def test_an_address_that_is_not_public_shields_nothing_but_itself_from_phone_numbers():
    text = "at 10.203.12.119 x"
    place = Span("IP_ADDRESS", 3, 16, "i", 600_000)
    secret, wide = Span("SECRET", 3, 16, "s", 5), Span("SECRET", 0, 18, "s", 5)
    phone, sure = (
        Span("PHONE_NUMBER", 3, 16, "p", 400_000),
        Span("PHONE_NUMBER", 3, 16, "p", 750_000),
    )

    assert said([place], text) == []
    assert said([place, phone], text) == []
    assert [kind for kind, *_ in said([place, sure], text)] == ["PHONE_NUMBER"]
    assert said([place, secret, phone], text) == [("SECRET", "10.203.12.119", "placeholder")]
    assert said([place, wide], text) == [("SECRET", text, "placeholder")]
    assert said([place], text, ip_addresses="all") == [
        ("IP_ADDRESS", "10.203.12.119", "placeholder")
    ]


def test_a_part_of_an_address_that_is_kept_is_no_phone_number():
    text = "at 81.203.12.119 x"
    place, phone = Span("IP_ADDRESS", 3, 16, "i", 6), Span("PHONE_NUMBER", 6, 16, "p", 4)

    assert said([place, phone], text, actions={"IP_ADDRESS": "keep"}) == [
        ("IP_ADDRESS", "81.203.12.119", "keep")
    ]
    assert said([place, phone], text, drop_beyond={"PHONE_NUMBER": 0}, allow=(text[3:16],)) == [
        ("IP_ADDRESS", "81.203.12.119", "keep")
    ]


KINDS = ("EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD", "PERSON")


def drawn(seed):
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 12)):
        start = draw.randrange(40)
        end = start + draw.randint(1, 12)
        yield Span(draw.choice(KINDS), start, end, draw.choice("ab"), draw.randint(1, 4))


@pytest.mark.parametrize("seed", range(60))
def test_where_nothing_stays_it_is_the_resolved_overlaps_and_else_no_hidden_character_is_shown(
    seed,
):
    spans, text = list(drawn(seed)), "-" * 60
    keeps = dict.fromkeys(random.Random(seed).sample(KINDS, 2), "keep")

    assert [span for span, _ in decided(spans, text, PiiRules())] == resolve_overlaps(spans)

    found = decided(spans, text, PiiRules(model="m", actions=keeps))
    hidden = {at for s, action in found if action != "keep" for at in range(s.start, s.end)}
    covered = [at for s, _ in found for at in range(s.start, s.end)]
    assert hidden == {at for s in spans if s.kind not in keeps for at in range(s.start, s.end)}
    assert sorted(covered) == sorted({at for s in spans for at in range(s.start, s.end)})
