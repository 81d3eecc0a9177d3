"""The MinHash index as a job keeps it: what it was hashed with, who is hashed, who is related."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.dedup.edges import (
    around,
    between,
    buckets_of,
    candidates,
    changed_members,
    crowded,
    documents_in,
    ends_of,
    members_of,
    near_edges,
    sketched,
    stand_alone,
    twins_of,
    verified_edges,
)
from corpusmill.dedup.transform import index_documents, with_spec
from corpusmill.digests import canonical
from corpusmill.failure import is_missing_file
from corpusmill.ledger import Commit
from corpusmill.mill import KEYS, Mill
from corpusmill.refusal import Refused, Stopped
from corpusmill.scratch import Scratch, scratch
from corpusmill.selection import eligible
from corpusmill.text.shingles import normaliser_digest
from corpusmill.warehouse import Snapshot
from corpusmill.work import Work, left_to_do

READS = ("documents", "languages", "quality")
STAGE = "edges.near"
_KEYS = ["a", "b", "relation"]
_BUCKET = ("band", "band_hash")
_TOLD = 3  # buckets that a message names


@dataclass(frozen=True)
class Related:
    """What was redrawn: eligible documents that are others than the last edges knew (None: edges
    were drawn anew), and, where pairs are verified (else None: stars have no cap), buckets over the
    cap among those redrawn, and their members."""

    changed: int | None
    crowded_buckets: int | None = None
    in_crowded_buckets: int | None = None


def spec_of(mill: Mill) -> str:
    """What this run's recipe hashes with, as canonical JSON."""
    minhash = mill.recipe.dedup.resolved()["minhash"]
    return canonical({**minhash, "normaliser": normaliser_digest()}).decode().strip()


def check_spec(mill: Mill, rehash: bool) -> None:
    """Raise ``Refused`` where the index was hashed with something else than the recipe asks for.

    With ``rehash`` it may go; rows that only come from another form of the documents always may.
    """
    mill.touch("lsh_index")
    if rehash:
        return
    last = mill.warehouse.ledger("lsh_index").parts.get("")
    ours = mill.resolved.stage_digest("lsh_index")
    if mill.warehouse.is_empty("lsh_index") or (last and last.stage_digest == ours):
        return
    index = mill.warehouse.snapshot("lsh_index").rows
    found = [row.spec for row in index.where("band < 0").select("spec").collect()]
    if found == [spec_of(mill)]:
        return
    told = _differences(found[0], spec_of(mill)) if len(found) == 1 else "it does not say with what"
    raise Refused(
        f"lsh_index was hashed with something else than recipe.dedup asks for ({told}); "
        "--rehash hashes all documents again, another runtime.warehouse keeps both"
    )


def hash_documents(mill: Mill, reads: Sequence[Snapshot], rehash: bool) -> Work:
    """Hash what is eligible and not hashed yet; forget what is no document any more."""
    documents, languages, quality = (read.rows for read in reads)
    check_spec(mill, rehash)
    index = mill.warehouse.snapshot("lsh_index").rows
    hashed = index.where("band = 0").select(F.lower(F.hex("doc_id")).alias("doc_id"), "text_digest")
    passing = eligible(languages, quality, mill.policy)
    keep = documents.select(*KEYS)
    work = left_to_do(mill, "lsh_index", passing, reads, done=hashed, keep=keep)
    if work.stale is not None:
        work = replace(work, stale=work.stale.select(F.unhex("doc_id").alias("doc_id")).distinct())
    rows = index_documents(work.attach(documents), mill.recipe.dedup.params)
    work.publish(with_spec(rows, spec_of(mill)) if work.settled is None else rows)
    return work


def relate(mill: Mill, reads: Sequence[Snapshot]) -> Related:
    """Bring the edges between eligible documents that share a bucket up to date.

    Where the last edges were drawn by the same recipe from versions whose files are still there,
    only buckets are looked at that a document came to or left.
    """
    mill.touch("edges")
    commit = mill.commit(STAGE, reads)
    last = mill.warehouse.ledger("edges").parts.get(commit.part)
    if last is not None and last.identity == commit.identity:
        return Related(0)
    now = {read.name: read for read in reads}
    before = mill.made_of(last) if last and last.chain_digest == commit.chain_digest else None
    with scratch(mill.warehouse, "edges") as tables:
        drawing = _Drawing(mill, now["documents"].rows, tables)
        related = None if before is None else _redraw(drawing, before, now, commit)
        if related is None:
            members = _members(mill, now)
            edges, related = drawing.edges(members, members.where("band = 0"))
            mill.publish_whole(STAGE, edges, reads, _KEYS)
        return related


def _redraw(
    drawing: _Drawing, before: Mapping[str, Snapshot], now: Mapping[str, Snapshot], commit: Commit
) -> Related | None:
    """Draw again what a delivery touches; None, and nothing is done, where all has to be drawn."""
    mill = drawing.mill
    try:
        changed = _changed(mill, before, now)
        if changed is None:
            return None
        count = changed.count()
        if not count:
            return Related(0)
        touched, members, first = _touched(mill, before, now, changed, drawing.tables)
    except Exception as error:  # of a class of Py4J's own, or of Connect's
        if not is_missing_file(error):
            raise
        mill.progress.say("edges: files of what they were drawn from are gone; all are drawn anew")
        return None
    edges, related = drawing.edges(members, first, touched)
    stands = mill.warehouse.snapshot("edges").rows.where("relation = 'near'")
    mill.publish_difference("edges", edges, between(stands, touched), _KEYS, commit)
    return replace(related, changed=count)


