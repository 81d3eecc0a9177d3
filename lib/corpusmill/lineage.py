"""What versions of tables were made of, followed back from commit to commit."""

from __future__ import annotations

from collections.abc import Sequence

from corpusmill.contracts import TABLES
from corpusmill.ledger import version_of
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
