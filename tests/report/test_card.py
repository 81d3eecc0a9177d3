"""How to cite and rebuild, what was done, and what is not promised."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from corpusmill.jobs import explain_document, verify_shards
from made_facts import DIGEST, RECIPE, made_facts, no_facts

from corpusmill.invocation import parse
from corpusmill.report.card import citation, commands, flattened, limits


def with_recipe(**changed):
    """The made facts, whose newest set has another recipe."""
    facts = made_facts()
    newest = replace(facts.sets[0], content={**facts.sets[0].content, "recipe": RECIPE | changed})
    return replace(facts, sets=[newest, *facts.sets[1:]])


def test_the_commands_are_ones_that_the_command_line_takes():
    place = "/a folder/it's/shards/main-6de430e0c1f59322/manifest.json"
    found = replace(made_facts().sets[0], manifest=place)
    options = {"verify-shards": verify_shards.options, "explain": explain_document.options}

    for _, command in commands(found, "/data/ware house"):
        words = shlex.split(command.replace("\\\n", " "))
        parsed = parse(words[1], words[2:], options[words[1]]).arguments
        assert words[0] == "corpusmill"
        assert words[1] == "explain" or parsed.manifest == found.manifest
        is_check = not (words[1] == "explain" or parsed.rebuild or parsed.deep)
        places = (None, None) if is_check else ("/data/ware house", "/a folder/it's")
        assert (parsed.warehouse, parsed.output) == places


def test_a_citation_names_the_digest_and_the_year_of_the_commit():
    text = citation(made_facts().sets[0])

    assert text.startswith(f"@misc{{corpusmill-main-{DIGEST[:16]},\n")
    assert "year  = {2026}" in text
    assert DIGEST in text
    assert text.count("{") == text.count("}")


def test_a_set_whose_manifest_is_gone_is_cited_without_a_year():
    assert "year" not in citation(made_facts().sets[1])


def test_the_recipe_is_told_by_key_but_not_the_values_that_look_personal():
    told = dict(flattened(RECIPE))

    assert told["dedup.minhash.bands"] == "14"
    assert told["pii.kinds"] == "EMAIL_ADDRESS, US_SSN"
    assert told["language.languages"] == "none"
    assert told["pii.allow"] == "(1 values)"
    assert "example.org" not in str(told)


@pytest.mark.parametrize(
    "said",
    [
        "No licence is stated for 3,614 documents",
        "of the tokens are synthetic.",
        "Not looked for in the texts: PHONE_NUMBER, IP_ADDRESS, CREDIT_CARD, IBAN_CODE, CRYPTO, "
        "MAC_ADDRESS, SECRET, PERSON, LOCATION, NRP, ORGANIZATION, 80 kinds of ids of single",
        "12 duplicates were lost with the document that stood for them.",
        "are in other languages.",
    ],
)
def test_limits_are_told_with_the_numbers_of_this_corpus(said):
    assert any(said in limit for limit in limits(made_facts()))
    assert not any(said in limit for limit in limits(no_facts()))


def test_kinds_that_some_language_or_source_is_searched_for_are_looked_for():
    policies = {"languages": {"de": {"kinds": ["SECRET"]}}, "sources": {"web": {"kinds": None}}}
    told = " ".join(limits(with_recipe(pii=RECIPE["pii"] | policies)))

    assert "MAC_ADDRESS, PERSON" in told
    assert "SECRET" not in told


@pytest.mark.parametrize(
    ("measure", "said", "unsaid"),
    [
        (None, "some pairs below the similarity share one", "or more"),
        ("jaccard", "with a Jaccard similarity of 70.0 % or more: some such", "below"),
        ("estimate", "with an estimated similarity of 70.0 % or more: some such", "below"),
    ],
)
def test_what_near_duplicates_are_missed_goes_by_how_they_are_verified(measure, said, unsaid):
    verify = measure and {"measure": measure, "similarity": 700_000, "bucket_cap": 64}
    facts = with_recipe(dedup=RECIPE["dedup"] | {"verify": verify})

    [told] = [limit for limit in limits(facts) if limit.startswith("Near duplicates")]

    assert said in told
    assert unsaid not in told
    assert ("estimates are off" in told) == (measure == "estimate")
