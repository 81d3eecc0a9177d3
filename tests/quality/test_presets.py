"""What recipe.quality makes of presets and limits."""

from __future__ import annotations

import pytest

from corpusmill.config import decode
from corpusmill.quality.filters import FILTERS
from corpusmill.quality.gopher_quality import ENGLISH_STOP_WORDS, GopherQuality
from corpusmill.quality.presets import PRESETS, filters_of
from corpusmill.quality.rules import QualityRules
from corpusmill.refusal import Refused


def rules(**written):
    return decode(QualityRules, written, "recipe.quality")


@pytest.mark.parametrize(
    ("presets", "filters"),
    [
        (["gopher"], ["gopher_quality", "gopher_repetition"]),
        (["fineweb"], ["gopher_quality", "gopher_repetition", "c4", "fineweb"]),
        (["fineweb2"], ["gopher_quality", "gopher_repetition", "fineweb"]),
        (["c4", "gopher_repetition"], ["gopher_repetition", "c4"]),
        (["code"], ["code"]),
        (["none"], []),
        ([], []),
    ],
)
def test_a_preset_names_filters(presets, filters) -> None:
    assert list(rules(presets=presets).filters) == list(filters_of(tuple(presets))) == filters


def test_every_filter_is_a_preset() -> None:
    assert set(FILTERS) <= set(PRESETS)


def test_the_published_limits_are_the_default() -> None:
    found = rules(presets=["gopher"]).filters["gopher_quality"]

    assert found.others == GopherQuality()
    assert found.languages == {"en": GopherQuality(stop_words=ENGLISH_STOP_WORDS)}


def test_limits_of_the_recipe_lie_on_top_and_those_of_a_language_on_top_of_them() -> None:
    found = rules(
        presets=["gopher"],
        limits={"gopher_quality": {"min_words": 30, "max_words": None}},
        languages={"de": {"gopher_quality": {"min_words": 20}}, "fr": {"fineweb": {}}},
    ).filters["gopher_quality"]

    assert found.others == GopherQuality(min_words=30, max_words=None)
    assert found.languages == {
        "en": GopherQuality(min_words=30, max_words=None, stop_words=ENGLISH_STOP_WORDS),
        "de": GopherQuality(min_words=20, max_words=None),
    }


def test_fineweb2_has_limits_of_its_own_for_many_languages_and_the_recipe_outranks_them() -> None:
    found = rules(
        presets=["fineweb2"],
        limits={"fineweb": {"max_short_lines": 5}},
        languages={"fr": {"gopher_quality": {"min_words": 7}}},
    ).filters

    french = found["gopher_quality"].languages["fr"]
    assert (french.min_words, french.max_mean_word_length) == (7, 11_000_000)
    assert "l'" in french.stop_words
    assert found["gopher_repetition"].languages["de"].max_duplicate_10_gram_characters == 98_000
    assert found["gopher_repetition"].others.max_duplicate_paragraphs is None
    assert found["fineweb"].languages["fr"].min_finished_lines == 100_000
    assert found["fineweb"].languages["fr"].max_short_lines == 5
    assert all(len(each.languages) > 35 for each in found.values())


def test_limits_decide_by_the_language_of_each_text(hold) -> None:
    from corpusmill.quality.filters import measure_all

    written = rules(
        presets=["gopher_quality"],
        limits={"gopher_quality": {"min_lettered_words": None, "min_mean_word_length": None}},
        languages={"de": {"gopher_quality": {"min_words": 1}}},
    )

    _, broken = measure_all(["ein Wort"] * 3, ["de", "fr", "de"], written.filters)

    assert broken == [{}, {"gopher_quality": ["too_few_words"]}, {}]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"presets": ["gofer"]}, r"quality\.presets: gofer is unknown; allowed: gopher_quality, "),
        ({"presets": ["none", "c4"]}, r"quality\.presets: none stands alone"),
        ({"limits": {"gofer": {}}}, r"quality\.limits\.gofer: unknown key; allowed here: gopher"),
        (
            {"limits": {"c4": {"min_sentence": 3}}},
            r"recipe\.quality\.limits\.c4\.min_sentence: unknown key; allowed here: min_sentences",
        ),
        (
            {"limits": {"c4": {"min_sentences": "3"}}},
            r"limits\.c4\.min_sentences: expected a whole",
        ),
        ({"limits": {"c4": {"max_word_length": -1}}}, r"c4\.max_word_length: must be at least 0"),
        ({"limits": {"gopher_quality": {"min_words": -3}}}, r"^recipe\.quality\.limits\.gopher"),
        ({"limits": {"gopher_quality": {"minwords": 3}}}, r"^recipe\.quality\.limits\.gopher"),
        (
            {"limits": {"gopher_quality": {"stop_words": ["the", "of the"]}}},
            r"limits\.gopher_quality\.stop_words\[1\]: must be one word",
        ),
        (
            {"languages": {"de": {"gopher_quality": {"stop_words": [""]}}}},
            r"languages\.de\.gopher_quality\.stop_words\[0\]: must be one word",
        ),
        ({"limits": {"c4": 3}}, r"limits\.c4: expected a mapping"),
        (
            {"languages": {"de": {"c4": {"min_sentences": "3"}}}},
            r"quality\.languages\.de\.c4\.min_sentences: expected a whole",
        ),
        ({"languages": {"de": {"gofer": {}}}}, r"quality\.languages\.de\.gofer: unknown key"),
        ({"remove_lines": ["fineweb"]}, r"quality\.remove_lines: fineweb is unknown; allowed: c4"),
    ],
)
def test_what_there_is_not_is_refused_with_its_key(written, message) -> None:
    with pytest.raises(Refused, match=message):
        rules(**written)
