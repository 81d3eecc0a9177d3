"""The plan of a stage, against numbers worked out by hand and against what every plan must hold."""

import random
from fractions import Fraction

import pytest

from corpusmill.refusal import Refused
from corpusmill.shards.mix import lines, plan_mix, report
from corpusmill.shards.mix_rules import MAX_REPEATS, MixRules, MixStage


def planned(counts, **wish):
    """Group, source, origin -> (wished tokens, repeats, rest)."""
    plan = plan_mix(MixStage(**wish), counts)
    return {
        tuple(filter(None, (p.pool.group, p.pool.source, p.pool.origin))): (
            p.wished,
            p.repeats,
            p.rest,
        )
        for p in plan.parts
    }


def refusal(counts, **wish):
    with pytest.raises(Refused) as caught:
        plan_mix(MixStage(**wish), counts)
    return str(caught.value)


@pytest.mark.parametrize("repeats", [1, 2, 7])
def test_a_stage_that_wishes_nothing_has_everything_as_often_as_it_says(repeats):
    assert planned({(): 999}, repeats=repeats) == {("*",): (999 * repeats, repeats, 0)}


def test_nothing_makes_no_parts():
    assert planned({}) == {}


def test_a_budget_is_met_from_below_and_from_above():
    assert planned({(): 1000}, tokens=300) == {("*",): (300, 0, 300)}
    assert planned({(): 1000}, tokens=2300) == {("*",): (2300, 2, 300)}


def test_weights_divide_the_budget_whatever_their_sum():
    counts = {("web",): 1000, ("books",): 100, ("code",): 50}
    wish = {"by": ("source",), "tokens": 400}

    found = planned(counts, weights={"web": 3.0, "books": 1.0}, **wish)

    assert found == {("books",): (100, 1, 0), ("web",): (300, 0, 300)}
    assert found == planned(counts, weights={"web": 0.75, "books": 0.25}, **wish)


def test_what_no_weight_names_is_left_out_or_is_the_rest():
    counts = {("web",): 1000, ("books",): 100, ("code",): 50}
    stage = MixStage(by=("source",), weights={"web": 1.0}, tokens=500)

    assert plan_mix(stage, counts).left_out == 150
    assert planned(counts, by=("source",), weights={"web": 1.0, "*": 1.0}, tokens=200) == {
        ("*",): (100, 0, 100),
        ("web",): (100, 0, 100),
    }


def test_without_a_budget_a_stage_is_as_large_as_its_repeats_allow():
    counts = {("web",): 1000, ("books",): 100}
    wish = {"by": ("source",), "weights": {"web": 0.6, "books": 0.4}}

    assert planned(counts, **wish) == {("books",): (100, 1, 0), ("web",): (150, 0, 150)}
    assert planned(counts, **wish, repeats=4) == {("books",): (400, 4, 0), ("web",): (600, 0, 600)}


def test_groups_may_be_of_several_columns_and_spans_of_buckets():
    counts = {
        ("web", "3"): 10,
        ("web", "15"): 30,
        ("web", "19"): 60,
        ("web", "none"): 5,
        ("books", "15"): 40,
    }
    weights = {"web/15-19": 0.5, "web/0-14": 0.1, "books/0-19": 0.4}

    plan = plan_mix(MixStage(by=("source", "bucket.quality"), weights=weights, tokens=100), counts)

    assert {part.pool.group: (part.pool.tokens, part.wished) for part in plan.parts} == {
        "web/15-19": (90, 50),
        "web/0-14": (10, 10),
        "books/0-19": (40, 40),
    }
    assert plan.left_out == 5


def test_a_source_above_its_cap_is_cut_and_the_others_fill_up_in_proportion():
    counts = {("web",): 900, ("books",): 60, ("code",): 40}

    found = planned(counts, max_source_share=0.5, tokens=100)

    assert found == {
        ("*", "books"): (30, 0, 30),
        ("*", "code"): (20, 0, 20),
        ("*", "web"): (50, 0, 50),
    }


