"""Two shard sets, or two versions of the tokens: what differs, by how many tokens, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.ledger import table_of, version_of
from corpusmill.lineage import made_of
from corpusmill.mill import Mill
from corpusmill.refusal import Refused
from corpusmill.shards.deltas import ASKED, SAME, held_by_plan, held_by_table, token_deltas
from corpusmill.shards.diff import diff, token_sums
from corpusmill.shards.manifest import Manifest, ManifestError, read_manifest
from corpusmill.warehouse import Warehouse, is_catalog_name

_SHOWN = 20  # lines of a kind for a person; the JSON line has all
_WIDTH = 60  # characters of a value of the recipe for a person


@dataclass(frozen=True)
class Side:
    """One of two sets: what it holds (none: its tables cannot be read), and what tells the reasons.

    ``unread`` says of each table that cannot be read why.
    """

    held: DataFrame | None
    tables: Mapping[str, DataFrame]
    unread: Mapping[str, str]


def compare_sets(mill: Mill, path_a: str, path_b: str) -> dict[str, Any]:
    """What ``diff`` says of two manifests, with the token deltas and the tables left unread.

    ``tokens`` is null, and no table is asked for, where the sets are equal; it is null too where
    tokens or mix_plan of one of them cannot be read. Raises ``Refused`` for a manifest that cannot.
    """
    manifests = [_manifest(path) for path in (path_a, path_b)]
    found = diff(*manifests)
    if not found["differs"]:
        return {**found, "tokens": None, "unread": {}}
    with mill.progress.through("tokens"):
        return {**found, **_deltas(*(_of_manifest(mill, each) for each in manifests))}


def compare_versions(mill: Mill, version_a: int, version_b: int) -> dict[str, Any]:
    """The same of two versions of the tokens table, which have no shards.

    They differ by their rows (of ids only the number is looked at) or by the digest of the stage
    that made them. Raises ``Refused`` for a version that cannot be read.
    """
    versions = {"a": version_a, "b": version_b}
    with mill.progress.through("tokens"):
        found = _deltas(*(_of_version(mill, version) for version in versions.values()))
    stages = {side: _stage_digest(mill.warehouse, number) for side, number in versions.items()}
    content = {} if stages["a"] == stages["b"] else {"tokens.stage_digest": stages}
    differs = bool(content) or any(reason != SAME for reason in found["tokens"]["reason"])
    return {"differs": differs, "content": content, "shards": None, "first": None, **found}


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The same for a person."""
    yield "they differ" if found["differs"] else "they are equal"
    for key, values in [*found["content"].items()][:_SHOWN]:
        yield f"{key}: {_shown(values, 'a')} -> {_shown(values, 'b')}"
    if found["shards"] is not None:
        shards = {name: len(n) if isinstance(n, list) else n for name, n in found["shards"].items()}
        yield f"shards: {', '.join(f'{name} {number}' for name, number in shards.items())}"
    if found["first"] is not None:
        yield f"first difference: {json.dumps(found['first'])}"
    for side, tables in found["unread"].items():
        yield from (f"{side}: {why}" for why in tables.values())
    if found["tokens"] is not None:
        yield from _token_lines(found["tokens"])


def _manifest(path: str) -> Manifest:
    try:
        return read_manifest(Path(path).expanduser())
    except (ManifestError, OSError) as error:
        raise Refused(str(error)) from None


def _of_manifest(mill: Mill, manifest: Manifest) -> Side:
    lineage = manifest.lineage
    tables = lineage.get("tables", {})
    pins = {name: f"{table['id']}@{table['version']}" for name, table in tables.items()}
    try:
        warehouse = _warehouse(mill, pins, lineage.get("warehouse", ""))
    except Refused as refusal:
        return Side(None, {}, {"tokens": str(refusal)})
    rows, unread = _rows(warehouse, pins, (*ASKED, "mix_plan"))
    held = None
    if not {"tokens", "mix_plan"} & set(unread):
        mix = rows["mix_plan"].where(F.col("stage") == manifest.content["stage"])
        held = held_by_plan(rows["tokens"], mix, rows.get("clean_documents"))
    return Side(held, {name: rows[name] for name in ASKED if name in rows}, unread)


def _of_version(mill: Mill, version: int) -> Side:
    tokens = mill.warehouse.snapshot("tokens", version)
    rows, unread = _rows(mill.warehouse, made_of(mill.warehouse, [tokens]), ASKED)
    return Side(held_by_table(tokens.rows, rows.get("clean_documents")), rows, unread)


def _deltas(a: Side, b: Side) -> dict[str, Any]:
    unread = {name: dict(side.unread) for name, side in (("a", a), ("b", b)) if side.unread}
    if a.held is None or b.held is None:
        return {"tokens": None, "unread": unread}
    cells = token_deltas(a.held, b.held, a.tables, b.tables).collect()
    return {"tokens": token_sums([cell.asDict() for cell in cells]), "unread": unread}


def _warehouse(mill: Mill, pins: Mapping[str, str], place: str) -> Warehouse:
    """The warehouse with the tokens table of a set: this run's, or else the one it was made in.

    A folder that is not there is not asked for, so that none of ours means no session.
    """
    ours = mill.runtime.warehouse
    for where in filter(_may_be, dict.fromkeys((ours, place))):
        warehouse = mill.warehouse if where == ours else Warehouse(mill.spark, where)
        if warehouse.table_id("tokens") == table_of(pins.get("tokens", "")):
            return warehouse
    raise Refused(f"no table tokens of this set in {' or '.join(filter(None, (ours, place)))}")


def _may_be(place: str) -> bool:
    remote = is_catalog_name(place) or "://" in place
    return remote or (bool(place) and Path(place).expanduser().is_dir())


def _rows(
    warehouse: Warehouse, pins: Mapping[str, str], names: tuple[str, ...]
) -> tuple[dict[str, DataFrame], dict[str, str]]:
    """Rows of the tables at their pins; and why, of those that cannot be read."""
    rows, unread = {}, {}
    for name in names:
        try:
            rows[name] = _pinned(warehouse, name, pins.get(name))
        except Refused as refusal:
            unread[name] = str(refusal)
    return rows, unread


def _pinned(warehouse: Warehouse, name: str, pin: str | None) -> DataFrame:
    if pin is None:
        raise Refused(f"table {name}: the lineage names no version of it")
    if warehouse.table_id(name) != table_of(pin):
        raise Refused(f"table {name}: another table than the one of the lineage, or none")
    return warehouse.snapshot(name, version_of(pin)).rows


def _stage_digest(warehouse: Warehouse, version: int) -> str | None:
    made = warehouse.ledger("tokens", version).parts.get("")
    return None if made is None else made.stage_digest


def _shown(values: Mapping[str, Any], side: str) -> str:
    text = json.dumps(values[side]) if side in values else "(none)"
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def _token_lines(tokens: Mapping[str, Any]) -> Iterator[str]:
    yield f"tokens: {_counted(tokens)}"
    for by in ("source", "language", "reason"):
        groups = sorted(tokens[by].items(), key=lambda item: (-abs(item[1]["delta"]), item[0]))
        for name, group in groups[:_SHOWN]:
            yield f"{by} {json.dumps(name)}: {_counted(group)}"


def _counted(group: Mapping[str, int]) -> str:
    documents = f"{group['documents_a']} -> {group['documents_b']} documents"
    return f"{group['tokens_a']} -> {group['tokens_b']} ({group['delta']:+}), {documents}"
