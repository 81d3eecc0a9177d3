"""Stars on Spark: single rounds by hand, whatever the partitions; and what proves the clusters."""

from __future__ import annotations

import itertools
import random

import networkx as nx
import pyarrow as pa
import pytest

from corpusmill.dedup import stars
from corpusmill.dedup.clusters import cluster
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

PAIR = "a binary, b binary"
EDGE = f"{PAIR}, relation string, similarity int"
MEMBER = "doc_id binary, cluster_id binary"
HIGH = 0xFF << 120  # its first byte is negative for whoever compares bytes with signs
MIDDLE = 0x80 << 120
BELOW = 0x7F << 120


def key(number):
    return number.to_bytes(16, "big")


def keys(pairs):
    return [(key(a), key(b)) for a, b in pairs]


def numbers(frame):
    return sorted(tuple(int.from_bytes(each, "big") for each in row) for row in frame.collect())


def slow_large_star(edges):
    graph = nx.Graph(edges)
    return sorted(
        {(min(u, *graph[u]), v) for u in graph for v in graph[u] if v > u},
    )


def slow_small_star(edges):
    graph = nx.Graph(edges)
    low = {u: min(graph[u]) for u in graph if min(graph[u]) < u}
    return sorted({(low[u], v) for u in low for v in (u, *graph[u]) if low[u] < v <= u})


def random_edges(seed, count=60):
    draw = random.Random(seed)
    ids = [draw.randrange(1 << 128) for _ in range(count)]
    return sorted({tuple(sorted(draw.sample(ids, 2))) for _ in range(count)})


def test_edges_of_either_direction_become_one_and_loops_none(dealt):
    edges = dealt(keys([(2, 1), (1, 2), (1, 2), (3, 3), (HIGH, MIDDLE), (BELOW, MIDDLE)]), PAIR)

    assert numbers(ordered(edges)) == [(1, 2), (BELOW, MIDDLE), (MIDDLE, HIGH)]


def test_a_large_star_hands_larger_neighbours_to_the_smallest(dealt):
    edges = dealt(keys([(1, 4), (4, 6), (4, 9), (2, 9), (MIDDLE, HIGH), (BELOW, MIDDLE)]), PAIR)

    assert numbers(large_star(edges)) == [
        *[(1, 4), (1, 6), (1, 9), (2, 9)],
        *[(BELOW, MIDDLE), (BELOW, HIGH)],
    ]


def test_a_small_star_hands_smaller_neighbours_to_the_smallest(dealt):
    edges = dealt(keys([(1, 9), (4, 9), (6, 9), (9, 11), (MIDDLE, HIGH), (BELOW, HIGH)]), PAIR)

    assert numbers(small_star(edges)) == [
        *[(1, 4), (1, 6), (1, 9), (9, 11)],
        *[(BELOW, MIDDLE), (BELOW, HIGH)],
    ]


def test_stars_are_those_of_the_paper_and_keep_what_is_connected(dealt):
    edges = [edge for seed in range(9) for edge in random_edges(seed, 5 + 10 * seed)]

    large = numbers(large_star(dealt(keys(edges), PAIR)))
    small = numbers(small_star(dealt(keys(edges), PAIR)))

    assert large == slow_large_star(edges)
    assert small == slow_small_star(edges)
    parts = sorted(map(sorted, nx.connected_components(nx.Graph(edges))))
    for made in (large, small):
        assert sorted(map(sorted, nx.connected_components(nx.Graph(made)))) == parts


def test_vertices_that_are_no_leaf_of_one_centre_are_counted(dealt):
    finished = [(1, 2), (1, 3), (4, 5), (4, HIGH)]
    graphs = {
        "nothing": ([], 0),
        "stars": (finished, 0),
        "path": ([*finished, (6, 7), (7, 8)], 1),
        "two centres": ([*finished, (6, 8), (7, 8)], 1),
        "both": ([(1, 4), (2, 4), (3, 4), (1, 5), (5, 6)], 2),
    }

    found = {
        name: unfinished(dealt(keys(edges), PAIR)).collect() for name, (edges, _) in graphs.items()
    }

    assert {name: row.open for name, [row] in found.items()} == {
        name: left for name, (_, left) in graphs.items()
    }


