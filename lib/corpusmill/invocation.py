"""The command line of a job as settings: its options, and the layers of configuration below them.

Layers in order: base, preset, ``--conf``, the shorthands, ``--set``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from corpusmill.config import decode, merge, override, parse_yaml, read_yaml
from corpusmill.contracts import TABLES
from corpusmill.recipe import Recipe, Runtime, Settings
from corpusmill.refusal import Refused

PRESETS = ("local", "cluster", "databricks")
_CONFS = ("embedded",)
_VERSION = re.compile(r"([a-z_]+)=([0-9]+)")

Options = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class Invocation:
    """A parsed command line."""

    job: str
    settings: Settings
    arguments: argparse.Namespace


def refit_option(parser: argparse.ArgumentParser) -> None:
    """The option of jobs that fit an artefact."""
    parser.add_argument("--refit", action="store_true", help="fit again, though one is pinned")


def rehash_option(parser: argparse.ArgumentParser) -> None:
    """The option of jobs that hash documents."""
    text = "hash all documents again where lsh_index was hashed with something else"
    parser.add_argument("--rehash", action="store_true", help=text)


def drop_option(parser: argparse.ArgumentParser) -> None:
    """The option of jobs that read input files."""
    text = "take out the records of files that this run does not name"
    parser.add_argument("--drop-unnamed", action="store_true", help=text)


def count(text: str) -> int:
    """A small number, as the value of an option."""
    if not re.fullmatch("[0-9]{1,3}", text):
        raise argparse.ArgumentTypeError("a whole number from 0 to 999")
    return int(text)


def samples_option(parser: argparse.ArgumentParser) -> None:
    """The option of jobs that write the report."""
    text = "documents shown of each sort: kept, dropped, twins, redactions; 0: none (default 3)"
    parser.add_argument("--samples", type=count, default=3, metavar="N", help=text)


def parse(
    job: str,
    arguments: Sequence[str] | None = None,
    options: Options | None = None,
    summary: str = "",
) -> Invocation:
    """The command line as settings. Raises ``Refused`` for anything it does not know."""
    parser = _Parser(prog=f"corpusmill {job}", description=summary, allow_abbrev=False)
    parser.add_argument("--preset", choices=PRESETS, default="local", help="shipped runtime")
    parser.add_argument("--conf", action="append", default=[], metavar="FILE", help="YAML on top")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="sets",
        help="one key on top of all, such as recipe.seed=7",
    )
    parser.add_argument(
        "--input", action="append", default=[], metavar="GLOB", dest="inputs", help="files to read"
    )
    parser.add_argument("--source", metavar="NAME", help="source the inputs belong to")
    parser.add_argument("--warehouse", metavar="DIR|CATALOG.SCHEMA", help="where the tables are")
    parser.add_argument("--output", metavar="DIR", help="shards, models, reports, logs")
    parser.add_argument(
        "--table-version",
        action="append",
        default=[],
        metavar="NAME=N",
        help="read this version of a table",
    )
    parser.add_argument("--master", metavar="URL", help="Spark master, such as local[2]")
    parser.add_argument("--verbose", action="store_true", help="Spark's own log on the terminal")
    parser.add_argument("--print-recipe", action="store_true", help="show what would run")
    if options is not None:
        options(parser)
    parsed = parser.parse_args(arguments)
    return Invocation(job, settings(parsed), parsed)


def settings(arguments: argparse.Namespace) -> Settings:
    """Layers in order: base, preset, --conf, the shorthands, --set."""
    layers = [_shipped("base"), _shipped(arguments.preset)]
    layers += [_layer(name) for name in arguments.conf]
    layers += [_shorthands(arguments)]
    layers += [override(text) for text in arguments.sets]
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = merge(merged, layer)
    for part in ("recipe", "runtime"):
        if not isinstance(merged.get(part, {}), dict):
            raise Refused(f"{part}: expected a mapping")
    unknown = sorted(set(merged) - {"recipe", "runtime"})
    if unknown:
        raise Refused(f"{unknown[0]}: unknown key; allowed here: recipe, runtime")
    recipe = decode(Recipe, merged.get("recipe", {}), "recipe")
    runtime = decode(Runtime, merged.get("runtime", {}), "runtime")
    try:
        return Settings(recipe, runtime)
    except ValueError as error:
        raise Refused(str(error)) from None


def table_versions(texts: Sequence[str]) -> dict[str, int]:
    """``NAME=N`` options as a mapping. Raises ``Refused``."""
    found = {}
    for text in texts:
        match = _VERSION.fullmatch(text)
        if match is None or match[1] not in TABLES:
            known = ", ".join(TABLES)
            raise Refused(f"--table-version {text}: write it as NAME=N; tables are {known}")
        found[match[1]] = int(match[2])
    return found


@cache
def _shipped(name: str) -> dict[str, Any]:
    """A shipped layer, read once; ``merge`` changes none of its layers."""
    text = resources.files("corpusmill.conf").joinpath(f"{name}.yaml").read_text("utf-8")
    return parse_yaml(text, f"{name}.yaml")


def _layer(name: str) -> dict[str, Any]:
    return _shipped(name) if name in _CONFS else read_yaml(Path(name).expanduser())


def _shorthands(arguments: argparse.Namespace) -> dict[str, Any]:
    runtime: dict[str, Any] = {}
    for key in ("warehouse", "output", "master"):
        if getattr(arguments, key) is not None:
            runtime[key] = getattr(arguments, key)
    if arguments.source is not None and not arguments.inputs:
        raise Refused("--source: names the source of --input; give --input too")
    if arguments.inputs:
        source = arguments.source or "corpus"
        runtime["inputs"] = [{"glob": glob, "source": source} for glob in arguments.inputs]
    return {"runtime": runtime}


class _Parser(argparse.ArgumentParser):
    """argparse that refuses in our way: one sentence, exit 2, and the JSON line."""

    def error(self, message: str) -> NoReturn:
        raise Refused(message)
