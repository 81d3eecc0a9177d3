"""How to cite and rebuild, what was done, and what is not promised."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from corpusmill.jobs import explain_document, verify_shards
from made_facts import DIGEST, RECIPE, made_facts, no_facts

from corpusmill.invocation import parse
from corpusmill.report.card import citation, commands, flattened, limits, processing, recipe_of


def test_the_commands_are_ones_that_the_command_line_takes():
    found = replace(made_facts().sets[0], manifest="/a folder/it's/manifest.json")
    options = {"verify-shards": verify_shards.options, "explain": explain_document.options}

    for _, command in commands(found, "/data/ware house"):
        words = shlex.split(command.replace("\\\n", " "))
        parsed = parse(words[1], words[2:], options[words[1]]).arguments
        assert words[0] == "corpusmill"
        assert words[1] == "explain" or parsed.manifest == found.manifest
        assert parsed.warehouse in (None, "/data/ware house")


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


def test_processing_is_told_from_the_recipe_of_the_newest_set():
    told = dict(processing(recipe_of(made_facts())))

    assert (
        told["Duplicates"] == "equal by text; near ones by MinHash of 5 words, 14 bands of 8 rows"
    )
    assert told["Sequences"] == "2,048 tokens, packing concat"
    assert processing(recipe_of(no_facts())) == []


@pytest.mark.parametrize(
    "said",
    [
        "No licence is stated for 3,614 documents",
        "of the tokens are synthetic.",
        "Not looked for in the texts: PERSON, LOCATION, NRP, ORGANIZATION.",
        "12 duplicates were lost with the document that stood for them.",
        "are in other languages.",
    ],
)
def test_limits_are_told_with_the_numbers_of_this_corpus(said):
    assert any(said in limit for limit in limits(made_facts()))
    assert not any(said in limit for limit in limits(no_facts()))
