"""The arrows between modules go one way, and nothing calls what would tie bytes to partitioning."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIB = ROOT / "lib" / "corpusmill"
ROOMS = ("ingest", "langid", "quality", "dedup", "pii", "tokens", "shards")
LEAVES = ("refusal", "digests", "config", "contracts", "batches")
KERNELS = [*LIB.glob("text/*.py"), *(p for room in ROOMS for p in (LIB / room).glob("*.py"))]
SPARK_FILES = ("transform.py", "train.py", "encode.py", "build.py", "clusters.py")

BANNED = {
    r"monotonically_increasing_id|zipWithIndex|\bF\.rand\b|\brandn?\(\)": "differs by partitioning",
    r"\.dropDuplicates\(|\bF\.first\(|\bF\.last\(|any_value\(": "chooses by row order",
    r"\.repartition\(\s*\d+\s*\)|\bcoalesce\(\d+\)": "deals rows without a key",
    r"spark_partition_id|input_file_name|uuid4|(?<![\w.])hash\(": "is no function of the content",
    r"\.cache\(\)|\.persist\(|\.checkpoint\(|sparkContext|\.rdd\b|_jvm|_jsc": "not in Connect",
    r"(?<!array_sort\()\bF\.collect_list\(": "has no order; sort it in the same call",
}


def imports(path: Path) -> set[str]:
    """Our own modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {node.module, *names} if node.module == "corpusmill" else {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "corpusmill"}


def code_of(path: Path) -> str:
    """The source without comments and docstrings."""
    return ast.unparse(_without_docstrings(ast.parse(path.read_text("utf-8"))))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def every_file() -> list[Path]:
    return sorted([*LIB.rglob("*.py"), *(ROOT / "jobs").glob("*.py")])


@pytest.mark.parametrize("path", KERNELS, ids=lambda p: str(p.relative_to(LIB)))
def test_rooms_import_only_themselves_text_and_leaves(path: Path) -> None:
    room = path.parent.name
    allowed = {f"corpusmill.{room}", "corpusmill.text", *(f"corpusmill.{leaf}" for leaf in LEAVES)}

    outside = {
        name
        for name in imports(path)
        if not any(name == good or name.startswith(f"{good}.") for good in allowed)
    }

    assert outside == set()


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaves_import_only_leaves(leaf: str) -> None:
    outside = imports(LIB / f"{leaf}.py") - {f"corpusmill.{other}" for other in LEAVES}

    assert outside <= {"corpusmill"}


def test_nothing_in_the_library_imports_the_jobs() -> None:
    importers = [
        path for path in LIB.rglob("*.py") if any(".jobs" in name for name in imports(path))
    ]

    assert importers == []


@pytest.mark.parametrize("path", KERNELS, ids=lambda p: str(p.relative_to(LIB)))
def test_kernels_know_no_spark(path: Path) -> None:
    imported = re.findall(r"^\s*(?:from|import) (pyspark|delta)\b", path.read_text("utf-8"), re.M)

    assert path.name in SPARK_FILES or imported == []


@pytest.mark.parametrize("path", every_file(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_call_ties_bytes_to_partitions_time_or_a_classic_session(path: Path) -> None:
    code = code_of(path)

    found = [reason for pattern, reason in BANNED.items() if re.search(pattern, code)]

    assert found == []


@pytest.mark.parametrize("path", sorted((ROOT / "jobs").glob("*.py")), ids=lambda p: p.name)
def test_a_job_is_a_screen_long_and_shadows_no_module(path: Path) -> None:
    import sys

    lines = len(path.read_text("utf-8").splitlines())

    assert lines <= 100
    assert path.stem not in sys.stdlib_module_names
