"""Components against networkx on graphs that break fast algorithms, and the certificate."""

import itertools
import random

import networkx as nx
import numpy as np
import pytest

from corpusmill.dedup.components import CertificateError, certify, components


def ends(edges):
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def slow_components(edges, count):
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(count))
    labels = [-1] * count
    for members in nx.connected_components(graph):
        for member in members:
            labels[member] = min(members)
    return labels


def path_in(order):
    return list(itertools.pairwise(order))


def shuffled(count, seed=1):
    order = list(range(count))
    random.Random(seed).shuffle(order)
    return order


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_near_the_critical_point_have_the_components_networkx_finds(seed):
    draw = random.Random(seed)
    count = draw.choice([1, 2, 30, 400, 1_500])
    edges = [
        (draw.randrange(count), draw.randrange(count))
        for _ in range(int(count * draw.uniform(0.4, 0.7)))
    ]

    labels = components(*ends(edges), count)

    assert labels.tolist() == slow_components(edges, count)
    certify(*ends(edges), labels)


@pytest.mark.parametrize(
    "order",
    [
        range(5_000),
        range(4_999, -1, -1),
        [*range(0, 5_000, 2), *range(1, 5_000, 2)],
        [n for pair in zip(range(2_500), range(4_999, 2_499, -1), strict=True) for n in pair],
        shuffled(5_000),
    ],
    ids=["ascending", "descending", "even-then-odd", "from-both-ends", "shuffled"],
)
def test_a_long_path_is_one_component_however_its_vertices_are_numbered(order):
    edges = path_in(list(order))
    random.Random(2).shuffle(edges)

    labels = components(*ends(edges), 5_000)

    assert labels.tolist() == [0] * 5_000
    certify(*ends(edges), labels)


@pytest.mark.parametrize("centre", [0, 250, 499])
def test_a_star_is_one_component_whichever_vertex_is_its_centre(centre):
    edges = [(centre, leaf) for leaf in range(500) if leaf != centre]

    labels = components(*ends(edges), 500)

    assert labels.tolist() == [0] * 500
    certify(*ends(edges), labels)


def test_two_cliques_are_one_component_with_a_bridge_and_two_without():
    one = [(i, j) for i in range(20) for j in range(i)]
    other = [(i + 20, j + 20) for i, j in one]

    apart = components(*ends(one + other), 40)
    joined = components(*ends([*one, (13, 31), *other]), 40)

    assert apart.tolist() == [0] * 20 + [20] * 20
    assert joined.tolist() == [0] * 40


def test_loops_and_repeated_edges_in_either_direction_change_nothing():
    edges = [(3, 1), (1, 3), (3, 1), (2, 2), (4, 4), (4, 3)]

    labels = components(*ends(edges), 6)

    assert labels.tolist() == [0, 1, 2, 1, 1, 5]
    certify(*ends(edges), labels)


@pytest.mark.parametrize("count", [0, 3])
def test_without_edges_every_vertex_is_a_component_of_its_own(count):
    labels = components(*ends([]), count)

    assert labels.tolist() == list(range(count))
    certify(*ends([]), labels)


@pytest.mark.parametrize(
    ("edges", "labels", "message"),
    [
        pytest.param([(0, 1), (1, 2)], [0, 0, 2], "joins two", id="split"),
        pytest.param([(0, 1), (2, 3)], [0, 0, 0, 0], "not connected", id="glued"),
        pytest.param([(0, 1)], [0, 0, 0], "not connected", id="stranger-taken-in"),
        pytest.param([(0, 1)], [1, 1], "smallest", id="label-too-large"),
        pytest.param([(1, 2)], [0, 0, 0], "not connected", id="label-too-small"),
        pytest.param([(0, 1)], [0, 0, 1], "smallest", id="label-of-another-label"),
    ],
)
def test_the_certificate_is_refused_to_labels_that_are_wrong(edges, labels, message):
    with pytest.raises(CertificateError, match=message):
        certify(*ends(edges), np.array(labels))


def test_one_wrong_label_anywhere_is_caught():
    draw = random.Random(9)
    edges = [(draw.randrange(60), draw.randrange(60)) for _ in range(35)]
    labels = components(*ends(edges), 60)

    for vertex in range(60):
        for other in range(60):
            if other != labels[vertex]:
                spoilt = labels.copy()
                spoilt[vertex] = other
                with pytest.raises(CertificateError):
                    certify(*ends(edges), spoilt)
