"""Pins: the table versions that shard sets are made of, kept readable, watched, and read again.

A guarded pin holds what the tables' retention allows and our own vacuum spares. A materialised one
has copies of its tables beside the shards (``corpusmill.pinned_files``) and outlives any VACUUM.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from corpusmill.contracts import contract
from corpusmill.digests import digest
from corpusmill.mill import Mill
from corpusmill.pinned_files import (
    PinnedTable,
    damaged,
    hold_the_rows,
    keep_files,
    paths_of,
    pinned_table,
)
from corpusmill.refusal import Refused, Stopped
from corpusmill.retention import RETENTION
from corpusmill.shards.manifest import MANIFEST, Manifest
from corpusmill.table_files import address_of, files_of, local, missing
from corpusmill.warehouse import Snapshot, Warehouse

PINS = "pins"
REBUILD = ("tokens", "mix_plan")
REPLAY = ("raw_documents", "languages", "quality")
GUARDED, MATERIALISED = "guarded", "materialised"
PROTECTED, AT_RISK, BROKEN = "protected", "at risk", "broken"

_SOON = 30  # days before its end from which a pin is at risk
_DEFAULT_RETENTION = "interval 7 days"
_HOURS = {"week": 168, "day": 24, "hour": 1}
_INTERVAL = re.compile(r"(\d+) (week|day|hour)s?")


@dataclass(frozen=True)
class Pin:
    """A row of ``pins``: one version of one table that one shard set needs."""

    digest: str
    manifest: str
    table_name: str
    table_id: str
    version: int
    committed: datetime | None
    files: int
    file_list: str
    need: str

    @property
    def folder(self) -> Path:
        """Where the shard set was when the pin was taken."""
        return Path(self.manifest).parent


@dataclass(frozen=True)
class Health:
    """How a pin does: ``protected``, ``at risk`` or ``broken``, by what level, and why."""

    state: str
    level: str
    why: str


def take(mill: Mill, manifest: Manifest, level: str) -> None:
    """Pin what a shard set was made of; a pin that stands is left as it is, or raised to ``level``.

    Raises ``Stopped`` where a version that a rebuild needs is gone already.
    """
    wanted = [
        (name, need)
        for names, need in ((REBUILD, "rebuild"), (REPLAY, "replay"))
        for name in names
        if name in manifest.lineage.get("tables", {})
    ]
    path = str(manifest.folder / MANIFEST)
    standing = {
        (pin.digest, pin.manifest, pin.table_name, pin.table_id, pin.version)
        for pin in pins_of(mill.warehouse)
    }
    rows = []
    for name, need in wanted:
        said = manifest.lineage["tables"][name]
        if (manifest.digest, path, name, said["id"], said["version"]) in standing:
            continue
        snapshot = _live(mill.warehouse, name, said["id"], said["version"])
        if isinstance(snapshot, str) and name in REBUILD:
            raise Stopped(f"{path}: cannot be pinned: {snapshot}")
        if isinstance(snapshot, str):
            mill.progress.say(f"no replay will begin with {name}: {snapshot}")
            continue
        files = files_of(snapshot)
        at = mill.warehouse.committed(name, snapshot.version)
        place = (manifest.digest, path, name, said["id"], said["version"], at)
        rows.append((*place, len(files), digest(_names(files)), need))
    if rows:
        mill.warehouse.note(PINS, mill.spark.createDataFrame(rows, contract(PINS).ddl), "")
    if level == MATERIALISED:
        for name in REBUILD:
            _materialise(mill, manifest, name)


def pins_of(warehouse: Warehouse) -> list[Pin]:
    """Every pin, by manifest and table."""
    if warehouse.table_id(PINS) is None:
        return []
    rows = warehouse.rows_of(PINS).collect()
    pins = [Pin(**row.asDict()) for row in rows]
    return sorted(pins, key=lambda pin: (pin.manifest, pin.digest, pin.table_name, pin.version))


def release(mill: Mill, named: str) -> int:
    """Let go of the pins of the set with this digest (or a beginning of it that is one set's).

    Copies of tables stay where they are. Raises ``Refused`` for no set, or several.
    """
    pins = pins_of(mill.warehouse)
    found = {pin.digest for pin in pins if pin.digest.startswith(named)}
    if len(found) != 1:
        raise Refused(f"--release {named}: {len(found)} pinned shard sets have that digest")
    [one] = found
    mill.warehouse.erase(PINS, f"digest = '{one}'")
    return sum(pin.digest == one for pin in pins)


def health(warehouse: Warehouse, pin: Pin, now: datetime) -> Health:
    """Whether the version of a pin can be read, and for how long; no text is read."""
    found = standing(warehouse, pin)
    if isinstance(found, Health):
        return found
    left = found - now
    state = PROTECTED if left.days >= _SOON else AT_RISK
    return Health(state, GUARDED, f"{left.days} days of {RETENTION} are left")


def standing(warehouse: Warehouse, pin: Pin) -> Health | datetime:
    """How a pin does whatever the time: its health, or when the retention of its version ends."""
    copies = _copies(pin.folder, pin.table_name, pin.table_id, pin.version)
    if copies is not None:
        return Health(PROTECTED, MATERIALISED, f"{len(copies.files)} copies beside the shards")
    live = _live(warehouse, pin.table_name, pin.table_id, pin.version)
    if isinstance(live, str):
        return Health(BROKEN, GUARDED, live)
    files = files_of(live)
    if digest(_names(files)) != pin.file_list:
        return Health(BROKEN, GUARDED, "the log lists other files than when the pin was taken")
    gone = missing(warehouse, live)
    if gone:
        return Health(BROKEN, GUARDED, f"{gone} of {len(files)} files are missing")
    if pin.version == warehouse.version(pin.table_name):
        return Health(PROTECTED, GUARDED, "the newest version")
    committed = warehouse.committed(pin.table_name, pin.version) or pin.committed
    if committed is None:
        return Health(AT_RISK, GUARDED, "nobody knows when the version was committed")
    return committed.astimezone(timezone.utc) + retention(warehouse, pin.table_name)


def pinned(warehouse: Warehouse, manifest: Manifest, name: str) -> Snapshot:
    """The version of a table that a shard set was made of: from the table, else from the copies.

    Raises ``Refused`` with the reason and the way out where neither can be read whole.
    """
    said = manifest.lineage.get("tables", {}).get(name)
    if said is None:
        raise Refused(f"the manifest's lineage names no version of {name}")
    live = _live(warehouse, name, said["id"], said["version"])
    if isinstance(live, Snapshot):
        gone = missing(warehouse, live)
        if not gone:
            return live
        live = f"{gone} files of table {name} @ {said['version']} are missing (VACUUM?)"
    copies = _copies(manifest.folder, name, said["id"], said["version"])
    if copies is None:
        raise Refused(f"{live}; {manifest.folder} holds no copies of it either (runtime.pin)")
    wrong = damaged(manifest.folder, copies)
    if wrong:
        raise Refused(f"{live}; of the copies beside the shards {wrong[0]} is damaged")
    reader = warehouse.spark.read.schema(contract(name).ddl)
    rows = reader.parquet(*paths_of(manifest.folder, copies))
    return Snapshot(name, copies.version, rows, lambda: copies.table_id)


def where_made(mill: Mill, manifest: Manifest) -> Warehouse:
    """This run's warehouse, or where it has no ``tokens`` the one that the manifest names."""
    if mill.warehouse.table_id("tokens") is not None:
        return mill.warehouse
    return Warehouse(mill.spark, manifest.lineage.get("warehouse", ""))


def guarded_files(warehouse: Warehouse, table: str) -> dict[str, list[Pin]]:
    """Names of the files of a table that pins without copies need, with these pins.

    A version that cannot be read any more guards nothing.
    """
    found: dict[str, list[Pin]] = {}
    for pin in pins_of(warehouse):
        if pin.table_name != table:
            continue
        if _copies(pin.folder, table, pin.table_id, pin.version) is not None:
            continue
        live = _live(warehouse, table, pin.table_id, pin.version)
        for name in _names(files_of(live)) if isinstance(live, Snapshot) else []:
            found.setdefault(name, []).append(pin)
    return found


def retention(warehouse: Warehouse, name: str) -> timedelta:
    """How long Delta lets old versions of a table be read."""
    text = warehouse.detail(name)["properties"].get(RETENTION, _DEFAULT_RETENTION)
    return timedelta(hours=sum(int(n) * _HOURS[unit] for n, unit in _INTERVAL.findall(text)))


def _live(warehouse: Warehouse, name: str, table_id: str, version: int) -> Snapshot | str:
    """A version of a table as Delta reads it, or why it does not."""
    found = warehouse.table_id(name)
    if found is None:
        return f"table {name} is not in {warehouse.place}; give the right --warehouse"
    if found != table_id:
        return (
            f"table {name} in {warehouse.place} is another table than the one the manifest was "
            "made of (dropped and made again?); give the right --warehouse"
        )
    try:
        return warehouse.snapshot(name, version)
    except Refused as refusal:
        return str(refusal)


def _copies(folder: Path, table: str, table_id: str, version: int) -> PinnedTable | None:
    """The copies of a version in the folder of a shard set, where there are all."""
    found = pinned_table(folder, table)
    fitting = found is not None and (found.table_id, found.version) == (table_id, version)
    return found if fitting else None


def _materialise(mill: Mill, manifest: Manifest, name: str) -> None:
    said = manifest.lineage["tables"][name]
    if _copies(manifest.folder, name, said["id"], said["version"]) is not None:
        return
    snapshot = pinned(mill.warehouse, manifest, name)
    rows = snapshot.rows.count()
    wanted = PinnedTable(name, said["id"], said["version"], rows, ())
    files = [local(file) for file in files_of(snapshot)]
    if mill.warehouse.folder and hold_the_rows(files, rows, contract(name).column_names):
        keep_files(manifest.folder, wanted, files)
        return
    with tempfile.TemporaryDirectory(dir=manifest.folder, prefix=".pinned-") as aside:
        place = Path(aside, "rows")
        snapshot.rows.write.parquet(address_of(place))
        files = sorted(place.glob("*.parquet"))
        if not hold_the_rows(files, rows, contract(name).column_names):
            raise Stopped(
                f"{manifest.folder}: copies of {name} that workers wrote are not in this folder; "
                "all of them have to see it (runtime.output)"
            )
        keep_files(manifest.folder, wanted, files)


def _names(files: Sequence[str]) -> list[str]:
    return sorted(file.rpartition("/")[2] for file in files)
