"""The shipped configuration: presets change where a run is done, never what comes of it."""

from __future__ import annotations

import dataclasses
import json
from importlib import resources

import pytest
import yaml

from corpusmill.config import decode
from corpusmill.invocation import PRESETS, parse
from corpusmill.recipe import Recipe, Runtime, Settings
from corpusmill.resolve import resolve

CONF = resources.files("corpusmill.conf")


def shipped(name):
    return yaml.safe_load(CONF.joinpath(f"{name}.yaml").read_text("utf-8"))


def as_yaml(record):
    """A record as the plain values that YAML has: tuples are lists."""
    return json.loads(json.dumps(dataclasses.asdict(record)))


def test_every_shipped_file_is_known():
    names = {entry.name for entry in CONF.iterdir() if entry.name.endswith(".yaml")}

    assert names == {
        "base.yaml",
        "embedded.yaml",
        "fineweb2.yaml",
        *(f"{preset}.yaml" for preset in PRESETS),
    }


def test_the_base_states_exactly_the_defaults_of_the_recipe():
    assert shipped("base") == {"recipe": as_yaml(Recipe())}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_holds_only_a_runtime(preset):
    assert list(shipped(preset)) == ["runtime"]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_loads_as_it_stands(preset):
    written = shipped(preset)["runtime"]

    settings = parse("run", ["--preset", preset]).settings

    assert settings == Settings(Recipe(), decode(Runtime, written, "runtime"))
    loaded = as_yaml(settings.runtime)
    assert {key: loaded[key] for key in written} == written


def test_the_local_preset_names_every_key_of_a_runtime_at_its_default():
    written = shipped("local")["runtime"]

    defaults = as_yaml(Runtime())

    chosen = {"master"}
    assert list(written) == list(defaults)
    assert {key: written[key] for key in defaults if key not in chosen} == {
        key: defaults[key] for key in defaults if key not in chosen
    }


def test_the_databricks_preset_names_every_key_that_has_a_say_there_but_the_guards():
    of_our_sessions = {"master", "driver_memory", "java_options", "worker_timeout"}

    assert set(shipped("databricks")["runtime"]) == {*as_yaml(Runtime())} - of_our_sessions - {
        "guards"
    }


def test_the_local_preset_is_the_one_without_a_word():
    assert parse("run", []).settings == parse("run", ["--preset", "local"]).settings


def test_all_presets_give_one_recipe_digest(tmp_path):
    recipes = [parse("run", ["--preset", preset]).settings.recipe for preset in PRESETS]

    digests = {resolve(recipe, tmp_path).digest for recipe in recipes}

    assert len(digests) == 1


def test_all_presets_give_one_digest_under_the_same_changes_too(tmp_path):
    change = ["--conf", "embedded", "--set", "recipe.pii.kinds=[US_SSN]"]
    recipes = [parse("run", ["--preset", preset, *change]).settings.recipe for preset in PRESETS]

    digests = {resolve(recipe, tmp_path).digest for recipe in recipes}

    assert len(digests) == 1
    assert digests != {resolve(Recipe(), tmp_path).digest}


def test_the_embedded_corpus_names_its_weak_labels_among_its_sources():
    settings = parse("run", ["--conf", "embedded"]).settings

    labels = settings.recipe.quality.classifiers["quality"]

    assert settings.runtime.embedded
    assert {*labels.positive, *labels.negative} <= set(settings.recipe.sources)
    assert set(labels.positive).isdisjoint(labels.negative)
