"""Warehouses that are ready for deduplication, and its two jobs as commands, measured.

Preparation runs in one Spark session of this process; everything is eligible
(``recipe.selection.keep_all``) and no filter runs. Commands start Spark of their own and log its
events, from which bytes read and shuffled are summed.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events import logged, tasks
from jobs import job
from watched import Watched, watch

PREPARE = (
    "ingest-documents",
    "normalise-documents",
    "identify-language",
    "score-quality",
    "dedup-exact",
)
DEDUP = ("dedup-minhash", "cluster-duplicates")
SETS = ("recipe.selection.keep_all=true", "recipe.quality.presets=[]")


@dataclass(frozen=True)
class Mill:
    """A folder with a warehouse, and how jobs are told of it."""

    folder: Path
    master: str
    sets: Sequence[str]

    @property
    def options(self) -> list[str]:
        """What every job is given."""
        places = ["--warehouse", str(self.folder / "w"), "--output", str(self.folder / "o")]
        texts = [f"--set={text}" for text in (*SETS, *self.sets)]
        return [*places, "--master", self.master, *texts]

    def prepare(self, pattern: str) -> None:
        """Take in the files, up to what deduplication reads."""
        for name in PREPARE:
            job(name, *self.options, *(["--input", pattern] if name == PREPARE[0] else []))

    def dedup(self) -> dict[str, dict[str, Any]]:
        """Both jobs in the session that runs already; their last lines."""
        return {name: job(name, *self.options) for name in DEDUP}

    def copy(self, folder: Path) -> Mill:
        """The same warehouse elsewhere."""
        shutil.copytree(self.folder, folder)
        return Mill(folder, self.master, self.sets)

    def table(self, name: str) -> Any:
        """A table as a DataFrame of the running session."""
        from pyspark.sql import SparkSession

        path = str(self.folder / "w" / name)
        return SparkSession.getActiveSession().read.format("delta").load(path)

    def commands(self) -> dict[str, Command]:
        """Both jobs from the command line."""
        return {name: self._command(name) for name in DEDUP}

    def _command(self, name: str) -> Command:
        events = self.folder / "events" / name
        java = logged(name, self.options, events)
        done = watch([sys.executable, "-m", "corpusmill", name, *self.options, java])
        moved = list(tasks(events))
        read, shuffled = sum(task.read for task in moved), sum(task.shuffled for task in moved)
        return Command(done, json.loads(done.said.splitlines()[-1]), read, shuffled)


@dataclass(frozen=True)
class Command:
    """One job from the command line: what it took, said, read and shuffled (bytes)."""

    took: Watched
    line: dict[str, Any]
    read: int
    shuffled: int


@dataclass(frozen=True)
class Total:
    """Several commands one after the other."""

    seconds: float
    cpu: float
    peak: float
    read: int
    shuffled: int

    @classmethod
    def of(cls, commands: dict[str, Command]) -> Total:
        done = list(commands.values())
        return cls(
            sum(each.took.seconds for each in done),
            sum(each.took.cpu for each in done),
            max(each.took.peak for each in done),
            sum(each.read for each in done),
            sum(each.shuffled for each in done),
        )
