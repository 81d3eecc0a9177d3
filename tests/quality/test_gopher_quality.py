"""Gopher's quality rules on texts whose numbers can be counted by hand."""

from __future__ import annotations

import pytest

from corpusmill.quality.gopher_quality import SIGNALS

NAME = "gopher_quality"
PROSE = "The mill of the town stood by a river, and that river was never quiet.\n" * 5


def test_plain_prose_breaks_nothing(hold) -> None:
    assert hold(NAME, PROSE).broken == [[]]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The mill of the town stood by a river.", "too_few_words"),
        ("word and the " * 33_334, "too_many_words"),
        ("of a to in the be " * 10, "short_words"),
        ("unquestionably irreproducible of that " * 12 + "irreproducible " * 20, "long_words"),
        (PROSE + "# " * 10, "many_hashes"),
        (PROSE + "wait... " * 20, "many_ellipses"),
        (PROSE + "wait… " * 20, "many_ellipses"),
        ("• the mill of the town\n" * 10, "bullet_lines"),
        ("the mill of the town...\n" * 2 + "the town\n\n" * 2, "ellipsis_lines"),
        (PROSE + "10 20 30 40 50 " * 5, "few_lettered_words"),
        ("mill town stood river quiet never " * 10, "no_stop_words"),
    ],
)
def test_a_text_breaks_the_rule_made_for_it(hold, text, rule) -> None:
    [broken] = hold(NAME, text).broken

    assert rule in broken


@pytest.mark.parametrize(
    ("count", "broken"),
    [(49, ["too_few_words"]), (50, []), (100_000, []), (100_001, ["too_many_words"])],
)
def test_what_reaches_a_limit_of_words_keeps_it(hold, count, broken) -> None:
    found = hold(NAME, "word " * count, min_stop_words=None)

    assert (found.signals["words"], found.broken) == ([count], [broken])


def test_every_broken_rule_is_told_in_the_declared_order(hold) -> None:
    assert hold(NAME, "• 12...\n• 3 ###").broken == [
        [
            "too_few_words",
            "short_words",
            "many_hashes",
            "many_ellipses",
            "bullet_lines",
            "ellipsis_lines",
            "few_lettered_words",
            "no_stop_words",
        ]
    ]


