"""What a job is handed: tables to read and publish, the recipe, and what this run did so far.

Two ways to publish. Row by row: each row is computed from one document, so a job does the documents
that have no row of its stage yet (``corpusmill.work``). As a whole: the table is a function of many
documents, so it is computed whole and only what differs is written (``publish_whole``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pyspark.sql import DataFrame, SparkSession

from corpusmill.contracts import contract
from corpusmill.differences import difference
from corpusmill.ledger import Commit, table_of, version_of
from corpusmill.memory import PeakMemory, give_back
from corpusmill.passes import Load
from corpusmill.progress import Progress, meanwhile
from corpusmill.publication import Change, Overtaken, of_part
from corpusmill.recipe import Recipe, Runtime
from corpusmill.refusal import Refused
from corpusmill.resolve import Resolved, resolve
from corpusmill.run_record import RUNS, Spent, record
from corpusmill.scratch import scratch
from corpusmill.selection import Policy
from corpusmill.session import tasks_at_work
from corpusmill.stages import STAGES
from corpusmill.table_files import whole_or_empty
from corpusmill.warehouse import Snapshot, Warehouse

KEYS = ["doc_id", "text_digest"]
# Tables of one row a document, the ones with its text first.
_OF_DOCUMENTS = ("clean_documents", "documents", "raw_documents", "tokens")


@dataclass(frozen=True)
class Outcome:
    """What a job has to say beyond the tables it changed; keys go into the JSON line."""

    counts: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    failed: str | None = None
    status: str | None = None


Options = TypeVar("Options")
Result = TypeVar("Result")


@dataclass
class Mill:
    """One run's tables, recipe and runtime."""

    recipe: Recipe
    runtime: Runtime
    open_spark: Callable[[], SparkSession]
    versions: Mapping[str, int] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    memory: PeakMemory = field(default_factory=PeakMemory)
    changed: dict[str, int] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    job: str = ""
    job_started: float = 0.0
    _spent: dict[tuple[str, int], Spent] = field(default_factory=dict)

    @cached_property
    def spark(self) -> SparkSession:
        """The session, started when first asked for: a job without tables needs no JVM."""
        spark = self.open_spark()
        self.progress.at_work = tasks_at_work(spark)
        return spark

    @cached_property
    def warehouse(self) -> Warehouse:
        """The tables of this run."""
        return Warehouse(self.spark, self.runtime.warehouse)

    @property
    def output(self) -> Path:
        """The folder for shards, models, reports and logs."""
        return Path(self.runtime.output).expanduser().absolute()

    @property
    def resolved(self) -> Resolved:
        """The resolved recipe as of now: artefacts fitted meanwhile are in it."""
        return resolve(self.recipe, self.output)

    @property
    def status(self) -> str:
        """``done`` when a table changed, else ``unchanged``."""
        return "done" if self.changed else "unchanged"

    def timed(
        self, name: str, step: Callable[[Mill, Options], Result], options: Options
    ) -> tuple[Result, float]:
        """Run one step, telling when it begins, how far it is and what it changed; its seconds."""
        self.job_started = time.monotonic()
        self.memory.begin()
        before = dict(self.changed)
        with self.progress.stage(name), meanwhile(self.progress.look, self.memory.look):
            result = step(self, options)
        give_back()
        changed = [table for table in self.changed if self.changed[table] != before.get(table)]
        spent = time.monotonic() - self.job_started
        status = "failed" if getattr(result, "failed", None) else getattr(result, "status", None)
        told = ", ".join(changed) or status or "nothing to do"
        through = self.progress.gone_through(spent) if changed else ""
        self.progress.say(f"    {told} ({spent:.1f} s){through}")
        return result, round(spent, 1)

    def through(
        self, table: str, reads: Mapping[str, str], count: int | None = None, at_once: bool = False
    ) -> AbstractContextManager[None]:
        """A pass through the documents that rows of a table are computed from, to be told of.

        ``reads`` are pins of what it reads by name, ``count`` how many documents it does of them
        (None: all), whose share of the newest bytes it reads then; ``at_once``: in one round.
        """
        of = next((name for name in _OF_DOCUMENTS if name in reads), None)

        def weigh() -> Load:
            if of is None:
                return Load(count)
            rows = self.warehouse.count(of, version_of(reads[of]))
            stored = int(self.warehouse.detail(of)["sizeInBytes"])
            read = stored * count // max(rows, 1) if count is not None else None
            return Load(rows if count is None else count, read)

        return self.progress.through(table, count, weigh, at_once)

    def tables(self) -> dict[str, dict[str, int]]:
        """Version and rows of every table this run published or found up to date."""
        versions = {name: self.warehouse.version(name) for name in dict.fromkeys(self.touched)}
        return {
            name: {"version": version, "rows": self.warehouse.count(name, version)}
            for name, version in versions.items()
        }

    @property
    def policy(self) -> Policy:
        """What speaks for or against a document, and which of several stay."""
        cuts = self.recipe.cuts
        selection = replace(self.recipe.selection, classifier_cuts=cuts)
        return Policy(self.recipe.language, selection, self.recipe.dedup.survivors)

    def read(self, name: str) -> Snapshot:
        """A table at the version asked for with ``--table-version``, else the newest.

        Raises ``Refused`` when it is missing, or when another recipe than this run's made it.
        """
        snapshot = self.warehouse.snapshot(name, self.versions.get(name))
        ledger = self.warehouse.ledger(name, self.versions.get(name))
        resolved = self.resolved
        for stage in (stage for stage in STAGES if stage.partition(".")[0] == name):
            made = ledger.parts.get(stage.partition(".")[2])
            if made is None:
                changed = ledger.number and not ledger.parts
                why = "was changed by somebody else" if changed else "is not filled yet"
                raise Refused(f"table {name} {why}; run {STAGES[stage].job} first")
            if made.chain_digest != resolved.chain_digest(stage):
                raise Refused(
                    f"table {name} was made by another recipe; give the --conf and --set of the "
                    f"run that made it, or run {STAGES[stage].job} first"
                )
        return snapshot

    def commit(self, stage: str, reads: Sequence[Snapshot]) -> Commit:
        """What a publication of this stage from these snapshots is made of."""
        resolved = self.resolved
        part = stage.partition(".")[2]
        return Commit(
            job=STAGES[stage].job,
            stage_digest=resolved.stage_digest(stage),
            chain_digest=resolved.chain_digest(stage),
            recipe_digest=resolved.digest,
            inputs={read.name: read.pin for read in reads},
            engines=resolved.stage_engines(stage),
            part=part,
        )

    def made_of(self, commit: Commit) -> dict[str, Snapshot] | None:
        """The inputs of an earlier commit by name, None where one of them cannot be read any more.

        Inputs under other ids than the tables have now are gone with those tables.
        """
        found = {}
        for name, pin in commit.inputs.items():
            if table_of(pin) != self.warehouse.table_id(name):
                return None
            try:
                found[name] = self.warehouse.alike(name, version_of(pin))
            except Refused:
                return None
        return found

    def is_done(self, stage: str, commit: Commit) -> bool:
        """Whether the newest publication of the stage was made of the same things."""
        table, _, part = stage.partition(".")
        last = self.warehouse.ledger(table).parts.get(part)
        return last is not None and last.identity == commit.identity

    def beside(self, table: str, name: str) -> Snapshot:
        """A table as the last publication of another one read it back; the newest where none did.

        What an interrupted run published after that is not in it, nor any row where files are gone.
        """
        last = self.warehouse.ledger(table).parts.get("")
        pin = None if last is None else last.beside.get(name)
        if pin is None or table_of(pin) != self.warehouse.table_id(name):
            return self.warehouse.snapshot(name)
        return whole_or_empty(self.warehouse, self.warehouse.alike(name, version_of(pin)))

    def attach_to(self, rows: DataFrame, ids: DataFrame, count: int) -> DataFrame:
        """The rows of these ids (two key columns first), which are ``count``, and their columns."""
        return rows.join(self.hinted(ids, count), ids.columns[:2], "inner")

    def hinted(self, rows: DataFrame, count: int) -> DataFrame:
        """Rows to join with wider ones: broadcast, or else hashed, so that those are not sorted."""
        return rows.hint("broadcast" if count <= self.runtime.broadcast_rows else "shuffle_hash")

    def publish_whole(
        self, stage: str, rows: DataFrame, reads: Sequence[Snapshot], keys: Sequence[str]
    ) -> None:
        """Publish a table (or a part) computed whole: in one commit, only what differs.

        ``keys`` are columns that name a row; ``rows`` is not evaluated when nothing can differ.
        """
        table, _, part = stage.partition(".")
        self.touch(table)
        commit = self.commit(stage, reads)
        last = self.warehouse.ledger(table).parts.get(part)
        if last is not None and last.identity == commit.identity:
            return
        rows = rows.select(*contract(table).column_names)
        with self.through(table, commit.inputs):
            if last is None or last.stage_digest != commit.stage_digest:
                self.publish(table, Change(rows, None, replace=True), commit)
                return
            have = self.warehouse.snapshot(table).rows
            have = have.where(of_part(part)) if part else have
            self.publish_difference(table, rows, have, keys, commit)

    def publish_difference(
        self,
        table: str,
        rows: DataFrame,
        standing: DataFrame,
        keys: Sequence[str],
        commit: Commit,
    ) -> None:
        """Bring rows that stand to what they should be: no commit where nothing differs.

        ``keys`` name a row of ``standing``; both frames have the columns of the table.
        """
        with scratch(self.warehouse, table) as tables:
            differing = tables.hold("differing", difference(rows, standing))
            signs = {row.sign > 0 for row in differing.select("sign").distinct().collect()}
            last = self.warehouse.ledger(table).parts.get(commit.part)
            if signs or last is None or last.chain_digest != commit.chain_digest:
                add = differing.where("sign > 0").select(*contract(table).column_names)
                gone = differing.where("sign < 0").select(*keys) if False in signs else None
                self.publish(table, Change(None if signs == {False} else add, gone), commit)

    def touch(self, *tables: str) -> None:
        """Make sure tables exist, and ``runs`` beside them, and are told of in the JSON line."""
        self.warehouse.ensure(*tables, unread=[RUNS])
        self.touched += tables

    def publish(self, table: str, change: Change, commit: Commit) -> None:
        """Make a change, and remember for ``runs`` that it was made."""
        before = self.warehouse.version(table)
        version = self.warehouse.publish(table, change, commit)
        made = self.warehouse.ledger(table).parts.get(commit.part)
        if made is None or made.identity != commit.identity:  # Delta skips a number it has seen
            raise Overtaken(table)
        if version == before:
            return
        self.changed[table] = version
        self.memory.look()
        milliseconds = int((time.monotonic() - self.job_started) * 1000)
        self._spent[table, version] = Spent(milliseconds, self.memory.peak)

    def record_runs(self) -> None:
        """A row in ``runs`` for each commit that it has none of, where this run changed anything.

        What a run that was killed could not write down is found in the tables' own histories.
        """
        if not self.changed:
            return
        tables = [name for name in dict.fromkeys(self.touched) if name != RUNS]
        self.touch(RUNS)
        record(self.warehouse, tables, self._spent, self.job, self.resolved.digest)
