"""What an installation without the development extra brings: all that the package imports."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILES = [path for folder in ("lib/corpusmill", "jobs") for path in ROOT.glob(f"{folder}/**/*.py")]
DECLARED = {
    canonicalize_name(Requirement(line).name)
    for line in requires("corpusmill")
    if not re.search(r"extra == .dev", line)
}


def imported(path):
    """Top-level names of all imports of a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_all_that_is_imported_is_required():
    brought_by = packages_distributions()
    names = {name for path in FILES for name in imported(path)}
    names -= {"corpusmill", *sys.stdlib_module_names}

    missing = {
        name
        for name in names
        if DECLARED.isdisjoint(map(canonicalize_name, brought_by.get(name, [])))
    }

    assert len(names) > 20
    assert missing == set()
