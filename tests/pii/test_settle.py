"""What may be told of settled rules."""

from __future__ import annotations

import json

from corpusmill.pii.rules import PiiPolicy, PiiRules
from corpusmill.pii.settle import described

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
