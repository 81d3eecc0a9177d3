"""What a notebook opens: the places and the recipe of a run, and no session before it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusmill import notebook
from corpusmill.notebook import open_mill
from corpusmill.refusal import Refused


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder to work in, and a tripwire: nothing here may ask for a session."""

    def trip(*_arguments, **_named):
        raise AssertionError("a session was asked for")

    monkeypatch.setattr(notebook, "open_session", trip)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_models_and_shards_are_beside_the_tables_where_nothing_else_is_said(here):
    mill = open_mill("lake/warehouse", "--set", "recipe.seed=7")

    assert mill.runtime.warehouse == "lake/warehouse"
    assert mill.output == here / "lake" / "output"
    assert mill.recipe.seed == 7


def test_an_output_that_is_named_is_taken(here):
    assert open_mill("lake/warehouse", "--output", "out").output == here / "out"


def test_tables_of_a_catalog_have_the_output_of_the_preset():
    mill = open_mill("main.corpusmill", "--preset", "databricks")

    assert mill.output == Path("/Volumes/main/corpusmill/output")


def test_options_that_no_run_takes_are_refused():
    with pytest.raises(Refused, match="recipe\\.sed: unknown key"):
        open_mill("lake/warehouse", "--set", "recipe.sed=7")
