"""Clusters of edges written out by hand."""

import random

import networkx as nx
import pyarrow as pa
import pytest

from corpusmill.dedup import clusters
from corpusmill.dedup.clusters import cluster
from corpusmill.dedup.components import CertificateError

EDGES = pa.schema(
    [("a", pa.binary()), ("b", pa.binary()), ("relation", pa.string()), ("similarity", pa.int32())]
)


def name(number):
    return f"{number:032x}"


def edges_of(*edges):
    rows = [
        {"a": bytes.fromhex(name(a)), "b": bytes.fromhex(name(b)), "relation": r, "similarity": s}
        for a, b, r, s in edges
    ]
    return pa.Table.from_pylist(rows, schema=EDGES)


def members_of(edges):
    """Rows of ``cluster`` with ids as 32 hex characters."""
    ids = ("doc_id", "cluster_id", "copy_id", "partner_id")
    return [
        {name: value.hex() if name in ids else value for name, value in row.items()}
        for row in cluster(edges).to_pylist()
    ]


def test_every_member_has_its_cluster_its_partner_and_their_relation():
    edges = edges_of((1, 2, "near", None), (2, 5, "exact", 1_000_000), (3, 0xFF << 120, "near", 7))

    found = members_of(edges)

    last = name(0xFF << 120)
    assert [tuple(row.values()) for row in found] == [
        (name(1), name(1), name(1), name(2), "near", None),
        (name(2), name(1), name(2), name(5), "exact", 1_000_000),
        (name(3), name(3), name(3), last, "near", 7),
        (name(5), name(1), name(2), name(2), "exact", 1_000_000),
        (last, name(3), last, name(3), "near", 7),
    ]


def test_copies_are_whom_other_relations_than_near_join_however_long_the_chain():
    edges = edges_of(
        *((1, 2, "near", 5), (2, 3, "exact", 1_000_000), (3, 4, "address", None)),
        *((4, 5, "near", 5), (6, 7, "address", None), (2, 3, "near", 1_000_000)),
    )

    found = {row["doc_id"]: row["copy_id"] for row in members_of(edges)}

    copies = {1: 1, 2: 2, 3: 2, 4: 2, 5: 5, 6: 6, 7: 6}
    assert found == {name(n): name(first) for n, first in copies.items()}


@pytest.mark.parametrize(
    ("edges", "partner"),
    [
        pytest.param([(1, 4, "near", None), (3, 4, "exact", 10**6)], 3, id="exact-before-near"),
        pytest.param([(1, 4, "near", 800_000), (3, 4, "near", 900_000)], 3, id="high-before-low"),
        pytest.param([(1, 4, "near", None), (3, 4, "near", 0)], 3, id="known-before-unknown"),
        pytest.param([(3, 4, "near", None), (1, 4, "near", None)], 1, id="smaller-id"),
        pytest.param([(4, 9, "near", 5), (4, 7, "near", 5)], 7, id="smaller-id-above"),
        pytest.param([(1, 4, "near", None), (1, 4, "exact", 10**6)], 1, id="same-pair-twice"),
    ],
)
def test_the_partner_is_the_first_neighbour_by_relation_similarity_and_id(edges, partner):
    found = {row["doc_id"]: row for row in members_of(edges_of(*edges))}

    chosen = found[name(4)]
    best = {(b if a == 4 else a, r, s) for a, b, r, s in edges}
    assert chosen["partner_id"] == name(partner)
    assert (partner, chosen["relation"], chosen["similarity"]) in best
    assert chosen["relation"] == min(r for a, b, r, _ in edges if 4 in (a, b))


def test_the_order_of_edges_changes_nothing_and_clusters_are_those_of_networkx():
    draw = random.Random(1)
    numbers = [draw.randrange(1 << 128) for _ in range(300)]
    pairs = {tuple(sorted(draw.sample(numbers, 2))) for _ in range(160)}
    edges = [(a, b, draw.choice(["exact", "near"]), draw.choice([None, 5])) for a, b in pairs]

    found = cluster(edges_of(*edges))

    draw.shuffle(edges)
    assert cluster(edges_of(*edges)).equals(found)
    components = nx.connected_components(nx.Graph((a, b) for a, b, _, _ in edges))
    expected = {name(each): name(min(members)) for members in components for each in members}
    rows = members_of(edges_of(*edges))
    assert [row["doc_id"] for row in rows] == sorted(expected)
    assert {row["doc_id"]: row["cluster_id"] for row in rows} == expected


def test_no_edges_make_no_clusters():
    found = cluster(edges_of())

    assert found.num_rows == 0
    ids = ["doc_id", "cluster_id", "copy_id", "partner_id"]
    assert found.column_names == [*ids, "relation", "similarity"]


def test_clusters_that_are_wrong_are_not_handed_on(monkeypatch):
    def glue(_a, _b, count):
        return clusters.np.zeros(count, dtype=clusters.np.int64)

    monkeypatch.setattr(clusters, "components", glue)

    with pytest.raises(CertificateError, match=r"is not connected"):
        cluster(edges_of((1, 2, "near", None), (3, 4, "near", None)))


def test_what_is_wrong_with_a_cluster_is_shown_by_ids(monkeypatch):
    def torn(_a, _b, count):
        return clusters.np.arange(count)

    monkeypatch.setattr(clusters, "components", torn)

    with pytest.raises(CertificateError, match=f"two components: {name(1)}: {name(3)}$"):
        cluster(edges_of((1, 2, "near", None), (3, 4, "near", None)))
