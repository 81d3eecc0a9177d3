import pytest

from corpusmill.pii.rules import KINDS, PiiRules, millionths


def test_the_defaults_look_for_all_six_kinds_at_presidios_phone_score():
    rules = PiiRules()

    assert set(rules.kinds) == set(KINDS)
    assert rules.threshold_millionths == 400_000
    assert "GB" in rules.regions


@pytest.mark.parametrize(
    ("wrong", "key", "allowed"),
    [
        ({"kinds": ("EMAIL",)}, "kinds", "EMAIL_ADDRESS"),
        ({"kinds": ("US_SSN", "US_SSN")}, "kinds", "once"),
        ({"regions": ("UK",)}, "regions", "GB"),
        ({"regions": ()}, "regions", "at least one"),
        ({"threshold": 1.01}, "threshold", "0 to 1"),
        ({"threshold": -0.1}, "threshold", "0 to 1"),
        ({"threshold": float("nan")}, "threshold", "0 to 1"),
        ({"context": -1}, "context", "0 to 1000"),
        ({"context": 1_001}, "context", "0 to 1000"),
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
