"""All filters at once: names, order, and texts that no one should ever send."""

from __future__ import annotations

import re

import numpy as np
import pytest

from corpusmill.quality import filters
from corpusmill.quality.filters import FILTERS, SIGNALS
from corpusmill.quality.presets import limits_of

NAMES = [
    *("gopher_quality", "gopher_repetition", "c4", "fineweb", "refinedweb", "contacts", "code"),
]


def measure_all(texts, languages, names):
    limits = limits_of(tuple(FILTERS), {}, {})
    return filters.measure_all(texts, languages, {name: limits[name] for name in names})


def test_the_filters_are_those_that_recipes_name() -> None:
    assert list(FILTERS) == NAMES


def test_every_signal_has_a_name_of_its_own_and_a_comment() -> None:
    names = [name for name, _ in SIGNALS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    assert all(comment for _, comment in SIGNALS)


def test_all_filters_measure_all_signals_in_order() -> None:
    signals, broken = measure_all(["some text", "more"], ["en", "de"], NAMES)

    assert list(signals) == [name for name, _ in SIGNALS]
    assert {(value.dtype, value.shape) for value in signals.values()} == {(np.dtype("int64"), (2,))}
    assert len(broken) == 2


@pytest.mark.parametrize("name", NAMES)
def test_one_filter_measures_its_own_signals_only(name: str) -> None:
    signals, broken = measure_all(["some text {"], ["en"], [name])

    assert list(signals) == [signal for signal, _ in FILTERS[name].signals]
    assert set(broken[0]) <= {name}


def test_the_order_of_presets_does_not_matter() -> None:
    texts, languages = ["x {\nx {\nx {", "", "ok"], ["en"] * 3

    forwards, backwards = (measure_all(texts, languages, names) for names in (NAMES, NAMES[::-1]))

    assert list(forwards[0]) == list(backwards[0])
    assert forwards[1] == backwards[1]


def test_each_text_is_told_all_the_rules_it_breaks() -> None:
    good = (
        "The mill of the town stood by a river, and that river was never quiet. People came with"
        " their grain from far away. Some had to wait for days! Did anybody mind? Hardly, because"
        " there was much to tell and nothing to do. So the years went by, until one winter all of"
        " the water froze and the wheel stopped."
    ).replace(". ", ".\n")
    bad = "so lorem ipsum {\nso lorem ipsum {\n"

    _, broken = measure_all([good, bad], ["en", "de"], NAMES)

    assert broken[0] == {}
    assert broken[1] == {
        "gopher_quality": ["too_few_words", "few_lettered_words"],
        "gopher_repetition": [
            "duplicate_lines",
            "duplicate_line_characters",
            "top_2_gram_characters",
            "top_3_gram_characters",
            "top_4_gram_characters",
        ],
        "c4": ["too_few_sentences", "lorem_ipsum", "curly_bracket"],
        "fineweb": ["few_finished_lines", "short_lines", "duplicate_lines"],
    }


def test_no_filter_asks_nothing() -> None:
    assert measure_all(["a", "b"], ["en", "en"], []) == ({}, [{}, {}])


def test_no_text_gives_no_verdict() -> None:
    signals, broken = measure_all([], [], NAMES)

    assert broken == []
    assert {value.shape for value in signals.values()} == {(0,)}


@pytest.mark.heavy
def test_a_verdict_does_not_depend_on_the_batch(babble: list[str]) -> None:
    together, broken = measure_all(babble, ["en"] * len(babble), NAMES)

    alone = [measure_all([text], ["en"], NAMES) for text in babble]

    assert broken == [verdict[0] for _, verdict in alone]
    for name, values in together.items():
        assert values.tolist() == [int(signals[name][0]) for signals, _ in alone]


@pytest.mark.heavy
@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\n ",
        "?!...,;:-#…",
        "\ud800 lone surrogate \udfff",
        "x" * 5_000_000,
        "\n" * 1_000_000,
        "a\n" * 500_000,
        "{" * 1_000_000,
        "1.2.3." * 200_000,
        "@a-" * 300_000,
        "12 34-" * 200_000,
        "." * 1_000_000,
        "javascript " * 100_000,
        "漢字" * 300_000,
        "spam " * 300_000,
        pytest.param("x" * 50_000_000, marks=pytest.mark.slow),
        "".join(map(chr, range(33, 127))) * 2_000,
        "\U0001f600\U0001f680\u2764" * 20_000,
        "שלום [1] hello ({]. " * 20_000,
    ],
    ids=lambda text: f"{text[:4]!r}x{len(text)}",
)
def test_no_text_breaks_the_filters(text: str) -> None:
    texts = ["", text, "a small neighbour", ""]

    signals, broken = measure_all(texts, ["en"] * 4, NAMES)

    assert all(int(value.min()) >= 0 for value in signals.values())
    assert signals["words"].tolist()[2:] == [3, 0]
    assert broken[0] == broken[3]


def test_signals_held_against_other_limits_break_what_texts_measured_under_them_break(babble):
    languages = ["en" if n % 3 else "de" for n in range(len(babble))]
    published = limits_of(tuple(FILTERS), {}, {})
    others = {"gopher_quality": {"min_words": 4}, "fineweb": {"max_short_lines": None}}
    changed = limits_of(tuple(FILTERS), others, {"de": {"code": {"max_longest_line": 9}}})

    signals, _ = filters.measure_all(babble, languages, published)

    expected = filters.measure_all(babble, languages, changed)[1]
    assert filters.hold(signals, languages, changed) == expected
    assert expected != filters.hold(signals, languages, published)


def test_limits_that_decide_how_a_signal_is_counted_are_told_from_those_it_is_held_against():
    before = limits_of(("gopher_quality", "c4"), {}, {"de": {"gopher_quality": {"min_words": 9}}})
    held = limits_of(("gopher_quality", "c4"), {"c4": {"min_sentences": 1}}, {})
    counted = limits_of(
        ("gopher_quality", "c4", "code"),
        {"c4": {"min_line_words": 1}},
        {"de": {"gopher_quality": {"stop_words": ["und"]}}},
    )

    assert filters.counted_otherwise(before, held) == []
    assert filters.counted_otherwise(before, counted) == [
        "c4.min_line_words",
        "code",
        "gopher_quality.stop_words",
    ]
