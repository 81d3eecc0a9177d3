"""Presidio's recognisers as they are set up here, and those of the recipe."""

from __future__ import annotations

import pytest

from corpusmill.pii.analyse import Analyser
from corpusmill.pii.recognisers import _national
from corpusmill.pii.rules import DEFAULT, NATIONAL, PatternRule, PiiRules
from corpusmill.pii.spans import AnalysisFailed

pytestmark = pytest.mark.heavy


def found(text, **rules):
    spans = Analyser(PiiRules(**rules)).find_spans(text)
    return [(span.kind, text[span.start : span.end]) for span in spans]


def test_only_public_addresses_are_found_unless_all_are_asked_for():
    text = "from 192.168.0.7 by 8.8.4.4 and fe80::a, 2001:4860:4860::8888, ::1"

    assert found(text) == [("IP_ADDRESS", "8.8.4.4"), ("IP_ADDRESS", "2001:4860:4860::8888")]
    assert len(found(text, ip_addresses="all")) == 5


def test_a_private_address_is_no_phone_number_either():
    text = "at 192.168.23.45, 192.168.1.0/24 and 10.203.12.119, else 192.168.2345"

    assert found(text, kinds=("PHONE_NUMBER",)) != []
    assert found(text) == found("else 192.168.2345")


def test_addresses_at_local_hosts_are_found_where_the_recipe_names_them():
    text = "jo@printer.local, ann@build.corp and joe@example.org"

    assert found(text) == [("EMAIL_ADDRESS", "joe@example.org")]
    named = found(text, local_domains=("local", "corp"))
    assert [value for _, value in named] == [
        "jo@printer.local",
        "ann@build.corp",
        "joe@example.org",
    ]


@pytest.mark.parametrize(
    ("kind", "value", "not_one"),
    [
        ("MAC_ADDRESS", "00:1B:44:11:3A:B7", "00:1B:44:11:3A"),
        ("MAC_ADDRESS", "00-1b-44-11-3a-b7", "00-1b:44-11-3a-b7"),
        ("MAC_ADDRESS", "0012.3456.789a", "0000.0000.0000"),
        ("CRYPTO", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1BoatSLRHtKNngkdXEeobR76b53LETtpyU"),
        ("UK_NHS", "943 476 5919", "943 476 5918"),
        ("PL_PESEL", "44051401359", "44051401358"),
    ],
)
def test_kinds_on_demand_are_found_when_asked_for(kind, value, not_one):
    text = f"é {value}, {not_one}; {'words ' * 2_000}{value}"

    assert found(text, kinds=(kind,)) == [(kind, value)] * 2
    assert kind not in DEFAULT


def test_the_names_of_national_kinds_are_presidios():
    assert sorted(NATIONAL) == sorted(set(_national()) - {"US_SSN"})


def test_a_pattern_of_the_recipe_finds_its_kind_and_context_raises_it():
    rules = {
        "kinds": ("STAFF_NUMBER",),
        "patterns": {"STAFF_NUMBER": PatternRule(r"\bEMP-\d{6}\b", 0.5, ("employee",))},
    }
    text = f"employee EMP-123456 {'and so on ' * 900}EMP-654321, EMP-1234567"

    spans = Analyser(PiiRules(**rules)).find_spans(text)

    assert [text[span.start : span.end] for span in spans] == ["EMP-123456", "EMP-654321"]
    assert [span.score for span in spans] == [850_000, 500_000]
    assert {span.recogniser for span in spans} == {"STAFF_NUMBER"}
    assert len(Analyser(PiiRules(**rules, threshold=0.6)).find_spans(text)) == 1


def test_a_pattern_that_would_take_others_for_ever_takes_linear_time():
    rule = PatternRule(r"(a+)+b")

    assert found("a" * 200_000, kinds=("AB",), patterns={"AB": rule}) == []
    assert found("x aab", kinds=("AB",), patterns={"AB": rule}) == [("AB", "aab")]


@pytest.mark.parametrize(
    ("pattern", "place"), [("^word", 0), ("word$", 15_000), (r"\Aword\b", 0), (r"word\z", 15_000)]
)
def test_a_pattern_sees_the_ends_of_texts_and_no_others(pattern, place):
    rules = PiiRules(kinds=("AB",), patterns={"AB": PatternRule(pattern)})

    [span] = Analyser(rules).find_spans("word " * 3_000 + "word")

    assert (span.start, span.end) == (place, place + 4)


def test_a_pattern_is_shown_no_more_than_the_work_limit():
    rules = PiiRules(kinds=("AB",), patterns={"AB": PatternRule("b")}, work_limit=10)

    short, long = Analyser(rules).find_in(["a" * 9 + "b", "a" * 10 + "b"])

    assert [span.start for span in short] == [9]
    assert isinstance(long, AnalysisFailed)
    assert long.recogniser == "AB"


@pytest.mark.parametrize("pattern", [r"EMP-\d+(?:.*DEPT)?", r"EMP-\d(?:[^@]*@corp)?"])
def test_matches_behind_which_a_pattern_may_read_on_count_for_the_work_limit(pattern):
    def sought(pattern, matches):
        text = "EMP-1 " * matches
        rules = PiiRules(kinds=("AB",), patterns={"AB": PatternRule(pattern)}, work_limit=len(text))
        return Analyser(rules).find_in([text])[0]

    # Behind the matches stand 1, 7, 13, ... characters, 3 * n * n - 2 * n in all; 2,400 * n may.
    assert len(sought(pattern, 800)) == 800
    failed = sought(pattern, 801)
    assert isinstance(failed, AnalysisFailed)
    assert failed.recogniser == "AB"
    assert len(sought(r"EMP-\d{1,6}", 801)) == 801


def test_a_pattern_too_large_for_its_memory_says_nothing_of_it(capfd):
    rules = PiiRules(kinds=("AB",), patterns={"AB": PatternRule(r"\pL{100}x")})

    Analyser(rules).find_in(["ab" * 2_000])

    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("pattern", [r"\Qa.b\E", r"\pN\z", r"[[:upper:]]{2}"])
def test_patterns_are_read_by_re2_alone(pattern):
    rules = {"kinds": ("AB",), "patterns": {"AB": PatternRule(pattern)}}

    assert len(found("a.b AB 4", **rules)) == 1


def test_secrets_are_found_where_they_are_asked_for_by_the_name_of_their_format():
    key = "ghp_" + "x" * 6
    text = f"see {key}; password in postgres://joe:{'q7Zr' + 'W2pLs9'}@db.corp.net/x"

    [span] = Analyser(PiiRules(kinds=("SECRET",))).find_spans(text)

    assert (span.kind, span.recogniser) == ("SECRET", "PasswordInUrl")
    assert text[span.start : span.end] == "q7ZrW2pLs9"
    assert "SECRET" not in {kind for kind, _ in found(text)}
    assert Analyser(PiiRules(kinds=("SECRET",), threshold=0.9)).find_spans(text) == []


def test_a_text_whose_secrets_cannot_be_sought_fails_alone(monkeypatch):
    def break_down(text):
        if "poison" in text:
            raise ValueError(f"cannot read {text}")
        return []

    monkeypatch.setattr("corpusmill.pii.analyse.find_secrets", break_down)
    kinds = ("EMAIL_ADDRESS", "SECRET")

    first, second = Analyser(PiiRules(kinds=kinds)).find_in(["poison jo@x.org", "jo@x.org"])

    assert isinstance(first, AnalysisFailed)
    assert (first.recogniser, str(first)) == ("SECRET", "SECRET failed on a text")
    assert [span.kind for span in second] == ["EMAIL_ADDRESS"]
