"""What is told of findings."""

from __future__ import annotations

import pytest

from corpusmill.pii.tally import Tally, check_failures, drops, surrogates, told
from corpusmill.refusal import Stopped

FOUND = [
    Tally("EMAIL_ADDRESS", "surrogate", None, 4, "a"),
    Tally("IP_ADDRESS", "mask", None, 2, "a"),
    Tally("EMAIL_ADDRESS", "keep", None, 1, "b"),
]
LOST = [
    Tally("DOCUMENT", "drop", name, count, example)
    for name, count, example in (("Gate", 1, "c"), ("B", 2, "d"), ("A", 2, "e"), ("Z", 1, "f"))
]


def test_findings_are_counted_by_kind_and_action_and_failures_apart():
    found = {"EMAIL_ADDRESS": {"keep": 1, "surrogate": 4}, "IP_ADDRESS": {"mask": 2}}

    assert told([*FOUND, *LOST]) == {"findings": found, "failed": 6}
    assert told([]) == {"findings": {}, "failed": 0}
    assert (drops(FOUND), drops([*FOUND, *LOST])) == (False, True)
    assert surrogates(FOUND) == 4


def test_the_worst_recognisers_are_named_with_a_document_each():
    with pytest.raises(Stopped) as stop:
        check_failures([*FOUND, *LOST], 100, 0.05)

    assert str(stop.value) == (
        "runtime.guards.pii_failed_share: analysis failed on 6 of 100 documents, more than 0.05: "
        "A on 2, one is e; B on 2, one is d; Gate on 1, one is c"
    )


@pytest.mark.parametrize(("documents", "share"), [(100, 0.06), (6, 1.0)])
def test_as_many_failures_as_the_guard_allows_pass(documents, share):
    check_failures([*FOUND, *LOST], documents, share)
    check_failures(FOUND, documents, 0.0)