def test_punctuation_marks_are_no_words_but_are_counted_beside_them(hold) -> None:
    found = hold(NAME, "He said: \"It's 3.5, isn't it?\" -- and left...")

    # He said : " It 's 3.5 , is n't it ? " -- and left ...
    assert found.signals["words"] == [10]
    assert found.signals["words_and_marks"] == [17]
    assert found.signals["mean_word_length"] == [27 * 1_000_000 // 10]
    assert found.signals["lettered_words"] == [9 * 1_000_000 // 17]


def test_word_length_is_not_asked_of_scripts_without_spaces(hold) -> None:
    chinese, mixed = "漢字" * 60, "漢字" * 30 + " ab" * 30

    found = hold(NAME, chinese, mixed, "ab " * 60, min_stop_words=None)

    assert found.signals["words"] == [60, 60, 60]
    assert found.signals["unspaced_words"] == [1_000_000, 500_000, 0]
    assert found.broken == [[], ["short_words"], ["short_words"]]


def test_stop_words_are_asked_of_languages_that_have_a_list(hold) -> None:
    text = "moulin ville rivière calme jamais " * 12

    found = {code: hold(NAME, text, language=code).broken for code in ("en", "fr", "unknown")}

    assert found == {"en": [["no_stop_words"]], "fr": [[]], "unknown": [[]]}


def test_a_list_of_stop_words_can_be_given(hold) -> None:
    text = "moulin ville rivière calme jamais " * 12

    found = hold(NAME, text, text + "de la", language="fr", stop_words=["de", "la"])

    assert found.signals["stop_words"] == [0, 2]
    assert found.broken == [["no_stop_words"], []]


def test_stop_words_of_unspaced_scripts_are_looked_for_as_they_stand(hold) -> None:
    texts = ["這是我的書" * 20, "今天天气很好" * 20, "的", "人", ""]

    found = hold(NAME, *texts, language="zh", stop_words=["的", "是", "天气"])

    assert found.signals["stop_words"] == [2, 1, 1, 0, 0]


@pytest.mark.parametrize("length", range(5))
def test_an_unspaced_stop_word_may_be_longer_than_the_whole_batch(hold, length) -> None:
    found = hold(NAME, "เป็น"[:length], language="th", stop_words=["เป็น"])

    assert found.signals["stop_words"] == [int(length == 4)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("the the the", 1),
        ("The THE the AND", 1),
        ("the be to of and that have with", 8),
        ("them bee too off andy thatch haven without", 0),
        ("(the) be-to, of", 4),
        ("", 0),
    ],
)
def test_different_stop_words_are_counted(hold, text, count) -> None:
    assert hold(NAME, text).signals["stop_words"] == [count]


@pytest.mark.parametrize(
    ("text", "ellipses"),
    [("a ...", 1), ("a ..", 0), ("a .....", 1), ("a ......", 2), ("a …", 1)],
)
def test_three_dots_are_an_ellipsis(hold, text, ellipses) -> None:
    assert hold(NAME, text).signals["ellipses_per_word"] == [ellipses * 1_000_000 // 2]


def test_dots_of_two_texts_make_no_ellipsis(hold) -> None:
    assert hold(NAME, "a ..", ".. b").signals["ellipses_per_word"] == [0, 0]


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("- a\n* b\nc\nd", 250_000),
        ("  • a\n\nb\n", 333_333),
        ("a - b", 0),
        ("-\n", 1_000_000),
        ("\n\n", 0),
    ],
)
def test_bullets_open_lines(hold, text, millionths) -> None:
    assert hold(NAME, text).signals["bullet_lines"] == [millionths]


@pytest.mark.parametrize(
    ("text", "millionths"),
    [("a...\nb… \nc\nd..", 500_000), ("..\na", 0), ("...", 1_000_000), ("\n..\n.", 0)],
)
def test_ellipses_close_lines(hold, text, millionths) -> None:
    assert hold(NAME, text).signals["ellipsis_lines"] == [millionths]


def test_lines_are_counted_as_splitlines_counts_them(hold, babble) -> None:
    texts = [text.replace("a", "-") for text in babble]

    signal = hold(NAME, *texts).signals["bullet_lines"]

    expected = []
    for text in texts:
        lines = text.split("\n")[: -1 if text.endswith("\n") or not text else None]
        bullets = sum(line.strip().startswith(("-", "•")) for line in lines)
        expected.append(bullets * 1_000_000 // max(len(lines), 1))
    assert signal == expected
    assert sum(value > 0 for value in expected) > 20


def test_one_letter_makes_a_word_lettered(hold) -> None:
    assert hold(NAME, "x1 22 3é _ 漢 4").signals["lettered_words"] == [500_000]


def test_a_text_without_words_breaks_the_lower_limits(hold) -> None:
    found = hold(NAME, "", "?! ... -", " \n ")

    assert found.signals["words"] == [0, 0, 0]
    assert all(
        {"too_few_words", "short_words", "few_lettered_words"} <= set(each) for each in found.broken
    )


def test_other_limits_give_other_verdicts_from_the_same_signals(hold) -> None:
    strict, usual, none = (hold(NAME, PROSE, "a", min_words=least) for least in (76, 50, None))

    assert ["too_few_words" in each for each in strict.broken] == [True, True]
    assert ["too_few_words" in each for each in usual.broken] == [False, True]
    assert ["too_few_words" in each for each in none.broken] == [False, False]
    assert strict.signals == usual.signals == none.signals


def test_signals_come_in_the_declared_order(hold) -> None:
    assert list(hold(NAME, PROSE, "").signals) == [name for name, _ in SIGNALS]
