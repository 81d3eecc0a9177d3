"""Stages that wish: their sets, what is said of them, and what is refused before work."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from golden_corpus import RECIPE, places, shard_digests

STAGES = (
    "--set=recipe.mix.stages=[{name: all}, {name: late, by: [language, kind], "
    "weights: {en/unknown: 0.8, '*': 0.2}, tokens: 1500, max_repeats: 9}]"
)
BEST_FIT = "--set=recipe.shards.packing=best_fit"


def rows(spark, folder, table):
    return spark.read.format("delta").load(f"{folder}/warehouse/{table}").collect()


def content_of(made):
    return json.loads(Path(made["manifest"]).read_text("utf-8"))["content"]


def slow_mix(spark, folder):
    """Times of each document in the stage ``late``, group by group in the order of the key."""
    language = {row.doc_id: row.language for row in rows(spark, folder, "clean_documents")}
    tokens = {row.doc_id: row.token_count + 1 for row in rows(spark, folder, "tokens")}
    key = {d: hashlib.sha256(f"42\0mix\0late\0{d}".encode()).hexdigest()[:16] for d in tokens}
    times = Counter()
    for english, wish in ((True, 1200), (False, 300)):
        own = sorted(
            (d for d in tokens if (language[d] == "en") == english), key=lambda d: (key[d], d)
        )
        repeats, rest = divmod(wish, sum(tokens[d] for d in own))
        times.update({d: repeats for d in own if repeats})
        for doc_id in own:
            if tokens[doc_id] > rest:
                break
            rest -= tokens[doc_id]
            times[doc_id] += 1
    return dict(times)


@pytest.mark.slow
def test_a_stage_that_wishes_has_a_set_of_its_own_with_what_was_wished_and_reached(
    cli, spark, copied
):
    run = ["build-shards", *places(copied), *RECIPE, STAGES, BEST_FIT]

    code, line = cli(*run)
    again, unchanged = cli(*run, "--set=runtime.shuffle_partitions=7")

    assert (code, again) == (0, 0)
    assert unchanged["shard_sets"] == line["shard_sets"]
    planned = [row for row in rows(spark, copied, "mix_plan") if row.stage == "late"]
    times = {row.doc_id: row.repeats for row in planned}
    assert times == slow_mix(spark, copied)
    tokens = {row.doc_id: row.token_count + 1 for row in rows(spark, copied, "tokens")}
    said = line["mix"]["late"]
    assert [(part["group"], part["wished"]) for part in said["parts"]] == [
        ("*", 300),
        ("en/unknown", 1200),
    ]
    assert said["tokens"] == sum(tokens[d] * n for d, n in times.items()) <= 1500
    content = content_of(line["shard_sets"]["late"])
    assert content["mix"] == said
    assert content["totals"]["tokens"] == said["tokens"]
    assert content["totals"]["documents"] == sum(times.values())
    assert (content["plan"]["packing"], content["plan"]["oversize"]) == ("best_fit", "fragment")
    for made in line["shard_sets"].values():
        code, checked = cli(
            "verify-shards", *places(copied), "--manifest", made["manifest"], "--rebuild"
        )
        assert (code, checked["status"]) == (0, "rebuilt")


def test_a_stage_that_wishes_nothing_has_the_shards_it_always_had(cli, milled):
    code, line = cli("build-shards", *places(milled), *RECIPE)

    content = content_of(line)
    [part] = line["mix"]["main"]["parts"]
    assert code == 0
    assert part["tokens"] == part["available"] == part["wished"] == content["totals"]["tokens"]
    assert shard_digests(line["manifest"])


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (
            "{by: [language], weights: {xx: 1}}",
            "recipe.mix.stages.main.weights.xx: no document is in this group; there are ",
        ),
        ("{tokens: 99999999}", "recipe.mix.stages.main.tokens: 99999999 tokens are wished, 100 %"),
        (
            "{max_source_share: 0.5}",
            "recipe.mix.stages.main: under max_source_share group * reaches 50 % of the tokens",
        ),
    ],
    ids=["empty", "budget", "cap"],
)
def test_a_wish_that_cannot_be_met_is_refused_before_anything_is_written(
    cli, spark, milled, stage, words
):
    before = spark.sql(f"DESCRIBE HISTORY delta.`{milled}/warehouse/mix_plan`").count()
    sets = sorted((milled / "output" / "shards").iterdir())

    code, line = cli("build-shards", *places(milled), *RECIPE, f"--set=recipe.mix.stages=[{stage}]")

    assert code == 2
    assert line["message"].startswith(words)
    assert spark.sql(f"DESCRIBE HISTORY delta.`{milled}/warehouse/mix_plan`").count() == before
    assert sorted((milled / "output" / "shards").iterdir()) == sets


@pytest.mark.parametrize(
    ("stage", "key"),
    [
        pytest.param(
            ["--set=recipe.shards.rest=drop", "--set=recipe.shards.sequence_length=4096"],
            "rest",
            id="tails",
            marks=pytest.mark.slow,
        ),
        pytest.param([BEST_FIT, "--set=recipe.shards.oversize=truncate"], "oversize", id="ends"),
    ],
)
def test_shards_that_leave_too_much_out_are_no_set_until_the_guard_is_told_so(
    cli, copied, stage, key
):
    command = ["build-shards", *places(copied), *RECIPE, *stage]

    code, line = cli(*command, "--set=runtime.guards.dropped_share=0.001")
    sets = list((copied / "output" / "shards").glob("*/manifest.json"))
    wanted, done = cli(*command, "--set=runtime.guards.dropped_share=1")

    assert (code, wanted, len(sets)) == (3, 0, 1)
    assert line["message"].startswith(f"recipe.shards.{key}: ")
    assert f"leaves out {done['counts']['dropped']} of " in line["message"]
    assert done["counts"]["dropped"] > 0


def test_a_version_of_the_plan_cannot_be_asked_for(cli, milled):
    code, line = cli("build-shards", *places(milled), *RECIPE, "--table-version", "mix_plan=1")

    assert code == 2
    assert "--table-version mix_plan" in line["message"]
