"""Connected components of an edge list, exact, with a certificate that they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Vertices = NDArray[np.int64]


class CertificateError(Exception):
    """The components are not what the edges say: a defect, never a reason to go on.

    vertices  some of those on which it shows
    """

    def __init__(self, said: str, vertices: Vertices | None = None) -> None:
        """``said`` is what does not hold."""
        super().__init__(said)
        self.vertices = np.zeros(0, dtype=np.int64) if vertices is None else vertices


def components(a: Vertices, b: Vertices, count: int) -> Vertices:
    """The smallest vertex of each vertex's component: int64[count].

    Vertices are 0..count-1, edge i joins a[i] and b[i] (any order, repeats and loops allowed). The
    larger of two roots is hooked to the smaller and paths are cut to the root, all edges at once,
    until no edge joins two roots.
    """
    parent = np.arange(count, dtype=np.int64)
    while True:
        roots_a, roots_b = parent[a], parent[b]
        open_ = roots_a != roots_b
        if not open_.any():
            return parent
        low = np.minimum(roots_a[open_], roots_b[open_])
        high = np.maximum(roots_a[open_], roots_b[open_])
        np.minimum.at(parent, high, low)
        parent = _flattened(parent)


def certify(a: Vertices, b: Vertices, labels: Vertices) -> None:
    """Raise ``CertificateError`` unless ``labels`` are the components of the edges.

    Checked without trusting how they were found: each edge lies inside one class, each label is the
    smallest member of its class, and there are as many classes as SciPy counts components. Classes
    that no edge leaves are unions of components, so with equal counts they are the components.
    """
    crossing = labels[a] != labels[b]
    if crossing.any():
        raise CertificateError("an edge joins two components", a[crossing])
    vertices = np.arange(len(labels))
    misnamed = (labels > vertices) | (labels[labels] != labels)
    if misnamed.any():
        raise CertificateError(
            "a label is not the smallest member of its component", vertices[misnamed]
        )
    if component_count(a, b, len(labels)) != int((labels == vertices).sum()):
        raise CertificateError("a component is not connected")


def component_count(a: Vertices, b: Vertices, count: int) -> int:
    """How many components SciPy finds among ``count`` vertices and these edges."""
    ones = np.ones(len(a), dtype=np.int8)
    graph = csr_array((ones, (a, b)), shape=(count, count))
    return int(connected_components(graph, directed=False, return_labels=False))


def _flattened(parent: Vertices) -> Vertices:
    while True:
        above = parent[parent]
        if (above == parent).all():
            return parent
        parent = above
