"""What policy lets through, and every reason of what it does not."""

import pytest

from corpusmill.contracts import contract
from corpusmill.langid.rules import LanguageRules
from corpusmill.precedence import SurvivorRules
from corpusmill.selection import (
    LanguagePolicy,
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
DUPLICATE = (
    "doc_id string, cluster_id string, cluster_size bigint, place int, relation string, "
    "copy_id string"
)
DESCRIBED = (
    "doc_id string, text_digest string, source string, chars bigint, created string, url string"
)

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
    ("survivor", "s", 3, 1, "exact", "e"),
    ("exact twin", "s", 3, 2, "exact", "e"),
    ("near twin", "s", 3, 3, "near", "n"),
    ("broken", "b", 100, 1, "near", "b"),
]
DEFAULT = SurvivorRules()
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


def described(dealt, urls=None):
    rows = [(name, f"d {name}", name[0], 9, None, (urls or {}).get(name)) for name in DOCUMENTS]
    return dealt(rows, DESCRIBED)


def selected(dealt, rules, twins=TWINS, cuts=None, urls=None, survivors=DEFAULT):
    """Rows of ``selection`` of all the documents, by name."""
    tables = languages(dealt), quality(dealt), dealt(twins, DUPLICATE)
    everything = Policy(LanguageRules(languages=("en", "de")), rules, survivors)
    found = select_documents(*tables, described(dealt, urls), everything, cuts or {})
    return {row.doc_id: row for row in found.collect()}


def reasons(frame):
    return {row.doc_id: row.reasons for row in frame.collect()}


def test_every_reason_of_a_document_is_kept_and_sorted(dealt):
    found = judged(languages(dealt), quality(dealt), policy())

    assert {row.doc_id: row.language for row in found.collect()} == {
        name: code for name, (code, *_) in DOCUMENTS.items()
    }
    assert reasons(found) == OWN_REASONS
    assert all(row.text_digest == f"d {row.doc_id}" for row in found.collect())


def test_only_documents_without_a_reason_are_eligible(dealt):
    found = eligible(languages(dealt), quality(dealt), policy()).collect()

    passing = {"clean", "no classifier", "survivor", "exact twin"}
    assert sorted(map(tuple, found)) == sorted((name, f"d {name}") for name in passing)


def test_a_twin_that_does_not_survive_has_one_more_reason(dealt):
    tables = languages(dealt), quality(dealt), dealt(TWINS, DUPLICATE)

    found = select_documents(*tables, described(dealt), policy(), {})

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

    twins = dealt(TWINS, DUPLICATE)

    found = select_documents(*tables, twins, described(dealt), everything, {}).collect()

    assert {row.doc_id for row in found if row.kept} == set(DOCUMENTS)
    said = {row.doc_id: row.reasons for row in found}
    assert said["near twin"] == ["classifier.quality.below_cut", "duplicate.near", "fineweb.x"]
    assert said["unknown"] == ["language.unknown"]
    assert all(row.decided_by == [] for row in found)
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


ASKED = {  # reasons that drop a document, in the order in which they are asked
    "just below": ["classifier.quality.below_cut"],
    "unknown": ["language.unknown"],
    "french": ["language.not_selected", "c4.lorem_ipsum", "classifier.quality.below_cut"],
    "french unscored": ["language.not_selected"],
    "broken": ["gopher_quality.a", "gopher_quality.b", "c4.z"],
    "exact twin": ["duplicate.exact"],
    "near twin": ["fineweb.x", "classifier.quality.below_cut", "duplicate.near"],
}


@pytest.mark.parametrize(
    ("keys", "tags"),
    [
        ({}, ()),
        ({"ignore": ("gopher_quality", "c4.lorem_ipsum")}, ("gopher_quality", "c4.lorem_ipsum")),
        ({"ignore": ("classifier",), "duplicates": "keep"}, ("classifier", "duplicate")),
    ],
    ids=["nothing", "a-filter-and-a-rule", "classifier-and-twins"],
)
def test_what_is_ignored_tags_and_the_rest_decides_in_the_order_it_is_asked(dealt, keys, tags):
    rules = SelectionRules(classifier_cuts={"quality": 0.5}, **keys)

    found = selected(dealt, rules)

    for name, row in found.items():
        asked = ASKED.get(name, [])
        assert row.reasons == sorted(asked)
        assert row.decided_by == [reason for reason in asked if not reason.startswith(tags)]
        assert row.kept == (row.decided_by == [])
    everything = Policy(LanguageRules(languages=("en", "de")), rules)
    passing = eligible(languages(dealt), quality(dealt), everything).collect()
    own = {n for n, row in found.items() if all(r.startswith("dupl") for r in row.decided_by)}
    assert {row.doc_id for row in passing} == own


