"""What selection drops by group, counted by hand, and when it is too much."""

from __future__ import annotations

import pytest

from corpusmill.langid.rules import LanguageRules
from corpusmill.losses import Loss, check_losses, losses
from corpusmill.recipe import Guards
from corpusmill.refusal import Stopped

GROUPS = "doc_id string, source string, language string"
SELECTION = "doc_id string, decided_by array<string>"
DOCUMENTS = [  # source, language, what drops it
    ("web", "en", []),
    ("web", "en", ["c4.a", "fineweb.b"]),
    ("web", "de", ["fineweb.b"]),
    ("web", "unknown", ["language.unknown"]),
    ("books", "en", []),
    ("books", "de", ["c4.a"]),
]


def test_losses_are_counted_by_group_and_rule(dealt):
    rows = [(str(n), *row) for n, row in enumerate(DOCUMENTS)]
    groups = dealt([row[:3] for row in rows], GROUPS)
    selection = dealt([(row[0], row[3]) for row in rows], SELECTION)

    found = losses(selection, groups)

    assert found == [
        Loss("source", "books", 2, 1, {"c4.a": 1}),
        Loss("source", "web", 4, 3, {"fineweb.b": 2, "c4.a": 1, "language.unknown": 1}),
        Loss("language", "de", 2, 2, {"c4.a": 1, "fineweb.b": 1}),
        Loss("language", "en", 3, 1, {"c4.a": 1, "fineweb.b": 1}),
        Loss("language", "unknown", 1, 1, {"language.unknown": 1}),
    ]
    assert [list(loss.rules) for loss in found[:2]] == [
        ["c4.a"],
        ["fineweb.b", "c4.a", "language.unknown"],
    ]


RULES = {"fineweb.b": 70, "c4.a": 40, "c4.c": 9, "c4.d": 1}


def test_a_group_that_loses_too_much_stops_naming_the_guard_and_the_rules():
    found = [Loss("source", "books", 90, 1, {}), Loss("source", "web", 100, 96, RULES)]

    with pytest.raises(Stopped) as caught:
        check_losses(found, Guards(source_loss=0.95, loss_documents=90), LanguageRules())

    assert str(caught.value) == (
        "runtime.guards.source_loss: 96 of 100 documents of source web would be dropped, more "
        "than 0.95 of them (70 fineweb.b, 40 c4.a, 9 c4.c)"
    )


@pytest.mark.parametrize(
    ("loss", "guards", "asked"),
    [
        (Loss("source", "web", 100, 95, RULES), Guards(source_loss=0.95, loss_documents=1), ()),
        (Loss("source", "web", 100, 100, RULES), Guards(source_loss=1, loss_documents=1), ()),
        (Loss("source", "web", 100, 100, RULES), Guards(source_loss=0.5, loss_documents=101), ()),
        (Loss("language", "unknown", 5_000, 5_000, RULES), Guards(), ()),
        (Loss("language", "fr", 5_000, 5_000, RULES), Guards(), ("en", "de")),
        (Loss("kind", "web", 5_000, 5_000, RULES), Guards(), ()),
        (Loss("source", "fr", 5_000, 5_000, {"language.not_selected": 4_999}), Guards(), ("en",)),
    ],
    ids=["at-the-bound", "never", "too-small", "unknown", "not-asked-for", "no-guard", "french"],
)
def test_what_may_be_lost_stops_nothing(loss, guards, asked):
    check_losses([loss], guards, LanguageRules(languages=asked))


def test_of_a_source_the_documents_in_languages_that_are_asked_for_are_judged():
    rules = {"language.not_selected": 4_000, "c4.a": 995}
    lost = [Loss("source", "web", 5_000, 4_995, rules)]

    with pytest.raises(Stopped, match=r"995 of 1000 documents of source web .* \(995 c4\.a\)"):
        check_losses(lost, Guards(), LanguageRules(languages=("en",)))


@pytest.mark.parametrize("asked", [(), ("fr",)])
def test_a_language_that_is_asked_for_and_lost_stops(asked):
    lost = [Loss("language", "fr", 1_000, 991, {"gopher_quality.no_stop_words": 991})]

    with pytest.raises(
        Stopped, match=r"language_loss: 991 of 1000 documents of language fr .*stop"
    ):
        check_losses(lost, Guards(), LanguageRules(languages=asked))
