"""Clusters of edges written out by hand, and who survives by each rule of the order."""

import random

import networkx as nx
import pyarrow as pa
import pytest

from corpusmill.dedup import clusters
from corpusmill.dedup.clusters import choose_survivors, cluster
from corpusmill.dedup.components import CertificateError

EDGES = pa.schema(
    [("a", pa.binary()), ("b", pa.binary()), ("relation", pa.string()), ("similarity", pa.int32())]
)
MEMBER = "doc_id string, cluster_id string, partner_id string, relation string, similarity int"
DOCUMENT = "doc_id string, chars bigint, created string"
QUALITY = "doc_id string, classifier_scores map<string,int>"


def name(number):
    return f"{number:032x}"


def edges_of(*edges):
    rows = [
        {"a": bytes.fromhex(name(a)), "b": bytes.fromhex(name(b)), "relation": r, "similarity": s}
        for a, b, r, s in edges
    ]
    return pa.Table.from_pylist(rows, schema=EDGES)


def test_every_member_has_its_cluster_its_partner_and_their_relation():
    edges = edges_of((1, 2, "near", None), (2, 5, "exact", 1_000_000), (3, 0xFF << 120, "near", 7))

    found = cluster(edges).to_pylist()

    last = name(0xFF << 120)
    assert [tuple(row.values()) for row in found] == [
        (name(1), name(1), name(2), "near", None),
        (name(2), name(1), name(5), "exact", 1_000_000),
        (name(3), name(3), last, "near", 7),
        (name(5), name(1), name(2), "exact", 1_000_000),
        (last, name(3), name(3), "near", 7),
    ]


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
    found = {row["doc_id"]: row for row in cluster(edges_of(*edges)).to_pylist()}

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
    assert found.column("doc_id").to_pylist() == sorted(expected)
    assert dict(
        zip(*(found.column(n).to_pylist() for n in ("doc_id", "cluster_id")), strict=True)
    ) == (expected)


def test_no_edges_make_no_clusters():
    found = cluster(edges_of())

    assert found.num_rows == 0
    assert found.column_names == ["doc_id", "cluster_id", "partner_id", "relation", "similarity"]


def test_clusters_that_are_wrong_are_not_handed_on(monkeypatch):
    def glue(_a, _b, count):
        return clusters.np.zeros(count, dtype=clusters.np.int64)

    monkeypatch.setattr(clusters, "components", glue)

    with pytest.raises(CertificateError):
        cluster(edges_of((1, 2, "near", None), (3, 4, "near", None)))


# doc_id, chars, created, classifier score; the survivor of each cluster, and why
CLUSTERS = {
    "the higher score": (3, [(1, 900, "2001", 10), (2, 900, "2001", None), (3, 5, None, 11)]),
    "any score before none": (5, [(4, 900, "2001", None), (5, 5, None, 0)]),
    "the longer text": (8, [(6, 90, "2001", 10), (7, 90, "2000", 10), (8, 91, None, 10)]),
    "the earlier date": (10, [(9, 9, "2001-01-02", 1), (10, 9, "2001-01-01", 1)]),
    "any date before none": (12, [(11, 9, None, 1), (12, 9, "2024", 1)]),
    "the smaller id": (13, [(13, 9, "2001", 1), (14, 9, "2001", 1), (15, 9, "2001", 1)]),
    "the smaller id, nothing known": (16, [(17, 9, None, None), (16, 9, None, None)]),
}


def test_one_document_of_each_cluster_survives_by_the_stated_order(dealt):
    members, documents, scores = [], [(name(99), 10_000, "1900")], [(name(99), {"quality": 10**6})]
    for _, mates in CLUSTERS.values():
        cluster_id = name(min(number for number, *_ in mates))
        for number, chars, created, score in mates:
            members.append((name(number), cluster_id, name(0), "near", None))
            documents.append((name(number), chars, created))
            scores.append((name(number), {} if score is None else {"quality": score}))

    found = choose_survivors(
        dealt(members, MEMBER), dealt(documents, DOCUMENT), dealt(scores, QUALITY)
    ).collect()

    survivors = {row.doc_id for row in found if row.is_survivor}
    assert survivors == {name(number) for number, _ in CLUSTERS.values()}
    sizes = {name(n): len(mates) for _, mates in CLUSTERS.values() for n, *_ in mates}
    assert {row.doc_id: row.cluster_size for row in found} == sizes
    assert sorted(
        (r.doc_id, r.cluster_id, r.partner_id, r.relation, r.similarity) for r in found
    ) == (sorted(members))


def test_documents_that_were_never_scored_survive_by_what_else_is_known(dealt):
    members = [(name(n), name(1), name(1), "exact", 1_000_000) for n in (1, 2)]
    documents = [(name(1), 5, None), (name(2), 6, None)]

    found = choose_survivors(
        dealt(members, MEMBER), dealt(documents, DOCUMENT), dealt([], QUALITY)
    ).collect()

    assert {row.doc_id: row.is_survivor for row in found} == {name(1): False, name(2): True}
