"""Rows of ``runs``: one for each commit of ours on a table, those of killed runs too.

What ``runs`` has rows of stands in the metadata of its own commits, so that nobody has to read the
rows to know. It is looked up just before it is added to: another run may have ended meanwhile. Only
runs that changed one table and end in the same moment may both write down what neither has made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpusmill.contracts import contract
from corpusmill.ledger import Committed, note_of, table_of, version_of
from corpusmill.warehouse import Warehouse

RUNS = "runs"


@dataclass(frozen=True)
class Spent:
    """What a job had taken when it made a commit: its time, and most of memory at once in bytes."""

    milliseconds: int | None = None
    peak_memory: int | None = None


def record(
    warehouse: Warehouse,
    tables: Sequence[str],
    spent: Mapping[tuple[str, int], Spent],
    job: str,
    recipe_digest: str,
) -> None:
    """Write down every commit on these tables that ``runs`` has no row of.

    ``spent`` is what those of this run took, by table and version.
    """
    recorded = warehouse.recorded(RUNS)
    found = {table: _unrecorded(warehouse, table, recorded.get(table)) for table in tables}
    rows = [
        _row(warehouse, table, made, spent.get((table, made.version), Spent()))
        for table, commits in found.items()
        for made in reversed(commits)
    ]
    if not rows:
        return
    newest = {
        table: f"{warehouse.table_id(table)}@{commits[0].version}"
        for table, commits in found.items()
        if commits
    }
    frame = warehouse.spark.createDataFrame(rows, contract(RUNS).ddl)
    warehouse.note(RUNS, frame, note_of(job, recipe_digest, recorded | newest))


def _unrecorded(warehouse: Warehouse, table: str, pin: str | None) -> list[Committed]:
    """Our commits on a table after the one that is recorded, newest first.

    A table that was dropped and made again has another id, and counts from 0.
    """
    made = warehouse.commits(table)
    if pin is None or not made:
        return made
    if made[0].version == version_of(pin):  # so it is where nothing changed: no need for the id
        return []
    if table_of(pin) != warehouse.table_id(table):
        return made
    return [commit for commit in made if commit.version > version_of(pin)]


def _row(warehouse: Warehouse, table: str, made: Committed, spent: Spent) -> tuple[object, ...]:
    commit = made.commit
    inputs = {name: version_of(pin) for name, pin in commit.inputs.items()}
    rows = warehouse.count(table, made.version)
    digests = (commit.stage_digest, commit.recipe_digest)
    counts = (rows, made.added)
    took = (spent.milliseconds, spent.peak_memory)
    return (commit.job, table, made.version, *digests, inputs, *counts, *took, made.time)
