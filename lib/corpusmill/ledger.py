"""What commits of ours say they were made of, and what the history of a table tells by that.

Every commit of ours carries, as its user metadata, what it was made of: job, stage digest, resolved
recipe digest, input versions and engines. A history is rows of DESCRIBE HISTORY, newest first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pyspark.sql import Row

_FORMAT = 1  # of what we write into a commit
_KEEPS_ROWS = frozenset(  # what others may do to a table of ours; all else changes rows
    {
        *("CREATE TABLE", "OPTIMIZE", "REORG", "CLUSTER BY", "VACUUM START", "VACUUM END"),
        *("SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "UPGRADE PROTOCOL", "COMPUTE STATS"),
        *("DOMAIN METADATA CLEANUP", "ROW TRACKING BACKFILL", "ROW TRACKING UNBACKFILL"),
        *("ADD COLUMNS", "CHANGE COLUMN", "ADD CONSTRAINT", "DROP CONSTRAINT"),
    }
)


@dataclass(frozen=True)
class Commit:
    """What a commit was made of.

    ``part`` names the slice of a table that two jobs share; ``beside`` are versions of tables that
    follow from the same inputs and were read back on the way.
    """

    job: str
    stage_digest: str
    chain_digest: str
    recipe_digest: str
    inputs: Mapping[str, str]
    engines: Mapping[str, str]
    part: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Equal identities publish equal rows."""
        return self.chain_digest, tuple(sorted(self.inputs.items()))


@dataclass(frozen=True)
class Ledger:
    """The newest of our commits on a table: its number and, for each part, what made it.

    ``table`` is Delta's id of the table, None where no commit of ours says it.
    """

    number: int = 0
    parts: Mapping[str, Commit] = field(default_factory=dict)
    table: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Committed:
    """One of our commits as the history has it; ``added`` rows it wrote, where that is told."""

    version: int
    commit: Commit
    time: datetime
    added: int | None


def commits_of(history: Sequence[Row]) -> list[Committed]:
    """Our commits in a history, newest first."""
    return [
        Committed(
            int(row["version"]),
            Commit(**said["parts"][said["part"]]),
            row["timestamp"],
            _added(row["operationMetrics"] or {}),
        )
        for row in history
        if (said := _parse(row["userMetadata"])) and said.get("format") == _FORMAT
    ]


def _added(metrics: Mapping[str, str]) -> int | None:
    """A merge also writes rows again that it does not change, and counts those it inserts apart."""
    told = metrics.get("numTargetRowsInserted", metrics.get("numOutputRows"))
    return None if told is None else int(told)


def rows_appended(history: Sequence[Row], version: int, counted: Mapping[int, int]) -> int | None:
    """Rows of a version that only appends led to, as Delta counted them; None for others.

    ``counted`` are the rows of versions that are known.
    """
    rows = 0
    for commit in history:
        if commit["version"] > version:
            continue
        if commit["version"] in counted:
            return rows + counted[commit["version"]]
        if commit["operation"] == "CREATE TABLE":
            return rows
        if commit["operation"] in _KEEPS_ROWS:
            continue
        written = (commit["operationMetrics"] or {}).get("numOutputRows")
        mode = (commit["operationParameters"] or {}).get("mode")
        if commit["operation"] != "WRITE" or mode != "Append" or written is None:
            return None
        rows += int(written)
    return None


def metadata_of(table: str, number: int, parts: Mapping[str, Commit], commit: Commit) -> str:
    """The user metadata of a commit: its own account, and that of every part as of now.

    ``table`` is Delta's id of the table, which Delta would put its state together to tell.
    """
    said = {
        **asdict(commit),
        "format": _FORMAT,
        "table": table,
        "number": number,
        "parts": {p: asdict(c) for p, c in parts.items()},
    }
    return json.dumps({"corpusmill": said, **_summary(commit)}, sort_keys=True)


def note_of(job: str, recipe_digest: str, recorded: Mapping[str, str]) -> str:
    """The user metadata of a commit on ``runs``, with what the table then has rows of."""
    said = {"job": job, "recipe_digest": recipe_digest, "recorded": dict(recorded)}
    return json.dumps(said, sort_keys=True)


def recorded_by(history: Sequence[Row]) -> dict[str, str]:
    """The newest recorded version of each table (``id@version``), as the commits on ``runs`` say.

    Runs that end together know nothing of each other, so the newest note may miss what one before
    it says: of the versions of one table the highest counts.
    """
    found: dict[str, str] = {}
    for row in history:
        for table, pin in _said(row["userMetadata"]).get("recorded", {}).items():
            known = found.setdefault(table, pin)
            if table_of(known) == table_of(pin):
                found[table] = max(known, pin, key=version_of)
    return found


def table_of(pin: str) -> str:
    """The table id of ``id@version``."""
    return pin.rpartition("@")[0]


def version_of(pin: str) -> int:
    """The version of ``id@version``."""
    return int(pin.rpartition("@")[2])


def newest_alike(history: Sequence[Row], version: int) -> int:
    """The newest version whose rows are those of ``version``: nothing came between but commits that
    only wrote them into other files or said something of the table."""
    found = version
    for row in reversed(history):
        if row["version"] == found + 1 and row["operation"] in _KEEPS_ROWS:
            found = int(row["version"])
    return found


def _summary(commit: Commit) -> dict[str, Any]:
    """The fields that people look for in the history, at the top."""
    return {key: value for key, value in asdict(commit).items() if key != "part"}


def _parse(metadata: str | None) -> dict[str, Any] | None:
    return _said(metadata).get("corpusmill")


def _said(metadata: str | None) -> dict[str, Any]:
    try:
        said = json.loads(metadata or "null")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def newest(rows: Sequence[Row], version: int | None) -> Ledger | None:
    """What the first of our commits among the rows says, newest first.

    After a change of rows by somebody else, or a commit in another format of ours, nothing is known
    of how the rows were made.
    """
    changed = False
    for row in rows:
        if version is not None and row["version"] > version:
            continue
        said = _parse(row["userMetadata"])
        changed = changed or (said is None and row["operation"] not in _KEEPS_ROWS)
        if said is not None:
            if changed or said.get("format") != _FORMAT:
                return Ledger(said["number"])
            parts = {part: Commit(**made) for part, made in said["parts"].items()}
            return Ledger(said["number"], parts, said.get("table"))
    return None
