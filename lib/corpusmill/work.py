"""What a row-by-row job has to do: the documents that have no row of its stage yet.

Each row is computed from one document. What is there and right stays, what is missing is computed,
and what is there and wrong goes, in one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.differences import due
from corpusmill.ledger import Commit
from corpusmill.mill import KEYS, Mill
from corpusmill.publication import Change
from corpusmill.scratch import few
from corpusmill.warehouse import Snapshot


@dataclass(frozen=True)
class Work:
    """What there is to do for one table.

    ids      the rows to compute, as (doc_id, digest of what they are computed from, ...)
    count    how many they are
    settled  keys whose rows stand already; None where the table is emptied first
    stale    keys whose rows must go, None where there are none
    nothing  whether the table is as it should be
    """

    mill: Mill
    table: str
    commit: Commit
    ids: DataFrame
    count: int
    settled: DataFrame | None
    stale: DataFrame | None
    nothing: bool = False

    @property
    def is_all(self) -> bool:
        """Whether the whole table is done anew."""
        return self.settled is None and not self.nothing

    def attach(self, rows: DataFrame, whole: bool = False) -> DataFrame:
        """The rows of the documents to do, with the further columns of ``ids``.

        The ids travel to the text, not the text to the ids, while they fit the broadcast bound.
        ``whole`` says that the ids are those of all the rows: a table done anew needs no join.
        """
        return rows if whole and self.is_all else self.mill.attach_to(rows, self.ids, self.count)

    def narrow(self, rows: DataFrame) -> DataFrame:
        """The rows that another table has of the documents to do: all of a table done anew."""
        return rows if self.is_all else rows.join(self.ids.select(*KEYS), KEYS, "left_semi")

    def publish(self, rows: DataFrame, beside: Sequence[str] = (), whole: bool = False) -> None:
        """Publish the computed rows in one commit, stale rows out, new rows in.

        ``beside`` are tables that the rows were read back from, as published before; ``whole`` is
        what ``attach`` was told.
        """
        if self.nothing:
            return
        mill = self.mill
        read = [mill.warehouse.snapshot(name) for name in beside]
        made_of = {snapshot.name: snapshot.pin for snapshot in read}
        add = rows if self.count or self.stale is None else None
        change = Change(add, self.stale, replace=self.settled is None)
        at_once = not beside and self._is_at_once(whole)
        with mill.through(self.table, self.commit.inputs, self.count, at_once):
            mill.publish(self.table, change, replace(self.commit, beside=made_of))

    def publish_beside(self, table: str, rows: DataFrame, beside: Sequence[str] = ()) -> None:
        """Publish rows of a second table that holds none, one or many a document.

        Whatever an interrupted run left there for documents that are still to do goes out.
        ``beside`` are tables that the rows were read back from.
        """
        mill = self.mill
        mill.touch(table)
        resolved = mill.resolved
        commit = replace(
            self.commit,
            stage_digest=resolved.stage_digest(table),
            chain_digest=resolved.chain_digest(table),
            engines=resolved.stage_engines(table),
        )
        if self.nothing or mill.is_done(table, commit):
            return
        at_once = not beside and self._is_at_once(False)
        with mill.through(table, commit.inputs, self.count, at_once):
            if self.settled is None:
                mill.publish(table, Change(rows, None, replace=True), commit)
                return
            have = mill.warehouse.snapshot(table).rows
            left = have.select(*KEYS).distinct().join(self.settled, KEYS, "left_anti")
            mill.publish(table, Change(rows, None if left.isEmpty() else left), commit)

    def _is_at_once(self, whole: bool) -> bool:
        """Whether Spark plans it in one round: no row goes, and texts stay where they are."""
        is_sent = self.count <= self.mill.runtime.broadcast_rows
        return self.stale is None and (is_sent or (whole and self.is_all))


def left_to_do(
    mill: Mill,
    table: str,
    ids: DataFrame,
    reads: Sequence[Snapshot],
    done: DataFrame | None = None,
    keep: DataFrame | None = None,
    moved: DataFrame | None = None,
    beside: Sequence[str] = (),
) -> Work:
    """Compare what should have a row (``ids``: doc_id, digest, ...) with what has one.

    ``done`` are the keys that have one (default: the table's), ``keep`` the keys whose rows may
    stay though they are not asked for (default: only ``ids``), ``moved`` the keys of rows that are
    neither done nor right any more (default: none). With a table ``beside`` that was left behind by
    a run of another recipe or other inputs, all is done again.
    """
    mill.touch(table)
    commit = mill.commit(table, reads)
    ledger = mill.warehouse.ledger(table)
    last = ledger.parts.get("")
    keys = ids.columns[:2]
    mixed = any(_is_out_of_step(mill, name, last, commit) for name in beside)
    if last is not None and last.identity == commit.identity and not mixed:
        return Work(mill, table, commit, ids.limit(0), 0, None, None, nothing=True)
    if last is None or mixed or last.stage_digest != commit.stage_digest:
        if last is not None or ledger.number:
            made = "changed by somebody else" if last is None else "made by another recipe"
            mill.progress.say(f"{table}: {made}; the whole table is done again")
        return Work(mill, table, commit, ids, ids.count(), None, None)
    have = mill.warehouse.snapshot(table).rows if done is None else done
    have = have.select(*keys)
    rows, count, gone = _counted(due(ids, have, keep))
    todo = rows.where("todo").select(*ids.columns)
    settled = have.join((ids if keep is None else keep).select(*keys), keys, "left_semi")
    out = rows.where("gone").select(*keys) if gone else None
    if moved is not None and not moved.isEmpty():
        out = moved if out is None else out.unionByName(moved)
    nothing = count == 0 and out is None and last.chain_digest == commit.chain_digest
    return Work(mill, table, commit, todo, count, settled, out, nothing)


def _is_out_of_step(mill: Mill, beside: str, last: Commit | None, commit: Commit) -> bool:
    """Whether a table was left behind by a run of another recipe or other inputs.

    In step are what was published with the last commit of the table it stands beside, and what an
    interrupted run published for the commit that is due now.
    """
    mill.touch(beside)
    found = mill.warehouse.ledger(beside).parts.get("")
    if found is None:
        return last is not None
    fitting = [made.inputs for made in (last, commit) if made is not None]
    other = found.stage_digest != mill.resolved.stage_digest(beside)
    return other or found.inputs not in fitting


def _counted(rows: DataFrame) -> tuple[DataFrame, int, int]:
    """Rows of ``due``, how many are ``todo`` and how many ``gone``; a few are worked out once."""
    held = few(rows)
    if held is None:
        [found] = rows.agg(
            F.count_if("todo").alias("todo"), F.count_if("gone").alias("gone")
        ).collect()
        return rows, found.todo, found.gone
    todo, gone = (pc.sum(held.column(name)).as_py() or 0 for name in ("todo", "gone"))
    return rows.sparkSession.createDataFrame(held), todo, gone
