"""Both ways of clustering against networkx and SciPy, and their bounds."""

from __future__ import annotations

import itertools
import random

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from corpusmill import clustering
from corpusmill.clustering import NotConverged, certify, clustered, connect
from corpusmill.dedup.clusters import cluster
from corpusmill.dedup.components import CertificateError
from corpusmill.dedup.stars import members_of
from corpusmill.mill import Mill
from corpusmill.recipe import Recipe, Runtime
from corpusmill.refusal import Stopped

EDGE = "a binary, b binary, relation string, similarity int"
TOP = 1 << 127  # ids with the high bit


def key(number):
    return number.to_bytes(16, "big")


def rows_of(edges, seed=1):
    """Edges in shuffled order, each with a relation."""
    draw = random.Random(seed)
    rows = [
        (key(min(edge)), key(max(edge)), *draw.choice([("exact", 1_000_000), ("near", None)]))
        for edge in edges
    ]
    draw.shuffle(rows)
    return rows


def slow_components(edges):
    """Every vertex with the smallest of its component, by networkx; SciPy counts the same."""
    edges = [(a, b) for a, b in edges if a != b]
    parts = list(nx.connected_components(nx.Graph(edges)))
    code = {v: n for n, v in enumerate(sorted({v for edge in edges for v in edge}))}
    ends = np.array([[code[a], code[b]] for a, b in edges]).reshape(-1, 2)
    graph = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(code),) * 2)
    assert connected_components(graph, directed=False, return_labels=False) == len(parts)
    return {key(v): key(min(part)) for part in parts for v in part}


def shuffled_ids(count, seed=3):
    draw = random.Random(seed)
    return [draw.randrange(1 << 128) for _ in range(count)]


def near_critical(count, seed):
    """A random graph of n vertices where about n/2 pairs are joined: p = 1/n."""
    draw = random.Random(seed)
    ids = shuffled_ids(count, seed)
    return [tuple(draw.sample(ids, 2)) for _ in range(count // 2)]


def clique(ids):
    return list(itertools.combinations(ids, 2))


def graphs():
    """Graphs that share no vertex, by name."""
    star, other, ones, twos, ring = (shuffled_ids(60, seed) for seed in range(100, 105))
    return {
        "random": near_critical(1_000, 7),
        "star around the smallest": [(min(star), leaf) for leaf in star if leaf != min(star)],
        "star around the largest": [(max(other), leaf) for leaf in other if leaf != max(other)],
        "cliques with a bridge": [*clique(ones[:20]), *clique(ones[20:40]), (ones[5], ones[31])],
        "cliques apart": [*clique(twos[:20]), *clique(twos[20:40])],
        "cycle": [*itertools.pairwise(ring), (ring[-1], ring[0])],
        "loops and repeats": [(1, 1), (1, 2), (2, 1), (1, 2), (5, 5), (7, 7), (7, 2)],
        "around the high bit": [(TOP, 2 * TOP - 1), (2 * TOP - 1, 9), (9, TOP - 1), (TOP + 1, 8)],
    }


WHOLE = [edge for edges in graphs().values() for edge in edges]
LOOPS = graphs()["loops and repeats"]


@pytest.fixture
def keep(spark):
    """Frames kept in memory: what a warehouse does with them is ``test_scratch``'s."""
    return lambda _, frame: spark.createDataFrame(frame.toArrow(), frame.schema)


@pytest.fixture
def mill(spark, tmp_path):
    """``mill(driver_edges)``."""
    return lambda driver_edges: Mill(
        Recipe(),
        Runtime(warehouse=str(tmp_path / "lake"), driver_edges=driver_edges),
        lambda: spark,
    )


def by_stars(spark, edges, keep, partitions=2):
    """Members as Spark finds them, certified."""
    frame = spark.createDataFrame(rows_of(edges), EDGE).repartition(partitions).where("a != b")
    members, _ = clustering.by_stars(frame, keep)
    return sorted(map(tuple, members.collect()))


def by_driver(edges):
    names = ["a", "b", "relation", "similarity"]
    types = [pa.binary(), pa.binary(), pa.string(), pa.int32()]
    columns = zip(*rows_of(edges), strict=True) if edges else [()] * 4
    table = pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names)
    table = table.filter(pa.compute.not_equal(table["a"], table["b"]))
    return [tuple(row.values()) for row in cluster(table).to_pylist()]


@pytest.mark.parametrize(
    "partitions", [1, 7, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 64))]
)
def test_both_ways_find_the_components_of_networkx_and_scipy(spark, keep, partitions):
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
    try:
        found = by_stars(spark, WHOLE, keep, partitions)
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)

    assert {row[0]: row[1] for row in found} == slow_components(WHOLE)
    assert found == by_driver(WHOLE)


