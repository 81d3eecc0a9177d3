"""What Spark's tasks moved, from the log of events of a command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpusmill.invocation import parse

_ENDED = '{"Event":"SparkListenerTaskEnd"'


@dataclass(frozen=True)
class Task:
    """When a task ended (seconds since 1970), bytes it read from files and wrote for others."""

    ended: float
    read: int
    shuffled: int


def logged(job: str, options: Sequence[str], folder: Path) -> str:
    """The option that has a command log Spark's events into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = {"enabled": "true", "dir": folder.absolute().as_uri(), "compress": "false"}
    settings["rolling.enabled"] = "false"
    told = " ".join(f"-Dspark.eventLog.{key}={value}" for key, value in settings.items())
    return f"--set=runtime.java_options={_java_options(job, options)} {told}"


def tasks(folder: Path) -> Iterator[Task]:
    """Every task that ended, those that failed too."""
    for log in sorted(folder.iterdir()):
        with log.open(encoding="utf-8") as lines:
            for event in (json.loads(line) for line in lines if line.startswith(_ENDED)):
                metrics = event.get("Task Metrics") or {}
                read = metrics.get("Input Metrics", {}).get("Bytes Read", 0)
                written = metrics.get("Shuffle Write Metrics", {})
                ended = event["Task Info"]["Finish Time"] / 1000
                yield Task(ended, read, written.get("Shuffle Bytes Written", 0))


def _java_options(job: str, options: Sequence[str]) -> str:
    """Those that the command has anyway."""
    return parse(job, options).settings.runtime.java_options
