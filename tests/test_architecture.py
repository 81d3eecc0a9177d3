"""The arrows between modules go one way, and nothing calls what would tie bytes to partitioning."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIB = ROOT / "lib" / "corpusmill"
ROOMS = ("ingest", "langid", "quality", "dedup", "pii", "tokens", "shards")
LEAVES = (
    "refusal",
    "digests",
    "config",
    "contracts",
    "batches",
    "artefacts",
    "model_file",
    "precedence",
    "twins",
    "passes",
    "delta_jars",
    "memory",
)
# From the inside out: a module imports only from rings before its own, rooms counting as the first.
RINGS = (
    LEAVES,
    (*ROOMS, "text"),
    (
        *("selection", "sampling", "excerpts", "stages", "java", "progress", "failure"),
        *("ledger", "labelled_files", "publication", "retention"),
    ),
    ("recipe", "loader"),
    (
        *("resolve", "session", "invocation", "warehouse", "tables"),
        *("losses", "removals", "distributions", "samples"),
    ),
    ("differences", "run_record", "scratch", "lineage", "table_files"),
    ("mill",),
    ("work", "pinned_files"),
    ("arrivals", "clustering", "freshness", "pins"),
    ("accounts",),
    ("delivery", "shard_set", "mixing", "labels", "buckets", "lsh", "maintenance"),
    ("verification",),
    ("forecast", "explain", "comparison", "report", "replay"),
    ("summary",),
    ("cli",),
    ("__main__", "notebook"),
)
RING_OF = {name: ring for ring, names in enumerate(RINGS) for name in names}
# Where the Spark code of a room is; edges, stars and deltas are joins of their own, and many.
SPARK_FILES = {
    *(f"{room}/transform.py" for room in (*ROOMS, "text")),
    *("dedup/edges.py", "dedup/stars.py", "shards/deltas.py"),
}
NOT_IN_CONNECT = "not in Connect"
KERNELS = [*LIB.glob("text/*.py"), *(p for room in ROOMS for p in (LIB / room).glob("*.py"))]

BANNED = {
    r"monotonically_increasing_id|zipWithIndex|\bF\.rand\b|\brandn?\(\)": "differs by partitioning",
    r"\.dropDuplicates\(|\bF\.first\(|\bF\.last\(|any_value\(": "chooses by row order",
    r"\.repartition\(\s*\d+\s*\)|\bcoalesce\(\d+\)": "deals rows without a key",
    r"spark_partition_id|input_file_name|uuid4|(?<![\w.])hash\(": "is no function of the content",
    r"\.cache\(\)|\.persist\(|\.checkpoint\(|sparkContext|\.rdd\b|_jvm|_jsc": NOT_IN_CONNECT,
    r"(?<!array_sort\()\bF\.collect_list\(": "has no order; sort it in the same call",
}


@cache
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


@cache
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


def test_rooms_import_only_themselves_text_and_leaves() -> None:
    always = ("corpusmill.text", *(f"corpusmill.{leaf}" for leaf in LEAVES))

    outside = {
        f"{path.relative_to(LIB)} imports {name}"
        for path in KERNELS
        for name in imports(path)
        if not _below(name, (f"corpusmill.{path.parent.name}", *always))
    }

    assert outside == set()


def test_every_module_of_the_library_stands_in_one_ring() -> None:
    modules = {path.stem for path in LIB.glob("*.py")} - {"__init__"}
    rooms = {path.parent.name for path in LIB.glob("*/__init__.py")}

    assert sorted(modules | rooms) == sorted(RING_OF)


def test_arrows_lead_inwards() -> None:
    used = {
        path.stem: {name.split(".")[1] for name in imports(path) if "." in name}
        for path in LIB.glob("*.py")
        if path.stem in RING_OF
    }
    for package in ("loader", "report"):
        inside = [name for path in (LIB / package).glob("*.py") for name in imports(path)]
        used[package] = {name.split(".")[1] for name in inside if "." in name} - {package}

    outwards = {
        f"{module} imports {name}"
        for module, names in used.items()
        for name in names & set(RING_OF)
        if RING_OF[name] >= RING_OF[module] > 0 or RING_OF[name] > RING_OF[module]
    }

    assert outwards == set()


def test_nothing_in_the_library_imports_the_jobs() -> None:
    importers = [
        path for path in LIB.rglob("*.py") if any(".jobs" in name for name in imports(path))
    ]

    assert importers == []


def test_kernels_know_no_spark() -> None:
    spark = re.compile(r"^\s*(?:from|import) (pyspark|delta)\b", re.M)

    importers = {path for path in KERNELS if spark.search(path.read_text("utf-8"))}

    assert {str(path.relative_to(LIB)) for path in importers} == SPARK_FILES


def test_no_call_ties_bytes_to_partitions_time_or_a_classic_session() -> None:
    found = {
        f"{path.relative_to(ROOT)} {reason}"
        for path in every_file()
        for pattern, reason in BANNED.items()
        if re.search(pattern, code_of(path))
        if (path, reason) != (LIB / "session.py", NOT_IN_CONNECT)
    }

    assert found == set()


def test_a_job_is_a_screen_long_and_shadows_no_module() -> None:
    jobs = list((ROOT / "jobs").glob("*.py"))

    long = [path.name for path in jobs if len(path.read_text("utf-8").splitlines()) > 100]

    assert long == []
    assert {path.stem for path in jobs} & sys.stdlib_module_names == set()


def _below(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)