def test_without_edges_between_two_documents_there_are_no_clusters(spark, keep):
    assert by_stars(spark, [(5, 5)], keep) == by_driver([(5, 5)]) == []


def test_a_path_in_any_order_takes_as_many_rounds_as_its_length_has_digits(spark, keep):
    path = list(itertools.pairwise(shuffled_ids(5_000)))
    frame = spark.createDataFrame(rows_of(path), EDGE)

    stars, rounds = connect(frame, keep)

    expected = {leaf: root for leaf, root in slow_components(path).items() if leaf != root}
    assert {row.b: row.a for row in stars.collect()} == expected
    assert rounds <= 13  # 2^13 is more than 5,000


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_larger_graphs_near_the_critical_point(spark, keep, seed):
    edges = near_critical(20_000 + seed, seed)

    found = by_stars(spark, edges, keep)

    assert {row[0]: row[1] for row in found} == slow_components(edges)
    assert found == by_driver(edges)


def test_what_does_not_converge_within_the_bound_fails(spark, keep):
    path = spark.createDataFrame(rows_of(itertools.pairwise(shuffled_ids(50))), EDGE)

    with pytest.raises(NotConverged, match=r"after 1 rounds [0-9]+ documents"):
        connect(path, keep, bound=1)


def test_rounds_that_lose_an_edge_or_take_one_in_are_found_out(spark, keep):
    edges = [*itertools.pairwise(range(1, 9)), (20, 21)]
    frame = spark.createDataFrame(rows_of(edges), EDGE)

    def losing(name, kept):
        return keep(name, kept.where("hex(b) not like '%05'") if name == "stars" else kept)

    def adding(name, kept):
        more = spark.createDataFrame([(key(1), key(20))], "a binary, b binary")
        return keep(name, kept.union(more).distinct() if name == "stars" else kept)

    crossed = r"1 edges join two clusters \(0*4\)"
    for spoilt, said in ((losing, crossed), (adding, "1 parts of clusters")):
        stars, _ = connect(frame, spoilt)
        members = keep("members", members_of(frame, stars))
        with pytest.raises(CertificateError, match=said):
            certify(frame, members, keep)


def test_the_bound_says_who_clusters_and_both_say_the_same(spark, mill, tmp_path):
    edges = spark.createDataFrame(rows_of([*LOOPS, (8, TOP)]), EDGE)

    with clustered(mill(7), edges) as driver:
        on_driver = sorted(map(tuple, driver.members.collect()))
        assert not (tmp_path / "lake").exists()
    with clustered(mill(4), edges) as stars:
        on_spark = sorted(map(tuple, stars.members.collect()))
        assert any((tmp_path / "lake").iterdir())

    assert on_driver == on_spark
    assert (driver.edges, driver.rounds) == (5, 0)
    assert stars.edges == 5
    assert stars.rounds > 0
    assert list((tmp_path / "lake").iterdir()) == []


def test_scratch_tables_are_gone_after_a_failure(spark, mill, tmp_path, monkeypatch):
    edges = spark.createDataFrame(rows_of(itertools.pairwise(shuffled_ids(20))), EDGE)
    monkeypatch.setattr(clustering, "connect", lambda *given: connect(*given, bound=0))

    with pytest.raises(Stopped, match="clusters: after 0 rounds"), clustered(mill(0), edges):
        pass

    assert list((tmp_path / "lake").iterdir()) == []
