"""The shard sets of a warehouse, the pins of the newest ones, and what their recipes tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.sql import Row

from corpusmill.digests import digest
from corpusmill.ledger import Committed, table_of
from corpusmill.pii.rules import PiiRules
from corpusmill.pii.settle import looking_for
from corpusmill.pins import PROTECTED, Health, pins_of, standing
from corpusmill.report.facts import PinState, ShardSet
from corpusmill.report.read import Read, utc
from corpusmill.shards.manifest import ManifestError, read_manifest
from corpusmill.stages import chain_digest
from corpusmill.warehouse import Warehouse

SETS = 8  # shard sets whose manifests and pins are looked at, the newest ones
_UNTOLD = -1  # the version of a commit that the history does not show


def sets_of(warehouse: Warehouse, read: Read) -> list[ShardSet]:
    """Every shard set once, the newest first; the first ``SETS`` with their manifests."""
    rows = read.rows("shard_sets").collect()
    if not rows:
        return []
    until = read.states["shard_sets"].version or 0
    commits = [made for made in warehouse.commits("shard_sets") if made.version <= until]
    return [_set(row, n < SETS) for n, row in enumerate(newest_first(rows, commits))]


def newest_first(rows: Sequence[Row], commits: Sequence[Committed]) -> list[Row]:
    """Of the rows of each digest the newest one, ordered by the commits that wrote them.

    A set has several rows where it was asked for again, of other tokens or in another place. Rows
    whose commit is not among these come last, by version of tokens, stage, digest and place.
    """
    written: dict[str, int] = {}
    for made in commits:
        name = table_of(made.commit.inputs["shard_set"])
        written[name] = max(made.version, written.get(name, _UNTOLD))

    def age(row: Row) -> tuple[int, int, str, str, str]:
        version = written.get(digest([row.digest, row.manifest]), _UNTOLD)
        return -version, -row.tokens_version, row.stage, row.digest, row.manifest

    found: dict[str, Row] = {}
    for row in sorted(rows, key=age):
        found.setdefault(row.digest, row)
    return [*found.values()]


def recipe_behind(sets: Sequence[ShardSet], table: str, chain: str | None) -> Mapping[str, Any]:
    """The recipe of the newest set whose chain digest of a table is this one; {} where none is."""
    recipes = (one.content["recipe"] for one in sets if one.content)
    found: Mapping[str, Any] = next((r for r in recipes if _chain(r, table) == (chain or "")), {})
    return found


def widened(rules: PiiRules, sets: Sequence[ShardSet]) -> PiiRules:
    """The rules, looking for what the recipes of these sets look for too, the newest ones first."""
    said = [one.content["recipe"]["pii"] for one in sets if one.content]
    return reduce(looking_for, said, rules)


def pins_shown(warehouse: Warehouse, sets: Sequence[ShardSet]) -> list[PinState]:
    """The pins of the newest sets, by set, need and table."""
    shown = {one.digest for one in sets[:SETS]}
    states = []
    for pin in pins_of(warehouse):
        if pin.digest not in shown:
            continue
        found = standing(warehouse, pin)
        if isinstance(found, datetime):
            found = Health(PROTECTED, "guarded", f"until {utc(found)}, when its retention ends")
        named = (pin.digest, pin.table_name, pin.version, pin.need)
        states.append(PinState(*named, found.level, found.state, found.why))
    return sorted(set(states), key=lambda pin: (pin.digest, pin.need, pin.table))


def _set(row: Row, is_read: bool) -> ShardSet:
    known = row.asDict()
    if not is_read:
        return ShardSet(**known, unread="not looked at")
    try:
        manifest = read_manifest(Path(row.manifest))
    except (ManifestError, OSError):
        return ShardSet(**known, unread="the manifest cannot be read at this path")
    if manifest.digest != row.digest:
        return ShardSet(**known, unread="another set's manifest is at this path")
    return ShardSet(**known, content=manifest.content, lineage=manifest.lineage)


def _chain(recipe: Mapping[str, Any], table: str) -> str | None:
    try:
        return chain_digest(recipe, table)
    except KeyError:  # of a release whose recipes have other keys: not by this one's rules
        return None
