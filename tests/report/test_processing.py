"""What the data card says was done, from recipes as they are resolved."""

from __future__ import annotations

import json

import pytest

from corpusmill.config import decode
from corpusmill.digests import canonical
from corpusmill.recipe import Recipe
from corpusmill.report.processing import processing
from corpusmill.resolve import resolve


@pytest.fixture
def told(tmp_path):
    """The steps of a recipe that is written as plain values, as a manifest would have it."""

    def tell(**written):
        recipe = decode(Recipe, written, "recipe")
        return dict(processing(json.loads(canonical(resolve(recipe, tmp_path).recipe))))

    return tell


def test_the_shipped_recipe_is_told_step_by_step(told):
    found = told()

    assert found["Normal form"] == "NFC, mojibake repaired"
    assert found["Language"] == "best label from 0.65 on; kept: all that the model knows"
    assert found["Quality filters"] == "gopher_quality, gopher_repetition"
    assert found["Duplicates"] == (
        "equal by text; near ones by MinHash of 5 words, 14 bands of 8 rows, "
        "all that share a bucket"
    )
    assert found["Selection"] == "kept: the first 1 of each cluster"
    assert found["Passages cut out"] == "none"
    assert found["Repeats"] == "none but the mix's"
    assert found["Sequences"] == "2,048 tokens, packing concat"
    assert found["Seed"] == "42"
    assert processing({}) == []


@pytest.mark.parametrize(
    ("step", "written", "said"),
    [
        (
            "Duplicates",
            {"dedup": {"verify": "jaccard", "similarity": 0.8, "urls": True, "exact": "words"}},
            "equal by words, or of one address; near ones by MinHash of 5 words, 14 bands of 8 "
            "rows, with a Jaccard similarity of 80.0 % or more",
        ),
        (
            "Duplicates",
            {"dedup": {"verify": "estimate", "preset": "curator"}},
            "equal by text; near ones by MinHash of 24 characters, 20 bands of 13 rows, with an "
            "estimated similarity of 70.0 % or more",
        ),
        (
            "Quality filters",
            {"selection": {"ignore": ["gopher_repetition", "gopher_quality.too_few_words"]}},
            "gopher_quality, gopher_repetition (only tags)",
        ),
        (
            "Quality filters",
            {"selection": {"keep_all": True}},
            "gopher_quality (only tags), gopher_repetition (only tags)",
        ),
        (
            "Selection",
            {"selection": {"keep_all": True, "domain_cap": 3}},
            "everything is kept, and rules only tag",
        ),
        (
            "Selection",
            {
                "selection": {
                    "ignore": ["c4.lorem_ipsum"],
                    "languages": {"de": {"ignore": ["c4"]}},
                    "classifier_cuts": {"quality": 0.5},
                    "domain_cap": 1_000,
                    "keep_per_cluster": 2,
                }
            },
            "kept: the first 2 of each cluster; classifier quality from 0.5 on; at most 1,000 "
            "documents of a registered domain; only tags: c4.lorem_ipsum; in de also only tags: c4",
        ),
        ("Selection", {"selection": {"duplicates": "keep"}}, "kept: all of a cluster"),
        (
            "Language",
            {"selection": {"keep_all": True}, "language": {"languages": ["de"]}},
            "best label from 0.65 on; kept: all, known or not",
        ),
        (
            "Passages cut out",
            {
                "quality": {"remove_lines": ["c4"]},
                "dedup": {
                    "passages": {
                        "repeats": "lines",
                        "frequent": [{"preset": "boilerplate"}, {"preset": "sentences"}],
                    }
                },
            },
            "lines by the rules of c4; lines that a document has before; lines of more than 6 "
            "documents; 3 sentences in a row of more than 1 documents, the first apart",
        ),
        (
            "Repeats",
            {"selection": {"rehydrate": {"10": 3, "2": 2}}},
            "times that a survivor stands: 2 from a cluster of 2 on, 3 from a cluster of 10 on",
        ),
        (
            "Personal data",
            {"pii": {"kinds": ["US_SSN"], "languages": {"de": {"kinds": []}}}},
            "US_SSN from score 0.4 on; otherwise in de",
        ),
    ],
)
def test_what_the_recipe_says_is_told(told, step, written, said):
    assert told(**written)[step] == said
