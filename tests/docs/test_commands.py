"""The commands in README and docs: all are parsed, and those that can be are run in their order."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documented import NOTEBOOKS, PAGES, ROOT, blocks, commands, page_name, prose
from golden_corpus import CORPUS

import corpusmill
from corpusmill import cli
from corpusmill.__main__ import JOBS, main
from corpusmill.invocation import parse
from corpusmill.refusal import Refused

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.M))
VARIABLES = {"INPUT", "ARGS", "PYTHON"}
BLOCKS = [block for page in [*PAGES, *NOTEBOOKS] for block in blocks(page)]
LANGUAGES = {"sh", "text", "yaml", "json", "python", "sql"}


def shown(language):
    found = [block for block in BLOCKS if block.language == language]
    return pytest.mark.parametrize("block", found, ids=lambda block: block.place)


@pytest.fixture(autouse=True)
def parsing(request, monkeypatch, tmp_path):
    """In an empty folder, jobs come as far as their command line is parsed."""

    def start(job, _run, arguments=None, options=None, summary="", **_named):
        parse(job, arguments, options, summary)
        return 0

    monkeypatch.setattr(cli, "start", start)
    monkeypatch.chdir(tmp_path)


def put_files(page, folder):
    """Write the files that a page shows."""
    for block in BLOCKS:
        if block.file is not None and block.place.startswith(f"{page}:"):
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")


def check(words):
    """Hold one command against what it calls; commands that are not ours pass."""
    program, arguments = Path(words[0]).name, words[1:]
    if program == "corpusmill":
        check_job(arguments)
    elif program == "make":
        check_make(arguments)
    elif program == "spark-submit":
        check_submit(arguments)
    elif re.fullmatch(r"python[0-9.]*", program):
        check_python(arguments)


def check_job(arguments):
    if "--help" in arguments[1:]:
        arguments = arguments[:1]
    assert main(arguments) == 0


def check_make(arguments):
    pairs = dict(word.split("=", 1) for word in arguments if "=" in word)
    targets = [word for word in arguments if "=" not in word]
    assert set(pairs) <= VARIABLES
    assert set(targets) <= TARGETS
    if "run" in targets:
        given = ["--input", pairs["INPUT"]] if "INPUT" in pairs else []
        check_job(["run", *given, *shlex.split(pairs.get("ARGS", ""))])


def check_submit(arguments):
    [place] = [n for n, word in enumerate(arguments) if re.fullmatch(r"(.*/)?jobs/\w+\.py", word)]
    names = {module: job for job, module in JOBS.items()}
    check_job([names[Path(arguments[place]).stem], *arguments[place + 1 :]])
    wheels = [word for word in arguments if word.endswith(".whl")]
    assert all(f"corpusmill-{corpusmill.__version__}-" in wheel for wheel in wheels)


def check_python(arguments):
    if arguments[0] == "-m":
        assert importlib.util.find_spec(arguments[1]) is not None
    elif not arguments[0].startswith("-"):
        source = (ROOT / arguments[0]).read_text("utf-8")
        options = [word.partition("=")[0] for word in arguments if word.startswith("--")]
        assert [option for option in options if f'"{option}"' not in source] == []


@shown("sh")
def test_a_command_is_one_that_there_is(block, tmp_path):
    put_files(block.place.rpartition(":")[0], tmp_path)

    for words in commands(block.text):
        check(words)


@pytest.mark.parametrize(
    "wrong",
    ["corpusmill rum", "make rum", "python bench/none.py", "A=1 corpusmill run --sett a=1 | cat"],
)
def test_a_command_that_there_is_not_is_noticed(wrong):
    with pytest.raises((AssertionError, OSError, Refused)):
        [check(words) for words in commands(wrong)]


def test_commands_are_taken_apart_as_a_shell_does():
    text = "A=$(one 'a b' | two -x) # three\nB=1 four \\\n  --to out > log 2> err && five $A\n"

    found = list(commands(text))

    assert found[:3] == [["one", "a b"], ["two", "-x"], ["four", "--to", "out"]]
    assert ["five", "$A"] in found
    assert not any("three" in words for words in found)


def test_every_block_says_what_it_is_and_commands_stand_in_blocks_of_their_own():
    assert {block.place for block in BLOCKS if block.language not in LANGUAGES} == set()
    ours = re.compile(r" {4,}(corpusmill|make|python|spark-submit) ")
    assert [line for page in PAGES for line in prose(page) if ours.match(line)] == []


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=page_name)
def test_jobs_and_targets_named_in_a_line_are_there(page):
    text = "\n".join(prose(page))

    assert set(re.findall(r"`corpusmill ([a-z-]+)", text)) <= set(JOBS)
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= TARGETS


def test_the_readme_has_a_row_of_every_job():
    rows = [line for line in prose(ROOT / "README.md") if line.startswith("| `")]

    assert {job for row in rows for job in re.findall(r"`([a-z-]+)`", row.split("|")[1])} == {*JOBS}


@shown("yaml")
def test_a_recipe_that_is_shown_is_one(block, tmp_path):
    (tmp_path / "shown.yaml").write_text(block.text, "utf-8")

    parse("run", ["--conf", "shown.yaml"])


@shown("python")
def test_python_that_is_shown_parses(block):
    ast.parse(block.text)


def script(page):
    """The blocks of a page that can be run, as one shell script; each says where it begins."""
    lines = ["set -euo pipefail"]
    for block in blocks(page):
        if block.not_run is None and block.language in ("sh", "python"):
            python = block.language == "python"
            body = f"python - <<'END'\n{block.text}END\n" if python else block.text
            lines += [f"echo '{block.place}' >&2", body]
    return "\n".join(lines) if len(lines) > 1 else None


def run(text, folder):
    """Run a script as a reader would in a checkout whose environment is on the path."""
    path = f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # Not what `make` was told that started the tests: a make below it would take it for its own.
    kept = {key: value for key, value in os.environ.items() if "MAKE" not in key and key != "ARGS"}
    environment = {**kept, "PATH": path}
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the repository with this environment as its own, and some files of a user's."""
    folder = tmp_path_factory.mktemp("reader") / "corpusmill"
    left = (".git", ".venv*", "corpusmill-data", "build", "dist", ".*_cache", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*left))
    environment = folder / ".venv"
    environment.mkdir()
    for part in Path(sys.prefix).iterdir():
        if not part.name.startswith((".local-", ".dev-")):
            (environment / part.name).symlink_to(part)
    marks = ["make", "-s", "--eval", "marks: ; @echo $(LOCAL) $(DEV)", "marks"]
    found = subprocess.run(marks, cwd=folder, capture_output=True, text=True, check=True)
    for mark in found.stdout.split():  # nothing is left to be installed
        (folder / mark).touch()
    (folder / "data").mkdir()
    shutil.copy(CORPUS, folder / "data" / "pages.jsonl")
    run("gzip --keep data/pages.jsonl", folder)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where every page is read: a source remembers in which folder its files are."""
    return tmp_path_factory.mktemp("place") / "corpusmill"


@pytest.fixture(scope="module")
def milled_checkout(checkout, place, tmp_path_factory):
    """The same after the run that pages other than the README begin with."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(checkout, place, symlinks=True)
    run("corpusmill run --input 'data/*.jsonl'", place)
    return place.rename(tmp_path_factory.mktemp("milled") / "corpusmill")


RUN = [page for page in PAGES if script(page) is not None]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=page_name)
def test_what_can_be_run_of_a_page_runs(page, request, place):
    start = "checkout" if page.name == "README.md" and page.parent == ROOT else "milled_checkout"
    begun = request.getfixturevalue(start)
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(begun, place, symlinks=True)
    put_files(page_name(page), place)

    run(script(page), place)
