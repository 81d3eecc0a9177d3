"""Accounts of what was read: what stands of each file, and whether it is all of its records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from corpusmill.arrivals import Arrival, Name
from corpusmill.ingest.records import refused_beyond
from corpusmill.ingest.transform import IS_RECORD, shared_hashes
from corpusmill.mill import Mill
from corpusmill.refusal import Stopped


@dataclass(frozen=True)
class Revision:
    """What stands of one revision of a file.

    ``accepted`` records in ``raw_documents``, and those in ``quarantine`` by their ``reasons``;
    ``orphaned`` says that one of these lost to a record that is gone.
    """

    root: str | None
    digest: str
    declaration: str
    records: int
    accepted: int
    reasons: Mapping[str, int]
    orphaned: bool

    @property
    def rows(self) -> int:
        """Records that stand in either table."""
        return self.accepted + sum(self.reasons.values())

    @property
    def is_whole(self) -> bool:
        """Whether every record of the file stands; a run that was cut off has delivered nothing."""
        return self.rows == self.records

    def is_of(self, arrival: Arrival) -> bool:
        """Whether it is what the file would be read as now."""
        return (self.digest, self.declaration) == (arrival.digest, arrival.declaration)


@dataclass(frozen=True)
class Standing:
    """What stands of every file that was ever read, by its name.

    ``twice`` says that records of ``raw_documents`` share the hash of a key: so they do where they
    share a key, of whom all but one have lost and are to go, and once in a while by chance.
    """

    files: Mapping[Name, Sequence[Revision]]
    twice: bool

    def of(self, name: Name) -> Sequence[Revision]:
        """What stands of a file: one revision, unless something went wrong."""
        return self.files.get(name, ())


def standing_of(mill: Mill) -> Standing:
    """What both tables hold now, in one query over their narrow columns."""
    accepted, refused = (mill.warehouse.snapshot(n) for n in ("raw_documents", "quarantine"))
    any_refused = mill.warehouse.count("quarantine", refused.version) > 0
    if not any_refused and not mill.warehouse.count("raw_documents", accepted.version):
        return Standing({}, twice=False)
    raw = accepted.rows
    named = ["source", "path", "file_digest", "declaration", "file_records"]
    is_record = F.expr(IS_RECORD).alias("is_record")  # a filter would ask for statistics
    rows = raw.withColumn("source", F.col("input"))
    rows = rows.select(*named, "root", F.lit("").alias("reason"), is_record)
    orphaned: set[Name] = set()
    if any_refused:
        root = F.lit(None).cast("string").alias("root")
        rows = rows.union(refused.rows.select(*named, root, "reason", F.lit(True)))
        orphaned = _orphaned(mill, refused.rows)
    counts = rows.groupBy(*named, "reason").agg(
        F.max("root").alias("root"), F.count_if("is_record").alias("n")
    )
    shared = shared_hashes(raw)
    made: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    twice = False
    for row in counts.unionByName(shared, allowMissingColumns=True).collect():
        if row.path is None:
            twice = row.n > 0
        else:
            made[tuple(row[name] for name in named)].append(row)
    found: dict[Name, list[Revision]] = defaultdict(list)
    for (source, path, file_digest, declaration, records), parts in made.items():
        reasons = {part.reason: part.n for part in parts}
        found[source, path].append(
            Revision(
                max((part.root for part in parts if part.root is not None), default=None),
                *(file_digest, declaration, records, reasons.pop("", 0), reasons),
                orphaned=(source, path) in orphaned,
            )
        )
    return Standing(found, twice)


def _orphaned(mill: Mill, quarantine: DataFrame) -> set[Name]:
    """Files with a record that lost to one that is gone."""
    lost = quarantine.where("doc_id is not null").select("source", "path", "doc_id")
    count = lost.count()
    if not count:
        return set()
    raw = mill.warehouse.snapshot("raw_documents").rows.select("doc_id")
    there = raw.join(mill.hinted(lost.select("doc_id").distinct(), count), "doc_id", "left_semi")
    alone = lost.join(there, "doc_id", "left_anti").select("source", "path").distinct()
    return {(row.source, row.path) for row in alone.collect()}


def is_delivered(arrival: Arrival, standing: Standing) -> bool:
    """Whether all of a file's records stand, as they would be read now."""
    stands = standing.of(arrival.name)
    if len(stands) != 1:
        return False
    return stands[0].is_of(arrival) and stands[0].is_whole and not stands[0].orphaned


def account(
    mill: Mill, arrived: Sequence[Arrival], standing: Standing, counted: Mapping[Name, int]
) -> dict[str, Any]:
    """Hold rows against records, of every file of this run.

    ``counted`` are the records of files that this run has read, by their name. Returns counts:
    files, records, accepted, quarantined by reason. Raises ``Stopped`` when records are missing or
    too many were refused.
    """
    wrong = []
    for arrival in arrived:
        stands = standing.of(arrival.name)
        rows = sum(revision.rows for revision in stands)
        records = counted.get(arrival.name, sum(revision.records for revision in stands))
        if rows != records or len(stands) > 1:
            wrong.append(f"{'/'.join(arrival.name)}: {rows} of {records}")
    if wrong:
        raise Stopped(f"records read and rows written differ: {', '.join(wrong[:3])}")
    named = {arrival.name for arrival in arrived}
    revisions = [r for name, stands in standing.files.items() if name in named for r in stands]
    records = sum(revision.records for revision in revisions)
    reasons: Counter[str] = Counter()
    for revision in revisions:
        reasons.update(revision.reasons)
    others = sum(
        r.rows for name, stands in standing.files.items() if name not in named for r in stands
    )
    if others:
        mill.progress.say(
            f"{others} records stand from files that this run does not name "
            "(--drop-unnamed takes them out)"
        )
    _guard(mill, [r for name in counted for r in standing.of(name)])
    _guard(mill, revisions)
    return {
        "files": len(arrived),
        "records": records,
        "accepted": records - sum(reasons.values()),
        "quarantined": dict(sorted(reasons.items())),
    }


def _guard(mill: Mill, revisions: Sequence[Revision]) -> None:
    """Stop where too much was refused that should have been text."""
    reasons: Counter[str] = Counter()
    for revision in revisions:
        reasons.update(revision.reasons)
    accepted = sum(revision.accepted for revision in revisions)
    said = refused_beyond(accepted, reasons, mill.runtime.guards.quarantine_share)
    if said is not None:
        raise Stopped(
            f"runtime.guards.quarantine_share: {said}; table quarantine names them. "
            "Where that is meant, --set runtime.guards.quarantine_share to a larger share"
        )
