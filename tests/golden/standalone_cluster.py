"""A standalone cluster on this machine's loopback: a master, workers, and ``spark-submit``.

Every process is the leader of a session and is ended with all that it started. Where the system
lets a process have mounts of its own, workers do not see the driver's libraries, and have a folder
``private`` each: then they are like other machines.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyspark

from corpusmill.java import ensure_java

ROOT = Path(__file__).parents[2]
SPARK = Path(pyspark.__file__).parent
LIBRARIES = ROOT / ".venv-cluster"
OURS = [  # as docs/cluster.md has it
    *("--properties-file", str(ROOT / "conf" / "spark-cluster.conf")),
    *("--conf", f"spark.pyspark.driver.python={LIBRARIES / 'bin' / 'python'}"),
    *("--py-files", str(ROOT / "dist" / "corpusmill.zip")),
]
ARCHIVE = ROOT / "dist" / "environment.tar.gz"
HERE = [
    *("--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.ui.enabled=false"),
    *("--driver-memory", "1g", "--executor-memory", "1g"),
    *("--conf", "spark.databricks.delta.snapshotPartitions=2"),
]
_MOUNT = 'for at in "$1" "$2"; do mount -t tmpfs none "$at" || exit; done; shift 2; exec "$@"'
_APART = ["unshare", "--mount", "--map-root-user", "sh", "-c", _MOUNT, "sh"]
_BEGUN = re.compile(r"Starting task \d.*executor (\d+),")
_PLACED = re.compile(r"Executor added: app-[\d-]+/(\d+) on worker-\S+ \((127\.0\.0\.1:\d+)\)")
_PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Submitted:
    """What came of a job: its exit code, its JSON line, and what it and its driver said."""

    code: int
    line: dict[str, Any]
    said: str


@dataclass
class Cluster:
    """A master and its workers, by their addresses; all files are below ``folder``."""

    folder: Path
    apart: bool
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.private = self.folder / "private"
        for place in (self.private, self.folder / "conf"):
            place.mkdir()
        own = {name: value for name, value in os.environ.items() if "SPARK" not in name}
        self.environment = own | {
            "JAVA_HOME": str(ensure_java()),
            "SPARK_HOME": str(SPARK),
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        self._daemons: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int) -> None:
        """Start the master and so many workers, on ports that are free."""
        self._daemon("master")
        self.url = self._await("master", r"Starting Spark master at (\S+)")
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> None:
        """Start a worker of one core and a gigabyte."""
        name = f"worker-{len(self._daemons)}"
        size = ("--cores", "1", "--memory", "1g", "--work-dir", str(self.folder / name))
        process = self._daemon(name, *size, self.url)
        self.workers[self._await(name, r"Starting Spark worker (\S+) with 1 core")] = process
        self._await(name, r"(Successfully registered) with master")

    def kill_worker(self, address: str) -> None:
        """End a worker and its executor at once, as when a machine is lost."""
        end(self.workers.pop(address), signal.SIGKILL)

    @cached_property
    def shared(self) -> list[str]:
        """Options for the libraries unpacked once, where all workers see them."""
        folder = self.folder / "environment"
        folder.mkdir()
        subprocess.run(["tar", "-xzf", str(ARCHIVE), "-C", str(folder)], check=True)
        return ["--conf", f"spark.pyspark.python={folder / 'bin' / 'python'}"]

    @property
    def packed(self) -> list[str]:
        """Options for the libraries as an archive that every executor unpacks."""
        return ["--archives", f"{ARCHIVE}#environment"]

    def submit(
        self,
        job: str,
        *arguments: str,
        options: Sequence[str],
        folder: Path | None = None,
        hear: Callable[[str], None] = lambda line: None,
    ) -> Submitted:
        """Run a job by spark-submit in ``folder``; ``hear`` is told each line of its log."""
        command = [str(SPARK / "bin" / "spark-submit"), "--master", self.url]
        command += [*OURS, *HERE, *options]
        command += [str(ROOT / "jobs" / f"{job}.py"), "--preset", "cluster", *arguments]
        with (
            (self.folder / "out").open("w+") as out,
            subprocess.Popen(
                command,
                env=self.environment,
                cwd=folder or self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            ) as driver,
        ):
            said = []
            try:
                for line in driver.stderr or ():
                    said.append(line)
                    hear(line)
                code = driver.wait()
            finally:
                end(driver)
                self._clear_away()
            out.seek(0)
            lines = out.read().splitlines()
        return Submitted(code, json.loads(lines[-1]) if lines else {}, "".join(said))

    def end(self) -> None:
        """End workers and master, with all that they started."""
        for daemon in reversed(self._daemons):
            end(daemon)

    def _daemon(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        kind = name.partition("-")[0]
        command = [str(SPARK / "bin" / "spark-class")]
        command += [f"org.apache.spark.deploy.{kind}.{kind.title()}", "--host", "127.0.0.1"]
        command += ["--port", "0", "--webui-port", "0", *options]
        if kind == "worker" and self.apart:
            command = [*_APART, str(LIBRARIES), str(self.private), *command]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._daemons.append(process)
        return process

    def _await(self, name: str, pattern: str) -> str:
        """What the group of a pattern is in the log of the newest daemon, once it is there."""
        log = self.folder / f"{name}.log"
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self._daemons[-1].poll() is None:
            if found := re.search(pattern, log.read_text("utf-8")):
                return found[1]
            time.sleep(0.05)
        raise AssertionError(f"{name} does not say {pattern!r}:\n{log.read_text('utf-8')[-2000:]}")

    def _clear_away(self) -> None:
        """Workers keep what applications had unpacked: a gigabyte each."""
        for place in self.folder.glob("worker-*/app-*"):
            shutil.rmtree(place, ignore_errors=True)


class Killer:
    """Hears a driver's log, and kills the worker that the task of a number begins on."""

    def __init__(self, cluster: Cluster, task: int) -> None:
        self._cluster, self._left = cluster, task
        self._places: dict[str, str] = {}
        self.killed: list[str] = []

    def __call__(self, line: str) -> None:
        if placed := _PLACED.search(line):
            self._places[placed[1]] = placed[2]
        if begun := _BEGUN.search(line):
            self._left -= 1
            if self._left == 0:
                self.killed.append(self._places[begun[1]])
                self._cluster.kill_worker(self.killed[0])


def may_be_apart(folder: Path) -> bool:
    """Whether this system lets a process have mounts of its own."""
    if not shutil.which("unshare"):
        return False
    tried = subprocess.run([*_APART, str(folder), str(folder), "true"], capture_output=True)
    return tried.returncode == 0


def end(leader: subprocess.Popen[Any], number: int = signal.SIGTERM) -> None:
    """End the leader of a session by a signal, then whatever is left of the session."""
    if leader.poll() is None:
        os.killpg(leader.pid, number)
        with suppress(subprocess.TimeoutExpired):
            leader.wait(_PATIENCE)
    until = time.monotonic() + _PATIENCE
    while (left := of_session(leader.pid)) and time.monotonic() < until:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    leader.wait()
    assert not left, f"processes {left} do not end"


def of_session(leader: int) -> list[int]:
    """Ids of the processes of a session that have not ended."""
    command = ["ps", "-eo", "pid=,sess=,stat="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, session, state in rows if session == str(leader) and state[0] != "Z"]
