"""The command line, called in this process on the session that all tests share."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from golden_corpus import CORPUS, RECIPE, places

from corpusmill import cli as command_line
from corpusmill.__main__ import main

Cli = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def cli(spark: object, capsys: pytest.CaptureFixture[str]) -> Cli:
    """``cli("run", "--input", ...)``: the exit code and the JSON of the last line of stdout."""

    def call(*arguments: str) -> tuple[int, dict[str, Any]]:
        code = main([*arguments])
        lines = capsys.readouterr().out.splitlines()
        return code, json.loads(lines[-1])

    return call


@pytest.fixture(scope="session")
def milled(spark: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden corpus, milled once for all tests that only read, or put back what they break."""
    folder = tmp_path_factory.mktemp("milled")
    assert main(["run", *places(folder), "--input", str(CORPUS), *RECIPE]) == 0
    return folder


@pytest.fixture
def copied(milled: Path, tmp_path: Path) -> Path:
    """A copy of the milled golden corpus, to be changed."""
    shutil.copytree(milled, tmp_path / "mill", symlinks=True)
    return tmp_path / "mill"


@pytest.fixture
def alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, dict[str, Any], str]]:
    """The command line in an empty folder, with a tripwire: no session may be asked for.

    ``alone("diff", a, b)``: the exit code, the JSON of the last line, and standard error.
    """

    def trip(*_arguments: object) -> None:
        raise AssertionError("a session was asked for")

    monkeypatch.setattr(command_line, "open_session", trip)
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> tuple[int, dict[str, Any], str]:
        code = main([*map(str, words)])
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]), err

    return call
