"""Which shard set is the newest, and whose recipe made the tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from made_facts import made_facts
from pyspark.sql import Row

from corpusmill.config import decode
from corpusmill.digests import canonical, digest
from corpusmill.ledger import Commit, Committed
from corpusmill.pii.rules import PatternRule, PiiRules
from corpusmill.recipe import Recipe
from corpusmill.report.sets import newest_first, recipe_behind, widened
from corpusmill.resolve import resolve

WHEN = datetime(2026, 11, 22, tzinfo=timezone.utc)


def row(name, tokens_version, manifest="/out/manifest.json", stage="main"):
    return Row(stage=stage, digest=name, tokens_version=tokens_version, manifest=manifest)


def committed(version, row):
    made_of = {"tokens": f"t@{row.tokens_version}"}
    made_of["shard_set"] = f"{digest([row.digest, row.manifest])}@0"
    return Committed(version, Commit("build-shards", "s", "c", "r", made_of, {}), WHEN, 1)


def test_sets_of_one_version_of_tokens_stand_in_the_order_in_which_they_were_written():
    rows = [row("b", 1), row("a", 1), row("c", 1)]
    commits = [committed(n, rows[n - 1]) for n in (3, 2, 1)]

    assert [found.digest for found in newest_first(rows, commits)] == ["c", "a", "b"]


def test_a_set_that_was_asked_for_again_stands_once_and_is_the_newest():
    rows = [row("a", 1), row("b", 2), row("a", 3)]
    commits = [committed(n, rows[n - 1]) for n in (3, 2, 1)]

    assert newest_first(rows, commits) == [row("a", 3), row("b", 2)]


def test_a_set_in_two_places_is_the_one_that_was_written_last():
    rows = [row("a", 1, "/z/manifest.json"), row("a", 1, "/a/manifest.json")]
    commits = [committed(2, rows[0]), committed(1, rows[1])]

    assert newest_first(rows, commits) == [rows[0]]


def test_sets_whose_commits_the_history_no_longer_shows_come_last():
    rows = [row("b", 4), row("c", 9), row("a", 3)]

    found = newest_first(rows, [committed(60, rows[2])])

    assert [one.digest for one in found] == ["a", "c", "b"]


@pytest.fixture
def set_of(tmp_path):
    """A set whose manifest has the resolved form of a recipe, as JSON gives it back."""

    def make(**written):
        recipe = resolve(decode(Recipe, written, "recipe"), tmp_path).recipe
        return replace(made_facts().sets[0], content={"recipe": json.loads(canonical(recipe))})

    return make


def test_the_recipe_behind_a_table_is_that_of_the_newest_set_of_its_chain(set_of, tmp_path):
    by_others = set_of(selection={"keep_per_cluster": 2})
    packed, plain = set_of(shards={"count": 8}), set_of()
    unread = made_facts().sets[1]
    chain = resolve(Recipe(), tmp_path).chain_digest("selection")

    found = recipe_behind([unread, by_others, packed, plain], "selection", chain)

    assert found == packed.content["recipe"]
    assert recipe_behind([by_others, unread], "selection", chain) == {}
    assert recipe_behind([packed, plain], "selection", None) == {}


def test_a_recipe_with_other_keys_is_behind_no_table(set_of, tmp_path):
    chain = resolve(Recipe(), tmp_path).chain_digest("selection")
    recipe = set_of().content["recipe"]
    older = replace(set_of(), content={"recipe": {**recipe, "selection": {}}})

    assert recipe_behind([older], "selection", chain) == {}


def test_what_the_recipes_of_sets_looked_for_is_looked_for(set_of):
    staff = {"EMPLOYEE_ID": {"pattern": "EMP-[0-9]{6}", "score": 0.7, "context": ["staff"]}}
    asked = {"kinds": ["PHONE_NUMBER", "EMPLOYEE_ID"]}
    newest = set_of(pii={**asked, "patterns": staff, "threshold": 0.3, "regions": ["US", "AT"]})
    other = {"EMPLOYEE_ID": {"pattern": "E[0-9]{6}"}}
    older = set_of(pii={**asked, "patterns": other, "context": 300})
    own = PiiRules(patterns={"BADGE": PatternRule("B[0-9]")}, regions=("GB",), threshold=0.5)

    found = widened(own, [newest, made_facts().sets[1], older])

    assert found.patterns == {
        "EMPLOYEE_ID": PatternRule("EMP-[0-9]{6}", 0.7, ("staff",)),
        "BADGE": PatternRule("B[0-9]"),
    }
    assert (found.threshold, found.context) == (0.3, 300)
    assert set(found.regions) == {"AT", "BR", "CA", "DE", "FR", "GB", "IL", "IN", "US"}
    assert found.kinds == own.kinds