def test_a_cut_source_may_lift_another_above_the_cap():
    counts = {("a",): 600, ("b",): 200, ("c",): 100, ("d",): 100}

    found = planned(counts, max_source_share=0.3, tokens=1000)

    assert {key[1]: wished for key, (wished, *_) in found.items()} == {
        "a": 300,
        "b": 300,
        "c": 200,
        "d": 200,
    }


def test_a_cap_alone_cuts_and_repeats_nothing():
    counts = {("human",): 80, ("synthetic",): 40}

    assert planned(counts, max_synthetic_share=0.2) == {
        ("*", "human"): (80, 1, 0),
        ("*", "synthetic"): (20, 0, 20),
    }


def test_refusals_name_key_numbers_and_what_would_be_possible():
    counts = {("web",): 1000, ("books",): 100}
    wish = {"by": ("source",), "weights": {"web": 0.5, "books": 0.5}}

    assert refusal(counts, **wish, tokens=1000) == (
        "recipe.mix.stages.main.tokens: 1000 tokens are wished, 50 % of them of group books, which "
        "has 100: documents would stand 5 times, max_repeats is 4; possible are at most 800 tokens"
    )
    assert planned(counts, **wish, tokens=800)[("books",)] == (400, 4, 0)
    assert refusal(counts, by=("source",), weights={"wiki": 1.0}) == (
        "recipe.mix.stages.main.weights.wiki: no document is in this group; there are books, web"
    )
    assert refusal(counts, max_source_share=0.3) == (
        "recipe.mix.stages.main: under max_source_share group * reaches 60 % of the tokens; "
        "100 % are wished"
    )
    assert "there are none" in refusal({}, tokens=5)
    assert "source of some documents" in refusal({("",): 5, ("web",): 1}, **wish)


def test_a_source_whose_own_weight_passes_the_cap_is_refused():
    counts = {("web",): 1000, ("books",): 1000}
    wish = {"by": ("source",), "weights": {"web": 0.7, "books": 0.3}, "tokens": 100}

    assert refusal(counts, **wish, max_source_share=0.6).startswith(
        "recipe.mix.stages.main: under max_source_share group web reaches 60 % of the tokens"
    )


def drawn(seed):
    draw = random.Random(seed)
    names = ["a", "b", "c", "d", "e", "f"][: draw.randint(1, 6)]
    origin = {name: draw.choice(["human", "synthetic", "unknown"]) for name in names}
    counts = {
        (language, name, origin[name]): draw.randint(1, 10**9)
        for name in names
        for language in ("de", "en", "fr")
        if draw.random() < 0.8
    }
    languages = sorted({language for language, *_ in counts})
    wish = {
        "by": ("language",),
        "weights": {language: draw.choice([0.1, 0.25, 1.0, 3.3]) for language in languages},
        "max_source_share": draw.choice([1.0, 0.7, 0.4]),
        "max_synthetic_share": draw.choice([1.0, 0.5, 0.2]),
    }
    return counts, wish


def is_met(counts, wish):
    try:
        plan_mix(MixStage(**wish), counts)
    except Refused:
        return False
    return True


WISHES = [drawn(seed) for seed in range(200)]
MET = [pair for pair in WISHES if pair[0] and is_met(*pair)]


def test_most_drawn_wishes_are_met():
    assert len(MET) > len(WISHES) / 2


