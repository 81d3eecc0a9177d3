"""The command line, called in this process on the session that all tests share."""

from __future__ import annotations

import json
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


@pytest.fixture(scope="module")
def milled(spark: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden corpus, milled once for the tests of a module that only read."""
    folder = tmp_path_factory.mktemp("milled")
    assert main(["run", *places(folder), "--input", str(CORPUS), *RECIPE]) == 0
    return folder
