"""What ``bench/mill.py`` tells: Markdown tables, and the same figures for JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from math import log
from pathlib import Path
from statistics import linear_regression, median, median_low
from typing import Any

from mill_corpora import Corpus
from mill_runs import FILTERS, Run

STEPS = ("read", "language", *FILTERS, "duplicate", "written", "tokens")
SAID = {
    "read": "read",
    "language": "in a known language",
    "gopher_quality": "passed Gopher quality",
    "gopher_repetition": "passed Gopher repetition",
    "c4": "passed C4",
    "fineweb": "passed FineWeb",
    "duplicate": "without twins",
    "written": "cleaned of personal data",
    "tokens": "tokens of them",
}
MILLS_WORK = """\
- The mill: `corpusmill run`, default recipe with `recipe.quality.presets=[fineweb]`, verification
  off: texts normalised (Unicode, mojibake), languages by lid.176.ftz at 0.65, the four filters,
  MinHash 14 x 8 on 5 words and exact twins, six kinds of personal data, a tokenizer (trained unless
  given), tokens, 64 shards in one global order with a manifest, a report, and Delta tables with
  every decision on the way."""
PEERS_WORK = """\
- datatrove: the steps of its `examples/fineweb.py` and its tokenizer, on as many workers as the
  mill has cores: languages by the same file at 0.65, the same four filters, in its example's order
  or (`--order cheapest`) the mill's, a document gone at the first it breaks (C4's without terminal
  punctuation; it also cuts lines out), MinHash 14 x 8 on 5 words, e-mail and public IP
  addresses, the mill's tokenizer, token files shuffled each by itself. Nothing is normalised,
  trained or packed into sequences."""


@dataclass(frozen=True)
class Round:
    """One size in one round: both sides, and what ``mill_kernels.py`` said."""

    corpus: Corpus
    mill: Run
    kernels: dict[str, Any]
    peer: Run | None = None

    @property
    def kernel_seconds(self) -> float:
        """Processor seconds of all kernels."""
        return sum(each["seconds"] for each in self.kernels["kernels"].values())

    @property
    def ratio(self) -> float:
        """How often the mill is as fast as the peer, both with their start."""
        assert self.peer is not None
        return self.peer.took.seconds / self.mill.took.seconds


@dataclass(frozen=True)
class Told:
    """All rounds of all sizes, in the order in which they were run."""

    rounds: Sequence[Round]
    cores: int

    @property
    def beside(self) -> bool:
        """Whether the peer was run."""
        return self.rounds[0].peer is not None

    @cached_property
    def typical(self) -> list[Round]:
        """Of each size the round with the median time of the mill, by size."""
        percents = sorted({each.corpus.percent for each in self.rounds})
        return [self._median(percent) for percent in percents]

    @cached_property
    def last(self) -> Round:
        """The whole corpus."""
        return self.typical[-1]

    def lines(self) -> list[str]:
        """Markdown."""
        mill, theirs = self.last.mill, self.last.peer
        parts = [
            [self._heading(), "", MILLS_WORK, *([PEERS_WORK] if self.beside else [])],
            ["### The whole", "", *self._whole(), "", *self._verdicts()],
            [f"### The stages of the mill, {mill.corpus.size:.1f} MB", "", *self._stages(mill)],
            ["### Its kernels alone, one core", "", *self._kernels(self.last)],
            ["### Documents left", "", *self._kept()],
        ]
        if theirs is not None:
            parts.insert(3, ["### The stages of datatrove", "", *self._stages(theirs)])
        return [line for part in parts for line in (*part, "")]

    def figures(self) -> dict[str, Any]:
        """What the tables are made of, and each single run."""
        found: dict[str, Any] = {"machine": _machine()}
        found["of_kernels"] = self._of_kernels(self.last)
        if self.beside:
            found["ratios"] = [[each.corpus.percent, each.ratio] for each in self.rounds]
        if len(self.typical) > 1:
            found["exponents"] = self._exponents()
        runs = (run for each in self.rounds for run in (each.mill, each.peer) if run)
        found["runs"] = [_plain(run) for run in runs]
        found["kernels"] = [each.kernels for each in self.rounds]
        return found

    def _median(self, percent: int) -> Round:
        of_size = [each for each in self.rounds if each.corpus.percent == percent]
        seconds = median_low(each.mill.took.seconds for each in of_size)
        return next(each for each in of_size if each.mill.took.seconds == seconds)

    def _heading(self) -> str:
        rounds = len(self.rounds) // len(self.typical)
        sides = [run.version for run in (self.last.mill, self.last.peer) if run]
        said = [f"{date.today()}: {_machine()}", f"{self.cores} cores used", *sides]
        return f"{'; '.join(said)}; rounds: {rounds}."

    def _whole(self) -> list[str]:
        names = ["", "MB", "documents", "s", "MB/s a core", "cpu s", "peak, MB a core"]
        names += ["shuffled, MB", "load before"]
        sides = [run for each in self.typical for run in (each.mill, each.peer) if run]
        return _table(names, (self._side(run) for run in sides))

    def _side(self, run: Run) -> list[str]:
        size, count = run.corpus.size, run.corpus.records
        wall, rate = f"{run.took.seconds:.1f}", f"{size / run.took.seconds / self.cores:.2f}"
        shuffled = f"{run.shuffled / 1e6:.1f}" if run.shuffled else ""
        peak = f"{run.took.peak / 1e6 / self.cores:,.0f}"
        start = [run.side, f"{size:.1f}", f"{count:,}", wall, rate, f"{run.took.cpu:.1f}", peak]
        return [*start, shuffled, f"{run.load:.1f}"]

    def _verdicts(self) -> list[str]:
        lines = []
        if self.beside:
            for each in self.typical:
                ratios = [r.ratio for r in self.rounds if r.corpus.percent == each.corpus.percent]
                size, spread = (
                    f"{each.corpus.size:.1f} MB",
                    f"{min(ratios):.1f} to {max(ratios):.1f}",
                )
                times = f"**{median(ratios):.1f} times** as fast ({spread} by round)"
                lines.append(f"- {size}: the mill is {times}, the starts of both included.")
        whole, cpu = self._of_kernels(self.last).values()
        lines.append(
            f"- Wall time times cores is **{whole:.2f} times** the summed kernels, processor time "
            f"{cpu:.2f} times."
        )
        if len(self.typical) > 1:
            for side, (seconds, spent) in self._exponents().items():
                exponent = f"exponent of {side}: **{seconds:.2f}** (processor time {spent:.2f})"
                lines.append(f"- {exponent}, fitted over {len(self.typical)} sizes.")
        return lines

    def _of_kernels(self, each: Round) -> dict[str, float]:
        """The whole as a multiple of the summed kernels: wall time times cores, processor time."""
        mill, kernels = each.mill, each.kernel_seconds
        return {"wall": mill.took.seconds * self.cores / kernels, "cpu": mill.took.cpu / kernels}

    def _exponents(self) -> dict[str, tuple[float, float]]:
        """By side: how wall time and processor time grow with size, as powers of it."""
        sides = {"the mill": [each.mill for each in self.typical]}
        if self.beside:
            sides["datatrove"] = [each.peer for each in self.typical if each.peer]
        return {
            side: (_exponent(runs, "seconds"), _exponent(runs, "cpu"))
            for side, runs in sides.items()
        }

    def _stages(self, run: Run) -> list[str]:
        names = ["stage", "s", "MB/s a core", "cpu s", "peak, MB a core"]
        shuffles = run.shuffled > 0
        rows = []
        for stage in run.stages:
            rate = f"{run.corpus.size / max(stage.seconds, 0.05) / self.cores:.2f}"
            row = [stage.name, f"{stage.seconds:.1f}", rate, f"{stage.cpu:.1f}"]
            row.append(f"{stage.peak / 1e6 / self.cores:,.0f}" if stage.peak else "")
            rows.append([*row, *([f"{stage.shuffled / 1e6:.1f}"] if shuffles else [])])
        return _table([*names, *(["shuffled, MB"] if shuffles else [])], rows)

    def _kernels(self, each: Round) -> list[str]:
        took = each.kernels["kernels"]
        rows = []
        for name, one in took.items():
            size = one["bytes"] / 1e6
            rate = size / max(one["seconds"], 0.005)
            rows.append(
                [name, f"{one['texts']:,}", f"{size:.1f}", f"{one['seconds']:.2f}", f"{rate:.2f}"]
            )
        rows.append(["all", "", "", f"{each.kernel_seconds:.2f}", ""])
        return _table(["kernel", "texts", "MB of them", "cpu s", "MB/s"], rows)

    def _kept(self) -> list[str]:
        last = self.last
        sides = {"mill": last.mill.kept, "kernels": last.kernels["kept"]}
        if last.peer is not None:
            sides["datatrove"] = last.peer.kept
        rows = [
            [SAID[step], *(f"{kept[step]:,}" if step in kept else "" for kept in sides.values())]
            for step in STEPS
        ]
        return _table(["", *sides], rows)


def _exponent(runs: Sequence[Run], measure: str) -> float:
    sizes = [log(run.corpus.size) for run in runs]
    return linear_regression(sizes, [log(getattr(run.took, measure)) for run in runs]).slope


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    aligned = [":--", *(["--:"] * (len(names) - 1))]
    return [f"| {' | '.join(row)} |" for row in (names, aligned, *rows)]


def _plain(run: Run) -> dict[str, Any]:
    corpus, took = run.corpus, run.took
    return {
        "side": run.side,
        "version": run.version,
        "percent": corpus.percent,
        "records": corpus.records,
        "megabytes": corpus.size,
        "load": run.load,
        **{"seconds": took.seconds, "cpu": took.cpu, "peak": took.peak},
        "shuffled": run.shuffled,
        "stages": [asdict(stage) for stage in run.stages],
        "kept": run.kept,
    }


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{next(named, platform.machine())}, {os.cpu_count()} cores, {memory:.0f} GB"
