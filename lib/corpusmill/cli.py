"""The one command line of all jobs: options, exit codes, and the last line on standard output.

Exit 0 done; 2 refused at the door, nothing written; 3 stopped by a guard; 1 anything else. Logs and
progress go to standard error; the last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from corpusmill.config import plain
from corpusmill.failure import describe, fault_of, trace_of
from corpusmill.ingest.files import list_files
from corpusmill.invocation import Invocation, Options, parse, table_versions
from corpusmill.mill import Mill, Outcome
from corpusmill.progress import Progress, may_rewrite
from corpusmill.recipe import Runtime
from corpusmill.refusal import Refused, Stopped
from corpusmill.resolve import check_named, resolve
from corpusmill.session import interruptible, open_session
from corpusmill.warehouse import is_catalog_name

Job = Callable[[Mill, argparse.Namespace], Outcome]


def start(
    job: str,
    run: Job,
    arguments: Sequence[str] | None = None,
    options: Options | None = None,
    summary: str = "",
    *,
    by_recipe: bool = True,
    writes: bool = True,
    versions: bool = True,
) -> int:
    """Parse, check, run, print the JSON line; returns the exit code.

    A job that does nothing ``by_recipe`` needs no models but those it is given, one that ``writes``
    nothing no right to do so; one without ``versions`` is a chain, which reads what it writes and
    tells of its stages itself.
    """
    started, mill = time.monotonic(), None
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        invocation = parse(job, arguments, options, summary)
        if table_versions(invocation.arguments.table_version) and not versions:
            raise Refused(f"--table-version: not for {job}, which reads what it writes")
        line = _print_recipe(invocation)
        if line is None:
            mill = _checked(invocation, by_recipe, writes)
            line = _run(invocation, _timed(run) if versions else run, mill)
    except Refused as refusal:
        return _end(job, started, 2, "refused", str(refusal))
    except Stopped as stop:
        return _end(job, started, 3, "stopped", str(stop))
    except KeyboardInterrupt:
        return _end(job, started, 1, "interrupted", "stopped by a signal; the same command goes on")
    except Exception as error:  # the last line of defence: a message without rows or texts
        return _fail(job, started, error, mill)
    code = 1 if line.get("status") == "failed" else 0
    _print({**line, "seconds": _seconds(started)})
    return code


def _timed(run: Job) -> Job:
    """A job that is told of as the stages of a chain are."""

    def timed(mill: Mill, arguments: argparse.Namespace) -> Outcome:
        return mill.timed(mill.job, run, arguments)[0]

    return timed


def _run(invocation: Invocation, run: Job, mill: Mill) -> dict[str, Any]:
    fresh = not mill.output.exists()
    try:
        with interruptible():
            for name, version in mill.versions.items():
                mill.warehouse.snapshot(name, version)
            outcome = run(mill, invocation.arguments)
    except Refused as refusal:
        if mill.changed:  # too late to be refused at the door: something is written
            mill.record_runs()
            raise Stopped(str(refusal)) from None
        if fresh:
            _clear(mill.output)
        raise
    except Exception:
        with suppress(Exception):  # the first error is the one to tell
            mill.record_runs()
        raise
    mill.record_runs()
    return {
        "job": invocation.job,
        "status": "failed" if outcome.failed else outcome.status or mill.status,
        **({"message": outcome.failed} if outcome.failed else {}),
        "tables": mill.tables(),
        "counts": dict(outcome.counts),
        **outcome.extra,
    }


def _checked(invocation: Invocation, by_recipe: bool, writes: bool) -> Mill:
    """What the job is handed, once all that can be checked without Spark has been."""
    runtime, arguments = invocation.settings.runtime, invocation.arguments
    output = Path(runtime.output).expanduser().absolute()
    versions = table_versions(arguments.table_version)
    _check_inputs(invocation)
    for key, nearest in _check_places(runtime, output).items():
        if writes and not os.access(nearest, os.W_OK | os.X_OK):
            raise Refused(f"runtime.{key}: {nearest} may not be written to")
    if by_recipe:
        resolve(invocation.settings.recipe, output)
    else:
        check_named(invocation.settings.recipe)
    progress = Progress(rewrites=may_rewrite() and not arguments.verbose)

    def open_spark() -> SparkSession:
        progress.say("waiting for Spark")
        return open_session(runtime, output, arguments.verbose)

    return Mill(
        recipe=invocation.settings.recipe,
        runtime=runtime,
        open_spark=open_spark,
        versions=versions,
        progress=progress,
        job=invocation.job,
        job_started=time.monotonic(),
    )


def _clear(output: Path) -> None:
    """Take away what Spark put into an output folder that was not there before."""
    for name in ("logs", "catalog"):
        shutil.rmtree(output / name, ignore_errors=True)
    with suppress(OSError):
        output.rmdir()


def _print_recipe(invocation: Invocation) -> dict[str, Any] | None:
    if not invocation.arguments.print_recipe:
        return None
    _check_inputs(invocation)
    table_versions(invocation.arguments.table_version)
    output = Path(invocation.settings.runtime.output).expanduser().absolute()
    _check_places(invocation.settings.runtime, output)
    resolved = resolve(invocation.settings.recipe, output)
    sys.stdout.write(json.dumps(resolved.recipe, indent=2) + "\n")
    return {
        "job": invocation.job,
        "status": "recipe",
        "recipe": resolved.recipe,
        "recipe_digest": resolved.digest,
        "runtime": plain(invocation.settings.runtime),
    }


def _check_inputs(invocation: Invocation) -> None:
    """Every glob must match a file of a kind we read; nothing is opened yet."""
    list_files(invocation.settings.runtime.inputs, invocation.settings.recipe.sources)


def _check_places(runtime: Runtime, output: Path) -> dict[str, Path]:
    """The folders of a run, or of each the nearest that is there; it must be one."""
    places = {"output": output}
    if not is_catalog_name(runtime.warehouse) and "://" not in runtime.warehouse:
        places["warehouse"] = Path(runtime.warehouse).expanduser().absolute()
    found = {}
    for key, place in places.items():
        found[key] = next(part for part in (place, *place.parents) if os.path.lexists(part))
        if not found[key].is_dir():
            raise Refused(f"runtime.{key}: {found[key]} is not a folder")
    return found


def _fail(job: str, started: float, error: Exception, mill: Mill | None) -> int:
    """Tell what failed, where, and what to do about it; how it came to that goes into a file."""
    place = ", ".join(dict.fromkeys(mill.progress.place if mill else ()))
    message = f"{place}: {describe(error)}" if place else describe(error)
    more = {"advice": fault_of(error).advice}
    if mill is not None:
        with suppress(OSError):  # the disk may be full
            more["trace"] = str(_keep_trace(mill.output, f"{job}: {message}", error))
    return _end(job, started, 1, "failed", message, more)


def _keep_trace(output: Path, message: str, error: Exception) -> Path:
    file = output / "logs" / "failures.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    earlier = file.read_text("utf-8") if file.exists() else ""
    told = "\n".join([f"{at} corpusmill {message}", *trace_of(error), "", ""])
    file.write_text(earlier + told, "utf-8")  # whole: some mounted volumes let nothing be appended
    return file


def _end(
    job: str,
    started: float,
    code: int,
    status: str,
    message: str,
    more: Mapping[str, str] | None = None,
) -> int:
    told = [f"corpusmill {job}: {status}: {message}"]
    told += [f"    {key}: {text}" for key, text in (more or {}).items()]
    sys.stderr.write("\n".join([*told, ""]))
    line = {"job": job, "status": status, "message": message, **(more or {})}
    _print({**line, "seconds": _seconds(started)})
    return code


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")  # in ASCII, whatever the terminal's encoding
    sys.stdout.flush()


def _seconds(started: float) -> float:
    return round(time.monotonic() - started, 1)
