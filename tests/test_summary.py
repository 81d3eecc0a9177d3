"""The counts of the JSON line, from the facts of the report."""

from __future__ import annotations

from made_facts import made_facts, no_facts

from corpusmill.report.facts import UNIDENTIFIED
from corpusmill.summary import summarise


def test_counts_are_those_of_the_facts():
    facts = made_facts()

    counts = summarise(facts)

    assert counts["raw_documents"] == sum(flow.accepted for flow in facts.of("source"))
    assert counts["languages"] == {"en": 6_000, "ja": 900}
    assert counts["pii"] == {"EMAIL_ADDRESS": 300, "PHONE_NUMBER": 20}
    assert (counts["pii_dropped"], counts["pii_failed"]) == (4, 1)
    assert counts["clusters"] == 410
    assert counts["duplicates"] == {"near": 640, "exact": 120}
    assert counts["lost_with_survivor"] == 12


def test_documents_that_no_model_has_seen_have_no_language():
    assert UNIDENTIFIED not in summarise(made_facts())["languages"]


def test_of_nothing_there_is_nothing():
    counts = summarise(no_facts())

    assert counts["tokens"] == counts["documents"] == counts["clusters"] == 0
    assert counts["quarantined"] == counts["pii"] == counts["dropped"] == {}
