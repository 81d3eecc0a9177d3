"""What may be told of settled rules."""

from __future__ import annotations

import json

from corpusmill.pii.rules import PatternRule, PiiPolicy, PiiRules
from corpusmill.pii.settle import described, looking_for

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
