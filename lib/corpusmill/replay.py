"""A shard set made once more from the raw documents it began with, every stage in its turn.

The stages run in a warehouse of their own. What models say differs in the last places between
processors and builds, so languages and scores are made anew only to be compared; the stages after
them go on with the pinned rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.digests import canonical
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.mixing import plan_stages
from corpusmill.pins import pinned, where_made
from corpusmill.publication import Change
from corpusmill.refusal import Refused
from corpusmill.shards.format import ShardEntry
from corpusmill.shards.manifest import Manifest
from corpusmill.verification import write_again
from corpusmill.warehouse import Snapshot

Step = Callable[[Mill, argparse.Namespace], Outcome]

BEFORE = ("normalise_documents",)
SCORED = {"languages": "identify_language", "quality": "score_quality"}
AFTER = (
    *("dedup_minhash", "dedup_exact", "cluster_duplicates", "select_documents", "redact_pii"),
    "tokenize_documents",
)
STEPS = (*BEFORE, *SCORED.values(), *AFTER)

_TOLERANCE = 1_000  # millionths by which a score may be another one
_DISTANCE = (
    "array_max(transform(map_keys(a.scores), k -> abs(a.scores[k] - coalesce(b.scores[k], 0))))"
)
_TOLD = 5  # keys that a refusal names


@dataclass(frozen=True)
class Rescored:
    """A scored table made anew beside its pinned rows, which the replay went on with.

    only_one  documents of which only one of the two has a row
    decided   documents of another language, or that break other rules
    beyond    documents with a score that differs by more than a thousandth
    """

    rows: int
    only_one: int
    decided: int
    beyond: int


def replay(
    mill: Mill, manifest: Manifest, scratch: Path, steps: Mapping[str, Step]
) -> tuple[list[ShardEntry], dict[str, Rescored]]:
    """Make the shards again in ``scratch``, by ``steps`` (a job's ``run`` for each of ``STEPS``).

    Raises ``Refused`` before any work where the recipe, the artefacts or the engines of this run
    are not those of the set, or a pinned version cannot be read.
    """
    refuse_other(mill, manifest)
    warehouse = where_made(mill, manifest)
    starts = {name: pinned(warehouse, manifest, name) for name in ("raw_documents", *SCORED)}
    runtime = replace(mill.runtime, warehouse=str(scratch / "warehouse"))
    own = Mill(mill.recipe, runtime, lambda: mill.spark, progress=mill.progress, job=mill.job)
    own.touch("quarantine")
    _hand_over(own, starts["raw_documents"])
    _run(own, steps, BEFORE)
    found = {}
    for table, step in SCORED.items():
        _run(own, steps, (step,))
        found[table] = _compared(own.read(table).rows, starts[table].rows, table)
        _hand_over(own, starts[table])
    _run(own, steps, AFTER)
    mixed = plan_stages(own)
    own.publish_whole("mix_plan", mixed.rows, mixed.reads, ["stage", "doc_id"])
    entries = write_again(own, own.read("tokens"), own.read("mix_plan"), manifest, scratch)
    return entries, found


def _run(mill: Mill, steps: Mapping[str, Step], names: tuple[str, ...]) -> None:
    arguments = argparse.Namespace(refit=False, rehash=False)
    for name in names:
        mill.timed(f"replay: {name.replace('_', '-')}", steps[name], arguments)


def _hand_over(mill: Mill, snapshot: Snapshot) -> None:
    """Put pinned rows in the place of what the replay has of a table."""
    mill.touch(snapshot.name)
    commit = replace(mill.commit(snapshot.name, []), inputs={snapshot.name: snapshot.pin})
    mill.publish(snapshot.name, Change(snapshot.rows, replace=True), commit)


def _compared(made: DataFrame, standing: DataFrame, table: str) -> Rescored:
    ours, theirs = (
        _judged(rows, table).alias(name) for name, rows in (("a", made), ("b", standing))
    )
    both = ours.join(theirs, KEYS, "full_outer")
    [counted] = both.agg(
        F.count("*").alias("rows"),
        F.count_if(F.expr("a.scores is null or b.scores is null")).alias("only_one"),
        F.count_if(F.expr("a.decision != b.decision")).alias("decided"),
        F.count_if(F.expr(f"{_DISTANCE} > {_TOLERANCE}")).alias("beyond"),
    ).collect()
    return Rescored(**counted.asDict())


def _judged(rows: DataFrame, table: str) -> DataFrame:
    """Keys, what was decided (a text), and the scores by name."""
    if table == "languages":
        decision, scores = "language", "map('language', language_score)"
    else:
        decision, scores = "to_json(array_sort(map_entries(broken_rules)))", "classifier_scores"
    return rows.select(*KEYS, F.expr(decision).alias("decision"), F.expr(scores).alias("scores"))


def refuse_other(mill: Mill, manifest: Manifest) -> None:
    """The resolved recipe holds rules, artefacts, engines and contracts: all must be the set's."""
    if mill.resolved.digest == manifest.content["recipe_digest"]:
        return
    written = json.loads(canonical(mill.resolved.recipe))
    ours, theirs = (_flat(recipe) for recipe in (written, manifest.content["recipe"]))
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    told = "; ".join(f"{name}: {ours.get(name)}, not {theirs.get(name)}" for name in names[:_TOLD])
    raise Refused(
        f"--deep: this run's recipe is not the set's ({told}); give the --conf, --set and --output "
        "that it was made with, and install its engines"
    )


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    found: dict[str, Any] = {}
    for key, below in value.items():
        found |= _flat(below, f"{name}.{key}" if name else str(key))
    return found
