"""The asset bundle as Databricks reads it: references filled in, tasks as command lines."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from corpusmill.config import parse_yaml

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "databricks.yml"
RESOURCES = sorted((ROOT / "resources").glob("*.yml"))


@cache
def parsed(path: Path) -> dict[str, Any]:
    """A file of the bundle, by our own reader, which refuses what two readers may take for two."""
    return parse_yaml(path.read_text("utf-8"), path.name)


def resources() -> dict[str, dict[str, dict[str, Any]]]:
    """Every resource as written, by kind and name."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path in RESOURCES:
        for kind, named in parsed(path)["resources"].items():
            found.setdefault(kind, {}).update(named)
    return found


def tasks() -> list[dict[str, Any]]:
    """The tasks of the job as written."""
    return list(resources()["jobs"]["corpusmill"]["tasks"])


def filled(value: Any, target: str) -> Any:
    """A value with its ``${...}`` replaced for a target. KeyError for one that leads nowhere."""
    if isinstance(value, dict):
        return {key: filled(item, target) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, target) for item in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"\$\{([^}]*)\}", lambda found: str(_meant(found[1], target)), value)


def command(task: dict[str, Any], parameters: dict[str, str]) -> list[str]:
    """The command line of a task, with the parameters of its job. KeyError for an unknown one."""
    words = task["python_wheel_task"]["parameters"]
    name = re.compile(r"\{\{job\.parameters\.(\w+)\}\}")
    return [name.sub(lambda found: parameters[found[1]], word) for word in words]


def _meant(reference: str, target: str) -> Any:
    bundle = parsed(BUNDLE)
    known = {"bundle.target": target, "workspace.current_user.userName": "jane@example.org"}
    if reference in known:
        return known[reference]
    kind, _, name = reference.partition(".")
    if kind == "var":
        chosen = bundle["targets"][target].get("variables", {})
        return chosen.get(name, bundle["variables"][name]["default"])
    found: Any = resources() if kind == "resources" else bundle[kind]
    for part in name.split("."):
        found = found[part]
    return filled(found, target)
