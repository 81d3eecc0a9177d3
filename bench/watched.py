"""A command with all the processes that it starts: seconds, seconds of processors, peak memory.

Linux only: sampled from ``/proc``, processors twice a second, and memory, for which the system has
to walk every page (35 ms for a JVM of 2 GB), every two seconds: a peak that is over sooner can be
missed. Memory that processes share is counted once (PSS); what a process did behind the last sample
is missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

EVERY = 0.5
MEMORY_EVERY = 2.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """At a time (seconds since 1970) processor seconds so far, and bytes held, if looked at."""

    at: float
    cpu: float
    memory: float | None


@dataclass(frozen=True)
class Line:
    """A line of standard error, and when it came (seconds since 1970)."""

    at: float
    text: str


@dataclass(frozen=True)
class Watched:
    """What a command took: wall seconds, processor seconds, most bytes held at once, its words."""

    seconds: float
    cpu: float
    peak: float
    said: str
    started: float
    samples: tuple[Sample, ...]
    errors: tuple[Line, ...]

    def cpu_between(self, start: float, end: float) -> float:
        """Processor seconds of a stretch of time, to the nearest sample."""
        return self._spent(end) - self._spent(start)

    def peak_between(self, start: float, end: float) -> float:
        """Most bytes held in a stretch of time; 0 where they were not looked at in it."""
        return _peak(each for each in self.samples if start <= each.at <= end)

    def _spent(self, until: float) -> float:
        return max((each.cpu for each in self.samples if each.at <= until), default=0.0)


def watch(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run a command to its end. Exits with its standard error when it fails."""
    samples: list[Sample] = []
    lines: list[Line] = []
    pieces: list[str] = []
    started, began = time.time(), time.monotonic()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, **(environment or {})},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        readers = [
            Thread(target=pieces.extend, args=(process.stdout,)),
            Thread(target=lines.extend, args=(_timed(process.stderr),)),
        ]
        for reader in readers:
            reader.start()
        while process.poll() is None:
            tree, memory = _tree(process.pid), None
            if len(samples) % int(MEMORY_EVERY / EVERY) == 0:
                memory = sum(map(_memory, tree))
            samples.append(Sample(time.time(), sum(tree.values()), memory))
            with suppress(subprocess.TimeoutExpired):
                process.wait(EVERY)
        seconds = time.monotonic() - began
        for reader in readers:
            reader.join()
    said = "".join(pieces)
    if process.returncode:
        errors = "".join(line.text for line in lines)
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{errors[-3000:]}{said[-1000:]}")
    cpu = max((sample.cpu for sample in samples), default=0.0)
    peak = _peak(samples)
    return Watched(seconds, cpu, peak, said, started, tuple(samples), tuple(lines))


def processor_seconds() -> float:
    """What this process and all that it started have spent so far."""
    return sum(_tree(os.getpid()).values())


def _peak(samples: Iterable[Sample]) -> float:
    return max((each.memory for each in samples if each.memory is not None), default=0.0)


def _timed(stream: Iterable[str]) -> Iterable[Line]:
    return (Line(time.time(), text) for text in stream)


def _tree(root: int) -> dict[int, float]:
    """A process and its descendants: processor seconds of each and of its ended children."""
    names = (entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit())
    stats = {int(name): _text(Path(f"/proc/{name}/stat")).rpartition(")")[2] for name in names}
    fields = {pid: stat.split() for pid, stat in stats.items() if stat}
    children: dict[int, list[int]] = {}
    for pid, (_, parent, *_rest) in fields.items():
        children.setdefault(int(parent), []).append(pid)
    found, due = {}, [root]
    while due:
        pid = due.pop()
        if pid in fields:
            found[pid] = sum(map(int, fields[pid][11:15])) / _TICKS
        due += children.get(pid, [])
    return found


def _memory(pid: int) -> float:
    lines = _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(1024.0 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended meanwhile
        return ""
