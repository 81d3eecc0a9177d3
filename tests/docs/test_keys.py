"""The tables of keys in the docs name every key of the shipped configuration, at its default."""

from __future__ import annotations

import re
from importlib import resources

import yaml
from documented import ROOT

from corpusmill.quality.filters import FILTERS

ROW = re.compile(r"\| `([a-z0-9_.]+)` \| (.*?) \| (.+) \|")
# Values that are told by their own tables or in words, and mappings that the user names.
WORDS = {"quality.classifiers": "one, `quality`", "guards": ""}


def table(page, under=""):
    """Key to default in the tables of a page below a heading (none: all)."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    if under:
        text = text.split(f"\n## {under}\n")[1].split("\n## ")[0]
    rows = [ROW.fullmatch(line) for line in text.splitlines()]
    found = [(row[1], row[2].replace("\\|", "|")) for row in rows if row]
    assert len(dict(found)) == len(found)
    return dict(found)


def shipped(name):
    text = resources.files("corpusmill.conf").joinpath(f"{name}.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def leaves(value, key=""):
    """Dotted keys and values; a list of mappings counts as its one entry."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        [value] = value
    if not isinstance(value, dict) or not value or key == "quality.url_list":
        yield key, value
        return
    for name, inner in value.items():
        yield from leaves(inner, f"{key}.{name}" if key else name)


def told(defaults):
    return {key: yaml.safe_load(text.strip("`")) for key, text in defaults.items()}


def without_words(found):
    words = {key: found.pop(key) for key in WORDS if key in found}
    assert words == {key: WORDS[key] for key in words}
    return told(found)


def test_recipes_md_has_every_key_of_the_recipe_at_its_default():
    assert without_words(table("recipes.md")) == dict(leaves(shipped("base")["recipe"]))


def test_filters_md_has_every_rule_with_its_signal_and_limit():
    text = (ROOT / "docs" / "filters.md").read_text("utf-8")
    _, *parts = text.split("\n## ")
    found = {}
    for part in parts:
        name, _, rest = part.partition("\n")
        cells = [line.strip("| ").split(" | ") for line in rest.splitlines() if "`" in line]
        rows = [[cell.strip("`") for cell in row] for row in cells if len(row) == 5]
        found[name] = [tuple(row) for row in rows]

    assert found == {name: list(_rules(of)) for name, of in FILTERS.items()}


def _rules(of):
    for rule in of.rules:
        default = getattr(of.limits(), rule.limit)
        written = "null" if default is None else str(default)
        yield rule.name, rule.signal, dict(of.signals)[rule.signal], rule.limit, written


def test_operations_md_has_every_key_of_the_runtime_at_its_default():
    runtime = shipped("local")["runtime"]
    guards = runtime.pop("guards")

    assert without_words(table("operations.md", "Runtime")) == runtime
    assert told(table("operations.md", "Guards")) == guards
