"""Clusters of the edges: on the driver while they fit there, else on Spark; always certified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.dedup.clusters import NEAR, cluster
from corpusmill.dedup.components import CertificateError
from corpusmill.dedup.stars import (
    apart,
    crossing,
    large_star,
    members_of,
    misplaced,
    ordered,
    places,
    small_star,
    unfinished,
    with_copies,
)
from corpusmill.mill import Mill
from corpusmill.refusal import Stopped
from corpusmill.scratch import scratch

# Rounds grow with the logarithm of the longest path (13 for one of 5,000); 10^10 documents in a row
# would take some 30, so whoever needs more has met a defect.
ROUNDS = 100
_TOLD = 3  # ids that a message names

Keep = Callable[[str, DataFrame], DataFrame]


class NotConverged(Exception):
    """Stars did not settle within the bound: a defect; half-made clusters are never handed on."""


@dataclass(frozen=True)
class Clusters:
    """Members of all clusters (``dedup.clusters.cluster``), and what they were made of.

    ``rounds`` is 0 where the driver made them.
    """

    members: DataFrame
    edges: int
    rounds: int = 0


@contextmanager
def clustered(mill: Mill, edges: DataFrame) -> Iterator[Clusters]:
    """Clusters of rows of ``edges``; the members can be read inside the ``with``.

    Both ways give the same rows. Raises ``Stopped`` for clusters that are not proved to be right.
    """
    joining = edges.where("a != b")
    count = joining.count()
    if count <= mill.runtime.driver_edges:
        with _proved():
            members = cluster(joining.toArrow())
        yield Clusters(mill.spark.createDataFrame(members), count)
        return
    with scratch(mill.warehouse, "clusters") as tables:
        with _proved():
            found, rounds = by_stars(joining, tables.keep)
        yield Clusters(found, count, rounds)


def by_stars(edges: DataFrame, keep: Keep) -> tuple[DataFrame, int]:
    """Members of the clusters of rows of ``edges``, certified; and the rounds it took."""
    stars, rounds = connect(edges, keep)
    members = keep("members", members_of(edges, stars))
    certify(edges, members, keep)
    copies, _ = connect(edges.where(F.col("relation") != NEAR), keep)
    return keep("members", with_copies(members, copies)), rounds


def connect(edges: DataFrame, keep: Keep, bound: int = ROUNDS) -> tuple[DataFrame, int]:
    """Each component as a star: (a: its smallest vertex, b: another); and the rounds it took.

    ``keep`` writes a frame down under a name and reads it back: a round is made of what the last
    one wrote, not of all the rounds before. Raises ``NotConverged`` after ``bound`` rounds.
    """
    stars = keep("stars", ordered(edges))
    rounds = 0
    while still := _number(unfinished(stars)):
        if rounds == bound:
            raise NotConverged(f"after {bound} rounds {still} documents are not in one star each")
        stars = keep("stars", small_star(large_star(stars)))
        rounds += 1
    return stars, rounds


def certify(edges: DataFrame, members: DataFrame, keep: Keep) -> None:
    """Raise ``CertificateError`` unless ``members`` are in the clusters that the edges make.

    Checked without trusting how they were found: each document with an edge is one member, no
    smaller than its cluster's id; no edge leaves a cluster; and in each cluster edges lead from its
    id to every member, by SciPy's count. So clusters are the components, under their smallest ids.
    """
    placed = keep("places", places(edges, members))
    checks = {
        "documents have not one cluster each, named by its smallest": misplaced(placed),
        "edges join two clusters": crossing(edges, placed).select(F.col("a").alias("doc_id")),
    }
    counts = {said: frame.count() for said, frame in checks.items()}
    wrong = [f"{n} {said} ({_smallest(checks[said])})" for said, n in counts.items() if n]
    if parts := _number(apart(edges, placed).groupBy().sum("parts")):
        wrong.append(f"{parts} parts of clusters are not connected")
    if wrong:
        raise CertificateError("; ".join(wrong))


@contextmanager
def _proved() -> Iterator[None]:
    try:
        yield
    except (CertificateError, NotConverged) as error:
        raise Stopped(f"clusters: {error}; a defect: nothing was published") from None


def _smallest(frame: DataFrame) -> str:
    """A few ids of those in ``doc_id``, 16 bytes each."""
    rows = frame.select("doc_id").distinct().orderBy("doc_id").limit(_TOLD).collect()
    return ", ".join(row.doc_id.hex() for row in rows)


def _number(frame: DataFrame) -> int:
    """The one number of a frame of one row; 0 where it is null."""
    [row] = frame.collect()
    return int(row[0] or 0)
