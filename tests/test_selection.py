"""What policy lets through, and every reason of what it does not."""

import pytest

from corpusmill.contracts import contract
from corpusmill.langid.rules import LanguageRules
from corpusmill.selection import (
    Policy,
    SelectionRules,
    eligible,
    in_language,
    judged,
    select_documents,
)

LANGUAGE = "doc_id string, text_digest string, language string, top_language string"
QUALITY = (
    "doc_id string, text_digest string, "
    "broken_rules map<string,array<string>>, classifier_scores map<string,int>"
)
DUPLICATE = "doc_id string, is_survivor boolean, relation string"

# name -> language, broken rules, classifier scores (None: never scored)
DOCUMENTS = {
    "clean": ("en", {}, {"quality": 500_000}),
    "just below": ("de", {}, {"quality": 499_999}),
    "no classifier": ("en", {}, {}),
    "unknown": ("unknown", None, None),
    "french": ("fr", {"c4": ["lorem_ipsum"]}, {"quality": 0}),
    "french unscored": ("fr", None, None),
    "broken": ("en", {"gopher_quality": ["b", "a"], "c4": ["z"]}, {"quality": 900_000}),
    "survivor": ("en", {}, {"quality": 900_000}),
    "exact twin": ("en", {}, {"quality": 900_000}),
    "near twin": ("en", {"fineweb": ["x"]}, {"quality": 1}),
}
TWINS = [
    ("survivor", True, "exact"),
    ("exact twin", False, "exact"),
    ("near twin", False, "near"),
    ("broken", True, "near"),
]
OWN_REASONS = {
    "clean": [],
    "just below": ["classifier.quality.below_cut"],
    "no classifier": [],
    "unknown": ["language.unknown"],
    "french": ["c4.lorem_ipsum", "classifier.quality.below_cut", "language.not_selected"],
    "french unscored": ["language.not_selected"],
    "broken": ["c4.z", "gopher_quality.a", "gopher_quality.b"],
    "survivor": [],
    "exact twin": [],
    "near twin": ["classifier.quality.below_cut", "fineweb.x"],
}


def policy(languages=("en", "de"), cut=0.5, keep_all=False):
    return Policy(
        LanguageRules(languages=languages),
        SelectionRules(keep_all, {} if cut is None else {"quality": cut}),
    )


def languages(dealt):
    rows = [(name, f"d {name}", code, "en") for name, (code, *_) in DOCUMENTS.items()]
    return dealt(rows, LANGUAGE)


def quality(dealt):
    rows = [
        (name, f"d {name}", broken, scores)
        for name, (_, broken, scores) in DOCUMENTS.items()
        if broken is not None
    ]
    return dealt(rows, QUALITY)


def reasons(frame):
    return {row.doc_id: row.reasons for row in frame.collect()}


def test_every_reason_of_a_document_is_kept_and_sorted(dealt):
    found = judged(languages(dealt), quality(dealt), policy())

    assert found.columns == ["doc_id", "text_digest", "reasons"]
    assert reasons(found) == OWN_REASONS
    assert all(row.text_digest == f"d {row.doc_id}" for row in found.collect())


def test_only_documents_without_a_reason_are_eligible(dealt):
    found = eligible(languages(dealt), quality(dealt), policy()).collect()

    passing = {"clean", "no classifier", "survivor", "exact twin"}
    assert sorted(map(tuple, found)) == sorted((name, f"d {name}") for name in passing)


def test_a_twin_that_does_not_survive_has_one_more_reason(dealt):
    found = select_documents(languages(dealt), quality(dealt), dealt(TWINS, DUPLICATE), policy())

    expected = {
        **OWN_REASONS,
        "exact twin": ["duplicate.exact"],
        "near twin": ["classifier.quality.below_cut", "duplicate.near", "fineweb.x"],
    }
    assert found.columns == contract("selection").column_names
    assert reasons(found) == expected
    kept = {row.doc_id for row in found.collect() if row.kept}
    assert kept == {"clean", "no classifier", "survivor"}


def test_keep_all_keeps_everything_and_the_reasons_stay(dealt):
    everything = policy(keep_all=True)
    tables = languages(dealt), quality(dealt)

    found = select_documents(*tables, dealt(TWINS, DUPLICATE), everything).collect()

    assert {row.doc_id for row in found if row.kept} == set(DOCUMENTS)
    said = {row.doc_id: row.reasons for row in found}
    assert said["near twin"] == ["classifier.quality.below_cut", "duplicate.near", "fineweb.x"]
    assert said["unknown"] == ["language.unknown"]
    assert {row.doc_id for row in eligible(*tables, everything).collect()} == set(DOCUMENTS)
    assert {row.doc_id for row in in_language(tables[0], everything).collect()} == set(DOCUMENTS)


@pytest.mark.parametrize(
    ("listed", "left_out"),
    [
        ((), {"unknown"}),
        (("en", "de", "fr"), {"unknown"}),
        (("de",), set(DOCUMENTS) - {"just below"}),
        (("unknown",), set(DOCUMENTS)),
    ],
    ids=["none-listed", "all-listed", "one-listed", "unknown-listed"],
)
def test_scoring_goes_on_with_the_languages_of_the_list(dealt, listed, left_out):
    found = in_language(languages(dealt), policy(listed))

    assert found.columns == ["doc_id", "text_digest", "language"]
    assert {row.doc_id for row in found.collect()} == set(DOCUMENTS) - left_out


@pytest.mark.parametrize(
    ("cut", "below"),
    [
        (None, set()),
        (0.0, set()),
        (0.000001, {"french"}),
        (0.500001, {"french", "near twin", "just below", "clean"}),
        (1.0, {"french", "near twin", "just below", "clean", "broken", "survivor", "exact twin"}),
    ],
)
def test_the_classifier_cut_is_the_smallest_score_that_goes_on(dealt, cut, below):
    found = reasons(judged(languages(dealt), quality(dealt), policy(cut=cut)))

    assert {name for name, why in found.items() if "classifier.quality.below_cut" in why} == below


def test_quality_of_another_text_of_the_document_is_none(dealt):
    known = dealt([("one", "new text", "en", "en")], LANGUAGE)
    stale = dealt([("one", "old text", {"c4": ["z"]}, {"quality": 1})], QUALITY)

    assert reasons(judged(known, stale, policy())) == {"one": ["quality.not_scored"]}
    assert eligible(known, stale, policy()).count() == 0


@pytest.mark.parametrize("cut", [-0.1, 1.1])
def test_a_cut_that_no_score_can_reach_is_refused(cut):
    with pytest.raises(ValueError, match="between 0 and 1"):
        SelectionRules(classifier_cuts={"quality": cut})


def test_each_classifier_has_a_cut_and_a_reason_of_its_own(dealt):
    scores = {"one": {"quality": 5, "safe": 900_000}, "two": {"quality": 900_000, "safe": 5}}
    known = dealt([(name, "d", "en", "en") for name in scores], LANGUAGE)
    scored = dealt([(name, "d", {}, found) for name, found in scores.items()], QUALITY)
    rules = SelectionRules(classifier_cuts={"safe": 0.5, "quality": 0.000006})

    found = reasons(judged(known, scored, Policy(LanguageRules(), rules)))

    assert found == {
        "one": ["classifier.quality.below_cut"],
        "two": ["classifier.safe.below_cut"],
    }
