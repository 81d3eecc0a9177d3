"""Whether a table was made from the rows that there are now.

Versions alone do not say so: maintenance makes new ones of equal rows. Our own commits are
numbered (``Ledger.number``), so rows are the same where no commit of ours lies between.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpusmill.ledger import Commit, table_of, version_of
from corpusmill.mill import Mill
from corpusmill.publication import Change
from corpusmill.refusal import Refused
from corpusmill.stages import STAGES
from corpusmill.warehouse import Snapshot


def mark(mill: Mill, stage: str, reads: Sequence[Snapshot]) -> None:
    """Commit that a stage is as of these snapshots, where it is published but of others.

    For a stage that was worked out again, with no other row: nobody else could tell that it was.
    """
    table, _, part = stage.partition(".")
    made = mill.warehouse.ledger(table).parts[part]
    if _others(mill, made, reads):
        nothing = mill.warehouse.snapshot(table).rows.limit(0)
        mill.publish(table, Change(nothing), mill.commit(stage, reads))


def check_made_of(mill: Mill, made: Snapshot, reads: Sequence[Snapshot]) -> None:
    """Raise ``Refused`` where a table was made from other rows of these tables than are read now.

    The message names the jobs that were left out.
    """
    parts = mill.warehouse.ledger(made.name, made.version).parts
    stale = {part: _others(mill, commit, reads) for part, commit in parts.items()}
    if names := sorted({name for others in stale.values() for name in others}):
        stages = (f"{made.name}.{part}" if part else made.name for part in stale if stale[part])
        jobs = " and ".join(sorted(STAGES[stage].job for stage in stages))
        raise Refused(
            f"table {made.name} was made from other versions of {', '.join(names)} than are read "
            f"now; run {jobs} first"
        )


def _others(mill: Mill, made: Commit, reads: Sequence[Snapshot]) -> list[str]:
    """Those of the tables of which a commit was made from other rows than are read now."""
    return [read.name for read in reads if not _is_as_of(mill, made.inputs.get(read.name), read)]


def _is_as_of(mill: Mill, pin: str | None, read: Snapshot) -> bool:
    if pin is None:
        return True  # not made from it
    ours = (mill.warehouse.ledger(read.name, at).number for at in (version_of(pin), read.version))
    return table_of(pin) == read.table_id and len(set(ours)) == 1
