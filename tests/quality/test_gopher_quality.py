"""Gopher's quality rules on texts whose numbers can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from corpusmill.quality.batch import TextBatch, Verdicts
from corpusmill.quality.gopher_quality import (
    SIGNALS,
    GopherQuality,
    measure_gopher_quality,
)

PROSE = "The mill of the town stood by a river, and that river was never quiet.\n" * 5


def _measure(*texts: str, language: str = "en", rules: GopherQuality | None = None) -> Verdicts:
    batch = TextBatch.of(texts, [language] * len(texts))
    return measure_gopher_quality(batch, rules or GopherQuality())


def _broken(text: str, language: str = "en") -> list[str]:
    verdicts = _measure(text, language=language)
    return [rule for rule, mask in verdicts.broken.items() if mask[0]]


def _signal(name: str, *texts: str) -> list[int]:
    return [int(value) for value in _measure(*texts).signals[name]]


def test_plain_prose_breaks_nothing() -> None:
    assert _broken(PROSE) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The mill of the town stood by a river.", "too_few_words"),
        ("word and the " * 33_334, "too_many_words"),
        ("of a to in the be " * 10, "short_words"),
        ("unquestionably irreproducible of that " * 12 + "irreproducible " * 20, "long_words"),
        (PROSE + "# " * 10, "many_hashes"),
        (PROSE + "wait... " * 10, "many_ellipses"),
        (PROSE + "wait… " * 10, "many_ellipses"),
        ("• the mill of the town\n" * 10, "bullet_lines"),
        ("the mill of the town...\n" * 2 + "the town\n\n" * 2, "ellipsis_lines"),
        (PROSE + "10 20 30 40 50 " * 5, "few_lettered_words"),
        ("mill town stood river quiet never " * 10, "no_stop_words"),
    ],
)
def test_a_text_breaks_the_rule_made_for_it(text: str, rule: str) -> None:
    broken = _broken(text)

    assert rule in broken


@pytest.mark.parametrize(("count", "broken"), [(49, True), (50, False), (100_000, False)])
def test_what_reaches_the_least_number_of_words_keeps_it(count: int, broken: bool) -> None:
    verdicts = _measure("word " * count)

    assert verdicts.signals["words"].tolist() == [count]
    assert verdicts.broken["too_few_words"].tolist() == [broken]
    assert verdicts.broken["too_many_words"].tolist() == [False]


def test_every_broken_rule_is_told_in_the_declared_order() -> None:
    broken = _broken("• 12...\n• 3 ###")

    assert broken == [
        "too_few_words",
        "short_words",
        "many_hashes",
        "many_ellipses",
        "bullet_lines",
        "ellipsis_lines",
        "few_lettered_words",
        "no_stop_words",
    ]


def test_word_length_is_not_asked_of_scripts_without_spaces() -> None:
    chinese, mixed = "漢字" * 30, "漢" * 30 + " ab" * 30

    verdicts = _measure(chinese, mixed, "ab " * 60)

    assert verdicts.signals["mean_word_length"].tolist() == [1_000_000, 1_500_000, 2_000_000]
    assert verdicts.signals["unspaced_words"].tolist() == [1_000_000, 500_000, 0]
    assert verdicts.broken["short_words"].tolist() == [False, True, True]


def test_stop_words_are_asked_of_english_only() -> None:
    text = "moulin ville rivière calme jamais " * 12

    languages = {language: _broken(text, language) for language in ("en", "fr", "unknown")}

    assert languages == {"en": ["no_stop_words"], "fr": [], "unknown": []}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("the the the", 1),
        ("The THE the AND", 2),
        ("the be to of and that have with", 8),
        ("them bee too off andy thatch haven without", 0),
        ("", 0),
    ],
)
def test_different_stop_words_are_counted(text: str, count: int) -> None:
    assert _signal("stop_words", text) == [count]


@pytest.mark.parametrize(
    ("text", "ellipses"),
    [("a ...", 1), ("a ..", 0), ("a .....", 1), ("a ......", 2), ("a …...…", 3)],
)
def test_three_dots_are_an_ellipsis(text: str, ellipses: int) -> None:
    assert _signal("ellipses_per_word", text) == [ellipses * 1_000_000]


def test_dots_of_two_texts_make_no_ellipsis() -> None:
    assert _signal("ellipses_per_word", "a ..", ".. b") == [0, 0]


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("- a\n* b\nc\nd", 500_000),
        ("  • a\n\nb\n", 333_333),
        ("a - b", 0),
        ("-\n", 1_000_000),
        ("\n\n", 0),
    ],
)
def test_bullets_open_lines(text: str, millionths: int) -> None:
    assert _signal("bullet_lines", text) == [millionths]


@pytest.mark.parametrize(
    ("text", "millionths"),
    [("a...\nb… \nc\nd..", 500_000), ("..\na", 0), ("...", 1_000_000), ("\n..\n.", 0)],
)
def test_ellipses_close_lines(text: str, millionths: int) -> None:
    assert _signal("ellipsis_lines", text) == [millionths]


def test_lines_are_counted_as_splitlines_counts_them(babble: list[str]) -> None:
    texts = [text.replace("a", "-") for text in babble]

    signal = _signal("bullet_lines", *texts)

    expected = []
    for text in texts:
        lines = text.split("\n")[: -1 if text.endswith("\n") or not text else None]
        bullets = sum(line.strip().startswith(("-", "•")) for line in lines)
        expected.append(bullets * 1_000_000 // max(len(lines), 1))
    assert signal == expected
    assert sum(value > 0 for value in expected) > 20


def test_one_letter_makes_a_word_lettered() -> None:
    assert _signal("lettered_words", "x1 22 3é _ 漢 4") == [500_000]


def test_a_text_without_words_breaks_the_lower_limits() -> None:
    verdicts = _measure("", "?! ... -", " \n ")

    assert verdicts.signals["words"].tolist() == [0, 0, 0]
    assert verdicts.broken["too_few_words"].all()
    assert verdicts.broken["short_words"].all()
    assert verdicts.broken["few_lettered_words"].all()


def test_other_limits_give_other_verdicts_from_the_same_signals() -> None:
    strict = _measure(PROSE, rules=GopherQuality(min_words=76))

    usual = _measure(PROSE)

    assert strict.broken["too_few_words"].tolist() == [True]
    assert {name: value.tolist() for name, value in strict.signals.items()} == {
        name: value.tolist() for name, value in usual.signals.items()
    }


def test_signals_are_integers_in_the_declared_order() -> None:
    signals = _measure(PROSE, "").signals

    assert list(signals) == [name for name, _ in SIGNALS]
    assert {value.dtype for value in signals.values()} == {np.dtype(np.int64)}