def test_rules_of_one_language_are_ignored_besides_those_of_all(dealt):
    own = {"deu_Latn": LanguagePolicy(ignore=("classifier",))}
    rules = SelectionRules(classifier_cuts={"quality": 0.95}, ignore=("c4",), languages=own)

    found = selected(dealt, rules)

    assert found["just below"].kept
    assert found["just below"].reasons == ["classifier.quality.below_cut"]
    assert found["clean"].decided_by == ["classifier.quality.below_cut"]
    assert found["broken"].decided_by == [
        "gopher_quality.a",
        "gopher_quality.b",
        "classifier.quality.below_cut",
    ]


def test_where_near_twins_stay_one_document_of_each_text_does(dealt):
    # a is near to b, and b, c and d are one text; e and f are one text apart from them.
    known = {"a": ("1", 1), "b": ("2", 4), "c": ("2", 2), "d": ("2", 3), "e": ("3", 1)}
    known["f"] = ("3", 2)
    rows = [(name, text, "web", 9, None, None) for name, (text, _) in known.items()]
    spoken = dealt([(name, text, "en", "en") for name, (text, _) in known.items()], LANGUAGE)
    scored = dealt([(name, text, {}, {}) for name, (text, _) in known.items()], QUALITY)
    clusters = {"a": 4, "e": 2}
    members = [
        (name, cluster, clusters[cluster], place, "near" if name == "a" else "exact", copy)
        for name, (text, place) in known.items()
        for cluster, copy in [("e" if name in "ef" else "a", {"1": "a", "2": "b", "3": "e"}[text])]
    ]
    twins = dealt(members, DUPLICATE)
    policy = Policy(LanguageRules(), SelectionRules(ignore=("duplicate.near",)))

    found = select_documents(spoken, scored, twins, dealt(rows, DESCRIBED), policy, {}).collect()

    assert {row.doc_id for row in found if row.kept} == {"a", "c", "e"}
    assert {row.doc_id: row.reasons for row in found if row.reasons} == {
        "b": ["duplicate.exact"],
        "c": ["duplicate.near"],
        "d": ["duplicate.exact"],
        "f": ["duplicate.exact"],
    }


URLS = {
    "clean": "https://a.example.co.uk/1",
    "no classifier": "http://EXAMPLE.co.uk:8080/2",
    "survivor": "https://b.example.co.uk/3",
    "exact twin": "https://example.co.uk/4",
    "just below": "https://example.org/",
    "broken": "https://example.co.uk/5",
    "unknown": "urn:uuid:1",
}


@pytest.mark.parametrize(
    ("cap", "over"), [(None, set()), (2, {"no classifier"}), (1, {"clean", "no classifier"})]
)
def test_of_a_domain_the_first_by_score_stay_once_all_else_was_asked(dealt, cap, over):
    found = selected(
        dealt, SelectionRules(classifier_cuts={"quality": 0.1}, domain_cap=cap), urls=URLS
    )

    assert {n for n, row in found.items() if "domain.over_cap" in row.reasons} == over
    assert {n for n, row in found.items() if row.decided_by == ["domain.over_cap"]} == over
    kept = {"clean", "just below", "no classifier", "survivor"} - over
    assert {n for n, row in found.items() if row.kept} == kept


def test_of_a_domain_those_stay_that_come_first_by_the_order_of_survivors(dealt):
    # Sources are the first letters of names: clean, survivor and no classifier share a domain.
    order = SurvivorRules(("source", "quality"), ("n", "s"))

    found = selected(dealt, SelectionRules(domain_cap=1), urls=URLS, survivors=order)

    over = {n for n, row in found.items() if row.decided_by == ["domain.over_cap"]}
    assert over == {"clean", "survivor"}


