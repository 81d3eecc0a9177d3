"""What versions of tables were made of, followed back from commit to commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timezone
from importlib.metadata import version as package_version
from typing import Any

import pyspark

from corpusmill import __version__
from corpusmill.contracts import TABLES
from corpusmill.ledger import table_of, version_of
from corpusmill.warehouse import Snapshot, Warehouse


def made_of(warehouse: Warehouse, reads: Sequence[Snapshot]) -> dict[str, str]:
    """``id@version`` by table: of ``reads``, and of all that our commits say they came from.

    A table that is reached in two ways has the version of the shorter one.
    """
    pins: dict[str, str] = {}
    waiting = [(read.name, read.pin) for read in reads]
    while waiting:
        name, pin = waiting.pop(0)
        if name in pins or name not in TABLES:
            continue
        pins[name] = pin
        for commit in warehouse.ledger(name, version_of(pin)).parts.values():
            waiting += [*commit.inputs.items(), *commit.beside.items()]
    return pins


def lineage_of(warehouse: Warehouse, reads: Sequence[Snapshot]) -> dict[str, Any]:
    """The part of a manifest that says where a set comes from: tables with the times of their
    commits, their place, and the packages at work."""
    pins = made_of(warehouse, reads)
    packages = {name: package_version(name) for name in ("pyarrow", "numpy")}
    packages["pyspark"] = pyspark.__version__  # a cluster's is on the path, and no package
    return {
        "warehouse": warehouse.place,
        "tables": {name: _described(warehouse, name, pin) for name, pin in pins.items()},
        "packages": {"corpusmill": __version__, **packages},
        "spark": warehouse.spark.version,
    }


def _described(warehouse: Warehouse, name: str, pin: str) -> dict[str, Any]:
    at = warehouse.committed(name, version_of(pin))
    time = None if at is None else at.astimezone(timezone.utc).isoformat(timespec="seconds")
    return {"id": table_of(pin), "version": version_of(pin), "committed": time}