def test_members_are_those_of_the_driver(dealt):
    draw = random.Random(4)
    rows = [
        (key(a), key(b), draw.choice(["near", "exact"]), draw.choice([None, 0, 5, 1_000_000]))
        for a, b in [*random_edges(5), *random_edges(5)[:20], (1, HIGH), (HIGH, HIGH + 1)]
    ]
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    names = ["a", "b", "relation", "similarity"]
    expected = cluster(pa.table(columns, names)).to_pylist()
    centre = {row["doc_id"]: row["cluster_id"] for row in expected}
    made = [(root, leaf) for leaf, root in centre.items() if leaf != root]
    first = {row["doc_id"]: row["copy_id"] for row in expected}
    copies = [(copy, doc_id) for doc_id, copy in first.items() if copy != doc_id]

    members = members_of(dealt(rows, EDGE), dealt(made, PAIR))
    found = with_copies(members, dealt(copies, PAIR)).collect()

    assert sorted(map(tuple, found)) == [tuple(row.values()) for row in expected]
    assert copies


TWO = [(1, 2), (2, 3), (3, 4), (6, 7), (7, 8), (7, HIGH)]
RIGHT = {1: 1, 2: 1, 3: 1, 4: 1, 6: 6, 7: 6, 8: 6, HIGH: 6}


def faults(edges, members):
    """How many documents are misplaced, edges cross, and parts are too many."""
    placed = places(edges, members)
    parts = sum(row.parts for row in apart(edges, placed).collect())
    return misplaced(placed).count(), crossing(edges, placed).count(), parts


def test_the_components_are_found_faultless(dealt):
    edges, members = dealt(keys(TWO), PAIR), dealt(keys(RIGHT.items()), MEMBER)

    assert faults(edges, members) == (0, 0, 0)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param({**RIGHT, 4: 4}, (0, 1, 0), id="split"),
        pytest.param(dict.fromkeys(RIGHT, 1), (0, 0, 1), id="glued"),
        pytest.param({**RIGHT, **dict.fromkeys((1, 2, 3, 4), 0)}, (0, 0, 1), id="too-small"),
        pytest.param({**RIGHT, **dict.fromkeys((6, 7, 8, HIGH), 7)}, (1, 0, 0), id="too-large"),
        pytest.param({k: v for k, v in RIGHT.items() if k != 8}, (1, 0, 0), id="forgotten"),
        pytest.param({**RIGHT, 9: 6}, (1, 0, 0), id="stranger"),
        pytest.param({**RIGHT, 4: 6}, (1, 1, 0), id="in-the-other"),
    ],
)
def test_clusters_that_are_wrong_are_found_out(spark, labels, expected):
    edges = spark.createDataFrame(keys(TWO), PAIR)
    members = spark.createDataFrame(keys(labels.items()), MEMBER)

    assert faults(edges, members) == expected


def test_a_document_in_two_clusters_is_misplaced(spark):
    edges = spark.createDataFrame(keys(TWO), PAIR)
    members = spark.createDataFrame(keys([*RIGHT.items(), (8, 1)]), MEMBER)

    assert faults(edges, members)[0] == 1


@pytest.mark.slow
def test_any_one_wrong_label_is_found_out(spark):
    edges = spark.createDataFrame(keys(random_edges(1, 12)), PAIR)
    graph = nx.Graph(random_edges(1, 12))
    right = {v: min(part) for part in nx.connected_components(graph) for v in part}
    others = {*right.values(), max(right)}

    passed = [
        (vertex, label)
        for vertex in right
        for label in others - {right[vertex]}
        if not any(
            faults(edges, spark.createDataFrame(keys({**right, vertex: label}.items()), MEMBER))
        )
    ]

    assert passed == []


def batches(rows, size):
    table = pa.table(
        [pa.array([key(row[n]) for row in rows], pa.binary()) for n in range(3)],
        ["cluster_id", "a_stands", "b_stands"],
    )
    return table.to_batches(max_chunksize=size)


@pytest.mark.parametrize("at_once", [1, 5, 1_000])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_parts_are_counted_by_whole_clusters_however_rows_are_batched(monkeypatch, at_once, size):
    monkeypatch.setattr(stars, "_AT_ONCE", at_once)
    long = [(10, a, b) for a, b in itertools.pairwise([10, *range(20, 30)])]
    rows = [(1, 2, 3), *long, (40, 41, 42), (40, 42, 43), (50, 50, 51), (60, 61, 62), (60, 63, 64)]

    told = list(stars._parts(iter(batches(rows, size))))

    assert sum(sum(batch.column("parts").to_pylist()) for batch in told) == 4