@pytest.mark.parametrize(("counts", "wish"), MET)
def test_every_plan_keeps_weights_caps_and_repeats(counts, wish):
    stage = MixStage(**wish)
    plan = plan_mix(stage, counts)
    total, slack = plan.wished, 1 + plan.wished * Fraction(1, 10**6) + len(plan.parts)

    def sum_of(matches):
        return sum(part.wished for part in plan.parts if matches(part.pool))

    for group, share in stage.shares.items():
        assert abs(sum_of(lambda pool, g=group: pool.group == g) - total * share) <= slack
    for source in {part.pool.source for part in plan.parts}:
        wished = sum_of(lambda pool, s=source: pool.source == s)
        assert wished <= total * Fraction(wish["max_source_share"]) + slack
    synthetic = sum_of(lambda pool: pool.origin == "synthetic")
    assert synthetic <= total * Fraction(wish["max_synthetic_share"]) + slack
    for part in plan.parts:
        assert part.repeats * part.pool.tokens + part.rest == part.wished
        assert part.wished <= part.pool.tokens
    assert any(part.wished >= part.pool.tokens - 1 for part in plan.parts)  # no larger one


@pytest.mark.parametrize(("counts", "wish"), MET)
def test_without_caps_that_bind_the_pools_of_a_group_have_one_rate(counts, wish):
    free = {**wish, "max_source_share": 1.0, "max_synthetic_share": 1.0}

    plan = plan_mix(MixStage(**free), counts)

    for group in {part.pool.group for part in plan.parts}:
        own = [part for part in plan.parts if part.pool.group == group]
        assert len({part.share / part.pool.tokens for part in own}) == 1


def test_the_order_of_the_counts_changes_nothing():
    counts, wish = MET[-1]
    backwards = dict(reversed(counts.items()))

    assert plan_mix(MixStage(**wish), counts) == plan_mix(MixStage(**wish), backwards)


def test_a_group_whose_only_source_another_group_used_up_is_refused():
    counts = {("de", "web"): 100, ("en", "web"): 100, ("en", "books"): 100}
    wish = {"by": ("language",), "weights": {"de": 0.4, "en": 0.6}, "max_source_share": 0.5}

    assert "under max_source_share group de reaches" in refusal(counts, **wish)
    named = {"de/web": 0.4, "en/web": 0.1, "en/books": 0.5}
    split = planned(counts, by=("language", "source"), weights=named, max_source_share=0.5)
    assert {key[0]: wished for key, (wished, *_) in split.items()} == {
        "de/web": 80,
        "en/web": 20,
        "en/books": 100,
    }


def test_a_report_holds_wish_and_outcome_in_whole_numbers():
    stage = MixStage(by=("source",), weights={"web": 0.6, "books": 0.4}, tokens=1000)
    plan = plan_mix(stage, {("web",): 900, ("books",): 300, ("code",): 7})

    found = report(plan, [96, 597])

    assert found == {
        "wished": 1000,
        "tokens": 993,
        "left_out": 7,
        "parts": [
            {
                "group": "books",
                "source": None,
                "origin": None,
                "wish_in_millionths": 400_000,
                "wished": 400,
                "available": 300,
                "repeats": 1,
                "tokens": 396,
            },
            {
                "group": "web",
                "source": None,
                "origin": None,
                "wish_in_millionths": 600_000,
                "wished": 600,
                "available": 900,
                "repeats": 0,
                "tokens": 597,
            },
        ],
    }
    assert lines("main", found) == [
        "mix main: 993 tokens of 1,000 wished; 7 in documents that no weight names",
        "    books: 39.88 % (40.00 % wished), 396 tokens from 300, each document 1 or 2 times",
        "    web: 60.12 % (60.00 % wished), 597 tokens from 900, each document 0 or 1 times",
    ]


def test_two_stages_of_one_name_are_refused_by_it():
    with pytest.raises(ValueError, match="stages has late more than once"):
        MixRules((MixStage(), MixStage(name="late"), MixStage(name="late")))


@pytest.mark.parametrize("key", ["repeats", "max_repeats"])
def test_more_repeats_than_a_map_can_number_are_refused(key):
    MixStage(**{key: MAX_REPEATS})

    with pytest.raises(ValueError, match=f"must be at most {MAX_REPEATS}"):
        MixStage(**{key: MAX_REPEATS + 1})
