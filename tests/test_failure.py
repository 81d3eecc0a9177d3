"""What a person reads when something breaks, tried on faults that are real."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from golden_corpus import CORPUS, RECIPE, places

from corpusmill import cli as command_line
from corpusmill.__main__ import main
from corpusmill.batches import failed, map_batches
from corpusmill.failure import describe, trace_of
from corpusmill.mill import Outcome

SECRET = "ann@example.org"


def chained():
    """An error with two behind it, each with a text of its own."""
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(f"no {SECRET}") from error
    except ValueError as error:
        raise RuntimeError(SECRET) from error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a/b.bin"), ["disk is full", "a/b.bin"]),
        (PermissionError(errno.EACCES, "Permission denied", "a/b"), ["may not be", "a/b"]),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), ["Java process has ended"]),
        (
            RuntimeError("x\ncorpusmill.batches.KernelFailed: MemoryError in f (a.py:1)"),
            ["too little memory"],
        ),
        (
            RuntimeError("corpusmill.batches.KernelFailed: ValueError in f (a.py:1)"),
            ["a document", "f (a.py:1)"],
        ),
        (RuntimeError(SECRET), ["RuntimeError"]),
    ],
)
def test_an_error_is_told_in_words_of_ours(error, words):
    told = describe(error)

    assert [word for word in words if word not in told] == []
    assert SECRET not in told


def test_what_led_to_an_error_tells_the_fault():
    error = RuntimeError(SECRET)
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")

    assert describe(error).startswith("a disk is full (RuntimeError")


def test_a_trace_names_classes_and_places_and_quotes_nothing():
    with pytest.raises(RuntimeError) as caught:
        chained()

    told = trace_of(caught.value)

    kinds = [line for line in told if not line.startswith(" ")]
    assert kinds == ["builtins.RuntimeError", "builtins.ValueError", "builtins.KeyError"]
    assert any(re.search(r"test_failure\.py:\d+ in chained$", line) for line in told)
    assert SECRET not in "".join(told)


def test_a_kernel_that_the_system_refuses_something_says_what():
    with pytest.raises(OSError, match="No space") as caught:
        raise OSError(errno.ENOSPC, "No space left on device", SECRET)

    told = str(failed(caught.value))

    assert describe(RuntimeError(f"corpusmill.batches.KernelFailed: {told}")).startswith(
        "a disk is full"
    )
    assert SECRET not in told


@pytest.fixture
def call(spark, capsys):
    """The exit code, the last line of standard output as JSON, and the lines that tell why."""

    def call(job, *words, run=None):
        code = main([job, *words]) if run is None else command_line.start(job, run, words)
        out, err = capsys.readouterr()
        lines = err.splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith("corpusmill "))
        return code, json.loads(out.splitlines()[-1]), lines[first:]

    return call


def assert_readable(found, *words):
    """Three lines: what and where, what to do, where the trace is; which quotes nothing."""
    code, line, told = found
    assert (code, line["status"], len(told)) == (1, "failed", 3)
    assert [word for word in words if word not in told[0]] == []
    assert told[1] == f"    advice: {line['advice']}"
    trace = Path(told[2].removeprefix("    trace: "))
    kept = trace.read_text("utf-8")
    assert line["message"] in kept
    assert re.search(r"^    .+\.py:\d+ in \w+$", kept, re.M)
    assert SECRET not in kept + "".join(told)
    return kept


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), ["a Python worker died"]),
        (
            lambda: int(SECRET),
            ["could not be worked on", "ValueError in <lambda>", "one of 2 documents from a to b"],
        ),
    ],
)
def test_a_task_that_dies_is_told_with_its_stage_and_table(call, tmp_path, happens, words):
    def kernel(_batch):
        happens()
        yield from ()

    def run(mill, _arguments):
        frame = mill.spark.createDataFrame([("a",), ("b",)], "doc_id string").coalesce(1)
        with mill.progress.through("languages"):
            map_batches(frame, lambda: kernel, "doc_id string").collect()
        return Outcome()

    found = call("identify-language", *places(tmp_path), run=run)

    kept = assert_readable(found, "identify-language, languages: ", *words)
    assert re.search(r"^java org\.apache\.spark\.\S+$", kept, re.M)
    assert re.search(r"^    at org\.apache\.spark\.", kept, re.M)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (Path.unlink, "is missing"),
        (lambda file: file.write_bytes(b"x" * file.stat().st_size), "cannot be read"),
    ],
)
def test_a_table_that_lost_a_file_is_told_with_the_file(call, tmp_path, damage, word):
    where = [*places(tmp_path), *RECIPE]
    assert main(["ingest-documents", *where, "--input", str(CORPUS)]) == 0
    for file in (tmp_path / "warehouse" / "raw_documents").glob("*.parquet"):
        damage(file)

    found = call("normalise-documents", *where)

    assert_readable(found, "normalise-documents", word, ".parquet")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own with room for 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and not in every container")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_and_the_same_command_goes_on_when_there_is_room(
    call, tmp_path, small_disk
):
    file = tmp_path / "noise.jsonl"
    noise = [os.urandom(20_000).hex() for _ in range(400)]
    file.write_text(
        "".join(json.dumps({"id": str(n), "text": t}) + "\n" for n, t in enumerate(noise))
    )
    words = ["--input", str(file), "--warehouse", str(small_disk / "warehouse")]
    words += ["--output", str(tmp_path / "output"), *RECIPE]

    found = call("ingest-documents", *words)

    assert_readable(found, "ingest-documents, raw_documents: a disk is full")
    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    assert main(["ingest-documents", *words]) == 0


@pytest.mark.slow
def test_a_java_process_that_the_system_ends_is_told_without_a_trace_on_the_terminal(tmp_path):
    words = ["run", "--master", "local[1]", *places(tmp_path), "--input", str(CORPUS), *RECIPE]
    command = [sys.executable, "-m", "corpusmill", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        told = []
        for line in process.stderr:
            told.append(line)
            if line.endswith("[2/15] normalise-documents\n"):
                [java] = [p for p in psutil.Process(process.pid).children() if "java" in p.name()]
                java.kill()
        out = process.stdout.read()

    assert process.returncode == 1
    assert json.loads(out.splitlines()[-1])["status"] == "failed"
    assert told[-3].startswith("corpusmill run: failed: [2/15] normalise-documents")
    assert "Spark's Java process has ended" in told[-3]
    assert [line for line in told[:-3] if not re.match(r" *[0-9.]+s  ", line)] == []