@pytest.mark.parametrize(
    ("rules", "repeats"),
    [
        ({}, {}),
        ({"rehydrate": {3: 4, 100: 9}}, {"survivor": 4}),
        ({"rehydrate": {4: 7, 2: 2}}, {"survivor": 2}),
        ({"rehydrate": {4: 7}}, {}),
        (
            {"rehydrate": {1: 5, 3: 4}},
            {"survivor": 4, "clean": 5, "no classifier": 5, "just below": 5},
        ),
        ({"rehydrate": {3: 4}, "keep_per_cluster": 2}, {"survivor": 4}),
        ({"rehydrate": {3: 4}, "duplicates": "keep"}, {"survivor": 4}),
        ({"rehydrate": {3: 4, 100: 9}, "keep_all": True}, {"survivor": 4, "broken": 9}),
    ],
)
def test_survivors_that_are_kept_stand_as_often_as_their_clusters_say(dealt, rules, repeats):
    found = selected(dealt, SelectionRules(**rules))

    once = dict.fromkeys(DOCUMENTS, 1)
    assert {name: row.repeats for name, row in found.items()} == {**once, **repeats}


@pytest.mark.parametrize(("keep", "stay"), [(1, "1"), (2, "12"), (5, "12345"), (6, "12345")])
def test_as_many_of_a_cluster_stay_as_are_asked_for(dealt, keep, stay):
    names = "12345x"
    spoken = dealt([(name, "t", "en", "en") for name in names], LANGUAGE)
    scored = dealt([(name, "t", {}, {}) for name in names], QUALITY)
    known = dealt([(name, "t", "web", 9, None, None) for name in names], DESCRIBED)
    twins = dealt([(name, "1", 5, int(name), "near", name) for name in "12345"], DUPLICATE)
    rules = SelectionRules(keep_per_cluster=keep, rehydrate={5: 3})

    found = select_documents(
        spoken, scored, twins, known, Policy(LanguageRules(), rules), {}
    ).collect()

    assert {row.doc_id for row in found if row.kept} == {*stay, "x"}
    assert {r.doc_id for r in found if r.reasons == ["duplicate.near"]} == {*"12345"} - {*stay}
    assert {row.doc_id: row.repeats for row in found} == {**dict.fromkeys(names, 1), "1": 3}


def test_with_keep_all_the_cap_is_a_tag(dealt):
    rules = SelectionRules(keep_all=True, domain_cap=1, classifier_cuts={"quality": 0.1})

    found = selected(dealt, rules, urls=URLS)

    assert all(row.kept and row.decided_by == [] for row in found.values())
    tagged = {n for n, row in found.items() if "domain.over_cap" in row.reasons}
    assert tagged == {"clean", "no classifier"}


def test_a_bucket_is_how_many_cuts_a_score_has_reached(dealt):
    cuts = {"quality": [0, 1, 499_999, 500_000, 500_000, 900_001], "other": [5] * 19}

    found = selected(dealt, SelectionRules(), cuts=cuts)

    assert {name: row.buckets for name, row in found.items()} == {
        name: {}
        if not scores
        else {"quality": sum(c <= scores["quality"] for c in cuts["quality"])}
        for name, (_, _, scores) in DOCUMENTS.items()
    }
    assert all(row.buckets == {} for row in selected(dealt, SelectionRules()).values())


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"ignore": ("gopher",)}, ["ignore: gopher", "gopher_quality", "duplicate.near"]),
        ({"ignore": ("c4.lorem",)}, ["ignore: c4.lorem", "c4.lorem_ipsum"]),
        ({"ignore": ("language.unknown",)}, ["ignore: language.unknown", "classifier"]),
        ({"ignore": ("duplicate.exact",)}, ["ignore: duplicate.exact", "duplicate.near"]),
        ({"duplicates": "all"}, ["duplicates: ", "drop, keep"]),
        ({"domain_cap": 0}, ["domain_cap", "at least 1"]),
        ({"keep_per_cluster": 0}, ["keep_per_cluster", "at least 1"]),
        ({"rehydrate": {2: 0}}, ["rehydrate.2", "from 1 to"]),
        ({"rehydrate": {0: 2}}, ["rehydrate.0", "from 1 to"]),
        ({"rehydrate": {2: 1 << 31}}, ["rehydrate.2", "to 2147483647"]),
        (
            {"languages": {"de": LanguagePolicy(), "deu": LanguagePolicy()}},
            ["languages: ", "de, deu"],
        ),
    ],
)
def test_what_no_rule_is_called_is_refused_with_what_is_allowed(rules, words):
    with pytest.raises(ValueError, match=words[0]) as caught:
        SelectionRules(**rules)

    assert [word for word in words if word not in str(caught.value)] == []


def test_the_same_names_in_any_order_are_one_policy():
    one = SelectionRules(ignore=("fineweb", "c4"), languages={"deu": LanguagePolicy(("c4", "c4"))})
    other = SelectionRules(ignore=("c4", "fineweb"), languages={"de": LanguagePolicy(("c4",))})

    assert one == other
