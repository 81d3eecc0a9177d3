"""Either side of ``bench/mill.py`` as a command: its stages, what each took, and what it kept."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from events import Task, logged, tasks
from mill_corpora import Corpus
from watched import Watched, watch

from corpusmill.artefacts import Artefact
from corpusmill.invocation import parse
from corpusmill.langid.model import installed_model
from corpusmill.resolve import resolve

# What both sides are asked to do; everything else is the default recipe. Guards change no byte, and
# filters made for English leave next to nothing of other languages.
SAME_WORK = (
    "recipe.quality.presets=[fineweb]",
    "runtime.guards.source_loss=1",
    "runtime.guards.language_loss=1",
)
FILTERS = ("gopher_quality", "gopher_repetition", "c4", "fineweb")
_BEGINS = re.compile(r"\[\d+/\d+\] ([a-z-]+)")


@dataclass(frozen=True)
class Stage:
    """Part of a run: wall seconds, processor seconds, most bytes held, bytes shuffled."""

    name: str
    seconds: float
    cpu: float
    peak: float
    shuffled: int


@dataclass(frozen=True)
class Run:
    """One run of one side over one share, as a command, its start included.

    ``load`` is what the machine was busy with before (load average of a minute), ``kept`` how many
    documents are left behind each step, ``spans`` when its stages began and ended (seconds since
    1970), in order, ``done`` the tasks of Spark.
    """

    side: str
    version: str
    corpus: Corpus
    load: float
    kept: dict[str, int]
    took: Watched
    spans: tuple[tuple[str, float, float], ...]
    done: tuple[Task, ...] = ()

    @property
    def shuffled(self) -> int:
        """Bytes that tasks wrote for others."""
        return sum(task.shuffled for task in self.done)

    @cached_property
    def stages(self) -> list[Stage]:
        """The stages, and the time before the first and behind the last of them."""
        took, first, last = self.took, self.spans[0], self.spans[-1]
        before = ("start-up", took.started, first[1])
        behind = ("end", last[2], took.started + took.seconds)
        return [self._stage(*span) for span in (before, *self.spans, behind)]

    def _stage(self, name: str, start: float, end: float) -> Stage:
        shuffled = sum(task.shuffled for task in self.done if start <= task.ended < end)
        cpu, peak = self.took.cpu_between(start, end), self.took.peak_between(start, end)
        return Stage(name, end - start, cpu, peak, shuffled)


@dataclass(frozen=True)
class Mill:
    """A folder that a run of the mill fills, and the options it is given."""

    folder: Path
    corpus: Corpus
    master: str
    sets: Sequence[str]

    @property
    def options(self) -> list[str]:
        """What ``corpusmill run`` is given."""
        places = ["--warehouse", str(self.folder / "w"), "--output", str(self.folder / "o")]
        texts = [f"--set={text}" for text in (*SAME_WORK, *self.sets)]
        files = ["--input", str(self.corpus.folder / "*.jsonl")]
        return [*files, *places, "--master", self.master, *texts]

    @property
    def tokenizer(self) -> Artefact:
        """The one that the run trained or was given."""
        recipe = parse("run", self.options).settings.recipe
        found = resolve(recipe, self.folder / "o").tokenizer
        if found is None:
            sys.exit("the mill kept no document to train a tokenizer on: give another corpus")
        return found

    def run(self) -> Run:
        """The whole of ``corpusmill run``, by stages, and what of the time is none's."""
        load, events = os.getloadavg()[0], self.folder / "events"
        java = logged("run", self.options, events)
        took = watch([sys.executable, "-m", "corpusmill", "run", *self.options, java])
        line = json.loads(took.said.splitlines()[-1])
        told = [(found[1], each.at) for each in took.errors if (found := _BEGINS.search(each.text))]
        starts = dict(reversed(told))  # where it is told twice, the first
        seconds = line["stage_seconds"]
        spans = tuple((name, starts[name], starts[name] + seconds[name]) for name in seconds)
        versions = ", ".join(f"{name} {version(name)}" for name in ("corpusmill", "pyspark"))
        kept = _kept(line["counts"])
        return Run("mill", versions, self.corpus, load, kept, took, spans, tuple(tasks(events)))


def peer(python: str, mill: Mill, folder: Path, cores: int, order: str) -> Run:
    """Datatrove over the same files, with the tokenizer of the mill's run; its filters in order."""
    load, script = os.getloadavg()[0], Path(__file__).with_name("mill_peer.py")
    command = [python, str(script), str(mill.corpus.folder), str(folder), "--cores", str(cores)]
    command += ["--order", order]
    command += ["--language-model", str(installed_model())]
    eos = parse("run", mill.options).settings.recipe.tokenizer.eos
    command += ["--tokenizer", str(mill.tokenizer.path), "--eos", eos]
    took = watch(command)
    line = json.loads(took.said.splitlines()[-1])
    spans = tuple((each["name"], each["start"], each["end"]) for each in line["stages"])
    return Run("datatrove", line["version"], mill.corpus, load, line["kept"], took, spans)


def _kept(counts: dict[str, Any]) -> dict[str, int]:
    """Documents left by the mill, a document being gone where the first reason has decided."""
    decided: Counter[str] = Counter()
    for reason, number in counts["decided"].items():
        decided[reason.partition(".")[0]] += number
    left = counts["documents"]
    kept = {"read": left}
    for step in ("language", *FILTERS, "duplicate"):
        left -= decided[step]
        kept[step] = left
    return {**kept, "written": counts["clean_documents"], "tokens": counts["tokens"]}
