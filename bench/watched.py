"""A command with all the processes that it starts: seconds, seconds of processors, peak memory.

Linux only: sampled from ``/proc`` five times a second. Memory that processes share is counted once
(PSS); what a process did in its last fifth of a second is missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Watched:
    """What a command took: wall seconds, processor seconds, most bytes held at once, its words."""

    seconds: float
    cpu: float
    peak: float
    said: str


def watch(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run a command to its end. Exits with its standard error when it fails."""
    spent = peak = 0.0
    started = time.monotonic()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    ) as process:
        while process.poll() is None:
            tree = _tree(process.pid)
            peak = max(peak, sum(map(_memory, tree)))
            spent = max(spent, sum(tree.values()))
            time.sleep(EVERY)
        said, errors = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{errors[-3000:]}{said[-1000:]}")
    return Watched(time.monotonic() - started, spent, peak, said)


def processor_seconds() -> float:
    """What this process and all that it started have spent so far."""
    return sum(_tree(os.getpid()).values())


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
