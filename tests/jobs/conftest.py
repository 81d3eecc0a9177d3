"""The command line, called in this process on the session that all tests share."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from golden_corpus import CORPUS, RECIPE, places

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
