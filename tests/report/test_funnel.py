"""The funnel and the words for reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_facts import RECIPE, made_facts, no_facts

from corpusmill.quality.filters import FILTERS, rule_names
from corpusmill.report.facts import Flow, Privacy, Reasons, TableState
from corpusmill.report.funnel import meaning, place_of, rules, steps

TABLES = ("raw_documents", "quarantine", "documents", "selection", "clean_documents", "tokens")


def small():
    """Ten documents of nine records and a refused one, of which two come through."""
    flow = Flow("source", "web", 9, 10, 10, 9, 3, 2, 2)
    return replace(
        no_facts(),
        tables=[TableState(name, 1, 5, is_filled=True) for name in TABLES],
        flows=[flow],
        quarantined={"no_text": 1},
        reasons=Reasons(
            {"language.unknown": 1, "c4.too_few_sentences": 5, "duplicate.near": 3},
            {"language.unknown": 1, "c4.too_few_sentences": 4, "duplicate.near": 2},
        ),
        privacy=Privacy((), 1, 1),
    )


def test_every_document_is_lost_once_and_what_is_left_goes_on():
    found = [(step.name, step.documents, step.lost) for step in steps(small())]

    assert found == [
        ("Records read", 10, 0),
        ("Accepted", 9, 1),
        ("Long ones split", 10, 0),
        ("Normalised", 10, 0),
        ("Language", 9, 1),
        ("Quality", 5, 4),
        ("Duplicates", 3, 2),
        ("Cleaned", 2, 1),
        ("Tokenised", 2, 0),
    ]


def test_a_step_says_why():
    reasons = {step.name: list(step.reasons) for step in steps(small())}

    assert reasons["Accepted"] == [("no_text", 1)]
    assert reasons["Quality"] == [("c4.too_few_sentences", 4)]
    assert reasons["Cleaned"] == [("search for personal data failed", 1)]


def test_the_funnel_ends_where_the_tables_do():
    ingested = replace(small(), tables=[TableState("raw_documents", 1, 5, is_filled=True)])

    assert [step.name for step in steps(no_facts())] == ["Records read", "Accepted"]
    assert [step.name for step in steps(ingested)][-1] == "Long ones split"


def test_a_step_that_left_nothing_is_one_of_the_funnel():
    empty = [TableState(name, 1, 0, is_filled=True) for name in TABLES]
    nothing_left = replace(small(), tables=empty, flows=[Flow("source", "web", 9, 10, 10, 9, 3)])

    assert (steps(nothing_left)[-1].name, steps(nothing_left)[-1].documents) == ("Tokenised", 0)


def test_rules_stand_in_the_order_in_which_they_are_asked():
    found = [(rule.name, rule.decided, rule.dropped, rule.left) for rule in rules(small())]

    assert found == [
        ("language.unknown", 1, 1, 9),
        ("c4.too_few_sentences", 4, 5, 5),
        ("duplicate.near", 2, 3, 3),
    ]


def test_a_reason_that_nobody_knows_stands_last():
    assert sorted(["x.y", "domain.over_cap"], key=place_of) == ["domain.over_cap", "x.y"]
    assert meaning("x.y", {}) == ""


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("gopher_quality.too_few_words", "under 50: words of the text, punctuation marks left out"),
        ("gopher_quality.few_lettered_words", "under 80.0 %: words with at least one letter, in"),
        ("gopher_quality.too_many_words", "over the limit: words of the text"),
        ("classifier.quality.below_cut", "score of classifier quality below 0.5"),
        ("classifier.other.below_cut", "score of classifier other below its cut"),
        ("duplicate.near", "nearly the same as a document that stays"),
        ("url.host", "its address is on the list"),
    ],
)
def test_a_reason_is_told_in_plain_words_with_its_limit(reason, said):
    assert meaning(reason, RECIPE).startswith(said)


def test_every_rule_of_every_filter_has_words():
    told = [meaning(f"{name}.{rule}", {}) for name in FILTERS for rule in rule_names(name)]

    assert all(": " in words and not words.endswith(": ") for words in told)


def test_made_facts_hang_together():
    assert steps(made_facts())[-1].documents == made_facts().whole.tokenised
