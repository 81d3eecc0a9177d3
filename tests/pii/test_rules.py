import pytest

from corpusmill.pii.rules import DEFAULT, PatternRule, PiiPolicy, PiiRules, millionths

STAFF = {"STAFF_NUMBER": PatternRule(r"EMP-\d+")}


def test_the_defaults_look_for_all_six_kinds_at_presidios_phone_score():
    rules = PiiRules()

    assert rules.kinds == DEFAULT
    assert len(set(DEFAULT)) == 6
    assert rules.threshold_millionths == 400_000
    assert "GB" in rules.regions


@pytest.mark.parametrize(
    ("wrong", "key", "allowed"),
    [
        ({"kinds": ("EMAIL",)}, "kinds", "EMAIL_ADDRESS"),
        ({"kinds": ("US_SSN", "US_SSN")}, "kinds", "once"),
        ({"kinds": ("PERSON",)}, "kinds", "need a model"),
        ({"languages": {"de": PiiPolicy(kinds=("NRP",))}}, "languages.de.kinds", "need a model"),
        ({"patterns": {"PERSON": PatternRule("x")}}, "patterns", "of its own"),
        ({"regions": ("UK",)}, "regions", "GB"),
        ({"regions": ()}, "regions", "at least one"),
        ({"threshold": 1.01}, "threshold", "0 to 1"),
        ({"threshold": -0.1}, "threshold", "0 to 1"),
        ({"threshold": float("nan")}, "threshold", "0 to 1"),
        ({"context": -1}, "context", "0 to 1000"),
        ({"context": 1_001}, "context", "0 to 1000"),
        ({"work_limit": 0}, "work_limit", "from 1"),
        ({"ip_addresses": "some"}, "ip_addresses", "public"),
        ({"local_domains": (".local",)}, "local_domains", "host name"),
        ({"patterns": {"staff": PatternRule("x")}}, "patterns", "capitals"),
        ({"patterns": {"SECRET": PatternRule("x")}}, "patterns", "of its own"),
        ({"patterns": {"DOCUMENT": PatternRule("x")}}, "patterns", "of its own"),
        ({"actions": {"EMAIL": "mask"}}, "actions", "EMAIL_ADDRESS"),
        ({"actions": {"US_SSN": "drop"}}, "actions.US_SSN", "surrogate"),
        ({"drop_beyond": {"SSN": 3}}, "drop_beyond", "US_SSN"),
        ({"drop_beyond": {"US_SSN": -1}}, "drop_beyond.US_SSN", "from 0"),
        ({"key": "the key itself, by mistake"}, "key", "env:NAME or file:PATH"),
        ({"languages": {"de": PiiPolicy(kinds=("EMAIL",))}}, "languages.de.kinds", "EMAIL_ADDRESS"),
        ({"sources": {"web": PiiPolicy(threshold=2.0)}}, "sources.web.threshold", "0 to 1"),
    ],
)
def test_what_no_recogniser_knows_is_refused_by_key_with_what_is_allowed(wrong, key, allowed):
    with pytest.raises(ValueError, match=f"^{key}: .*{allowed}"):
        PiiRules(**wrong)


def test_no_regions_are_needed_when_no_phone_numbers_are_wanted():
    rules = PiiRules(kinds=("EMAIL_ADDRESS",), regions=())

    assert rules.regions == ()


def test_scores_compare_as_whole_numbers():
    sums_differently = 0.1 + 0.3

    assert millionths(0.4) == millionths(sums_differently) == 400_000
    assert millionths(0.0) == 0
    assert millionths(1.0) == 1_000_000


def test_a_key_written_into_the_recipe_by_mistake_is_not_quoted():
    with pytest.raises(ValueError, match="never the key itself") as caught:
        PiiRules(key="the key itself, by mistake")

    assert "mistake" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pattern": "("}, "RE2 cannot read"),
        ({"pattern": "(?=a)a"}, "RE2 cannot read"),
        ({"pattern": "a*"}, "where there is nothing"),
        ({"pattern": "a", "score": 1.5}, "0 to 1"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        PatternRule(**wrong)


def test_a_source_is_asked_before_a_language_and_both_before_what_holds_for_all():
    rules = PiiRules(
        kinds=("EMAIL_ADDRESS", "STAFF_NUMBER"),
        patterns=STAFF,
        actions={"EMAIL_ADDRESS": "mask", "STAFF_NUMBER": "keep"},
        allow=("@x.org",),
        languages={"de": PiiPolicy(threshold=0.7, actions={"EMAIL_ADDRESS": "surrogate"})},
        sources={"web": PiiPolicy(kinds=("EMAIL_ADDRESS",), threshold=0.2, allow=("@y.org",))},
    )

    both, neither = rules.of("web", "de"), rules.of("books", "en")

    assert (both.kinds, both.threshold, both.allow) == (
        ("EMAIL_ADDRESS",),
        0.2,
        ("@x.org", "@y.org"),
    )
    assert both.actions == {"EMAIL_ADDRESS": "surrogate", "STAFF_NUMBER": "keep"}
    assert (neither.kinds, neither.threshold) == (rules.kinds, 0.4)
    assert rules.of("books", "de").threshold == 0.7
    assert rules.of("web", "en") == rules.of("web", "fr")
    assert not both.languages
    assert not both.sources


def test_surrogates_anywhere_need_a_key():
    asked = {"EMAIL_ADDRESS": "surrogate"}

    assert not PiiRules(actions={"EMAIL_ADDRESS": "mask"}).needs_key
    assert PiiRules(actions=asked).needs_key
    assert PiiRules(sources={"web": PiiPolicy(actions=asked)}).needs_key
    assert PiiRules(languages={"de": PiiPolicy(actions=asked)}).needs_key