def _changed(
    mill: Mill, before: Mapping[str, Snapshot], now: Mapping[str, Snapshot]
) -> DataFrame | None:
    """Ids of the documents that are others than before; None for so many that all is drawn anew."""
    found = changed_members(_members(mill, before), _members(mill, now))
    bound = mill.runtime.broadcast_rows
    rows = found.limit(bound + 1).toArrow()
    if rows.num_rows > bound:
        mill.progress.say(f"edges: more than {bound} documents are others; all are drawn anew")
        return None
    return mill.hinted(mill.spark.createDataFrame(rows), rows.num_rows)


def _touched(
    mill: Mill,
    before: Mapping[str, Snapshot],
    now: Mapping[str, Snapshot],
    changed: DataFrame,
    tables: Scratch,
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """The documents (doc_id) between which edges can be others than before: the ``changed`` ones
    and all that are in a bucket that one of these was or is in; the members of all buckets of such
    documents, rows of the index; and the rows of band 0 of every document among these members.

    Each step looks through the index once, for what the step before has worked out: where that is
    little, it travels to the index, which is not shuffled.
    """
    former, index = (each["lsh_index"].rows.where("band >= 0") for each in (before, now))
    were, are = (buckets_of(members, changed) for members in (former, index))
    moved = tables.hold("moved", were.union(are).distinct())
    touched = tables.hold("touched", documents_in(index, moved).union(changed).distinct())
    buckets = tables.hold("buckets", buckets_of(index, touched))
    near = tables.hold("near", around(index, buckets).select("doc_id", *_BUCKET))
    keys = near.select("doc_id").distinct()
    ids = keys.select(F.lower(F.hex("doc_id")).alias("doc_id"))
    languages, quality = (now[name].rows.join(ids, "doc_id", "left_semi") for name in READS[1:])
    passing = eligible(languages, quality, mill.policy)
    members = tables.hold("members", members_of(near, passing))
    first = index.where("band = 0").join(members.select("doc_id").distinct(), "doc_id", "left_semi")
    return touched, members, first


def _members(mill: Mill, reads: Mapping[str, Snapshot]) -> DataFrame:
    languages = reads["languages"]
    passing = eligible(languages.rows, reads["quality"].rows, mill.policy)
    most = mill.warehouse.count(languages.name, languages.version)
    return members_of(reads["lsh_index"].rows, mill.hinted(passing, most))


@dataclass(frozen=True)
class _Drawing:
    """Edges of whole buckets of these documents; what is asked for more than once is kept."""

    mill: Mill
    documents: DataFrame
    tables: Scratch

    def edges(
        self, members: DataFrame, first: DataFrame, touched: DataFrame | None = None
    ) -> tuple[DataFrame, Related]:
        """The edges between all of ``members``, or of those the ones between ``touched``.

        ``first`` has the rows of band 0 of all documents in ``members``.
        """
        verification = self.mill.recipe.dedup.verification
        if verification is None:
            edges = near_edges(members)
            return edges if touched is None else between(edges, touched), Related(None)
        keep = self.tables.hold
        twins = keep("twins", twins_of(first))
        alone = keep("alone", stand_alone(members, twins))
        found = _crowding(self.mill, alone, verification.bucket_cap)
        pairs = candidates(alone, verification.bucket_cap)
        if touched is not None:
            twins, pairs = between(twins, touched), between(pairs, touched)
        pairs = keep("pairs", pairs)
        asked = keep("asked", ends_of(pairs))
        hinted = self.mill.hinted(asked, asked.count())
        texts = self.documents.join(hinted, "doc_id", "left_semi")
        params = self.mill.recipe.dedup.params
        sketches = self.tables.keep("sketches", sketched(texts, params, verification.measure))
        return keep("edges", verified_edges(twins, pairs, sketches, verification)), found


def _crowding(mill: Mill, alone: DataFrame, cap: int) -> Related:
    """Count the buckets of more than ``cap`` members that stand alone: they are not compared whole.

    Raises ``Stopped`` where one is too large; a bucket can be one in several bands.
    """
    bound = mill.runtime.guards.bucket_size
    buckets = crowded(alone, min(cap, bound))
    over = F.col("size") > cap
    total = F.coalesce(F.sum(F.when(over, F.col("size"))), F.lit(0)).alias("size")
    [all_of] = buckets.agg(
        F.count_if(over).alias("n"), total, F.max("size").alias("most")
    ).collect()
    if (all_of.most or 0) > bound:
        large = buckets.groupBy("doc_id").agg(F.max("size").alias("size"))
        top = large.orderBy(F.desc("size"), "doc_id").limit(_TOLD).where(F.col("size") > bound)
        named = ", ".join(f"{row.size} with {row.doc_id.hex()}" for row in top.collect())
        raise Stopped(
            f"runtime.guards.bucket_size: a bucket holds more than {bound} documents of different "
            f"words; the largest: {named}"
        )
    return Related(None, all_of.n, all_of.size)


def _differences(theirs: str | None, ours: str) -> str:
    said: list[dict[str, Any]] = [json.loads(text or "{}") for text in (theirs, ours)]
    names = sorted({*said[0], *said[1]})
    changed = [name for name in names if said[0].get(name) != said[1].get(name)]
    return ", ".join(f"{name}: {said[0].get(name)}, not {said[1].get(name)}" for name in changed)
