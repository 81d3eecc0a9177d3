"""What may be told of settled rules."""

from __future__ import annotations

import json

import pytest

from corpusmill.pii.rules import PatternRule, PiiPolicy, PiiRules
from corpusmill.pii.settle import described, key_of, looking_for, settled
from corpusmill.refusal import Refused

KEY = b"sixteen bytes or more"


def test_no_allowed_value_can_be_read_in_what_is_told_of_the_rules():
    policies = {"allow": ("@corp.example",)}
    rules = PiiRules(
        allow=("jo@x.org",),
        languages={"de": PiiPolicy(**policies)},
        sources={"books": PiiPolicy(**policies)},
    )

    told = described(rules, None)

    assert not any(value in json.dumps(told) for value in ("x.org", "corp.example"))
    assert told["languages"]["de"]["allow"] == told["sources"]["books"]["allow"] != told["allow"]


def test_other_lists_and_keys_are_other_rules_and_another_order_is_not():
    rules = PiiRules(allow=("jo@x.org", "ann@y.org"))
    others = [described(rules, KEY), described(PiiRules(allow=("jo@x.org",)), None)]

    told = described(rules, None)

    assert told == described(PiiRules(allow=("ANN@y.org", "jo@x.org")), None)
    assert told["allow"] not in [other["allow"] for other in others]


@pytest.mark.parametrize("of", ["allow", "sources"])
def test_a_key_that_is_named_protects_lists_of_allowed_values(monkeypatch, of):
    monkeypatch.setenv("LISTS_KEY", KEY.decode())
    lists = {"allow": ("jo@x.org",)}
    asked = lists if of == "allow" else {"sources": {"books": PiiPolicy(**lists)}}

    key = key_of(PiiRules(key="env:LISTS_KEY", **asked))

    assert key == KEY
    assert described(PiiRules(**lists), key)["allow"] != described(PiiRules(**lists), None)["allow"]


def test_a_key_for_lists_that_is_not_there_is_refused():
    with pytest.raises(Refused, match=r"recipe\.pii\.key: env:NO_KEY: no key is there"):
        key_of(PiiRules(key="env:NO_KEY", allow=("jo@x.org",)))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"patterns": {"STAFF": PatternRule("EMP-")}}, "STAFF: no kinds name it"),
        (
            {"patterns": {"STAFF": PatternRule("EMP-", score=0.3)}, "kinds": ("STAFF",)},
            r"STAFF.score: below the threshold of 0\.4",
        ),
    ],
)
def test_a_pattern_that_could_find_nothing_is_refused(rules, said):
    with pytest.raises(Refused, match=f"recipe.pii.patterns.{said}"):
        settled(PiiRules(**rules))


@pytest.mark.parametrize(
    "rules",
    [
        {"kinds": ("STAFF",), "threshold": 0.3},
        {"sources": {"web": PiiPolicy(kinds=("STAFF",), threshold=0.2)}},
        {"kinds": ("STAFF",), "patterns": {"STAFF": PatternRule("EMP-", 0.3, ("employee",))}},
    ],
)
def test_a_pattern_that_some_documents_are_searched_for_is_taken(rules):
    asked = PiiRules(**{"patterns": {"STAFF": PatternRule("EMP-", score=0.3)}, **rules})

    assert settled(asked) == asked


def test_rules_that_look_for_what_others_do_keep_what_they_find_themselves():
    badge, room = PatternRule("B[0-9]", 0.5, ("badge",)), PatternRule("R[0-9]")
    own = PiiRules(regions=("US", "AT"), threshold=0.2, patterns={"BADGE": badge}, context=50)
    others = PiiRules(
        regions=("AT", "CH"),
        threshold=0.6,
        patterns={"BADGE": room, "ROOM": room},
        local_domains=("lan",),
    )

    found = looking_for(own, described(others, None))

    assert (found.regions, found.threshold, found.context) == (("US", "AT", "CH"), 0.2, 120)
    assert found.patterns == {"BADGE": badge, "ROOM": room}
    assert found.local_domains == ("lan",)
