"""How alike two documents are: by their signatures, or by their sets of shingles (Jaccard)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpusmill.dedup.minhash import shingles_of, signatures
from corpusmill.dedup.rules import MinHashParams
from corpusmill.text.shingles import FoldedWords, Shingles

WHOLE = 1_000_000  # millionths

Similarities = NDArray[np.int32]


def sketches_of(texts: Sequence[str], params: MinHashParams, measure: str) -> list[bytes]:
    """What is compared of each text; the measures are those of ``rules.Verification``.

    ``estimate``: the lower halves of the numbers of its signature, uint32[permutations]: different
    numbers have equal halves once in 4 thousand millions. ``jaccard``: its distinct shingle hashes
    in ascending order, uint64[any].
    """
    shingles = shingles_of(FoldedWords.of(texts), params).upto(params.longest)
    if measure == "jaccard":
        return [np.unique(own).astype("<u8").tobytes() for own in _each(shingles)]
    halves = signatures(shingles, params).astype("<u4")  # modulo 2^32
    return [row.tobytes() for row in halves]


def similarities(ours: Sequence[bytes], theirs: Sequence[bytes], measure: str) -> Similarities:
    """Similarity of each pair of sketches in millionths, rounded down: int32[pairs]."""
    return (_jaccard if measure == "jaccard" else _estimate)(ours, theirs)


def _estimate(ours: Sequence[bytes], theirs: Sequence[bytes]) -> Similarities:
    one, other = (np.frombuffer(b"".join(side), "<u4") for side in (ours, theirs))
    equal = (one == other).reshape(len(ours), -1)
    found: Similarities = (equal.sum(axis=1) * WHOLE // equal.shape[1]).astype(np.int32)
    return found


def _jaccard(ours: Sequence[bytes], theirs: Sequence[bytes]) -> Similarities:
    found = np.empty(len(ours), dtype=np.int32)
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        a, b = np.frombuffer(one, "<u8"), np.frombuffer(other, "<u8")
        common = len(np.intersect1d(a, b, assume_unique=True))
        found[number] = common * WHOLE // max(len(a) + len(b) - common, 1)
    return found


def _each(shingles: Shingles) -> list[NDArray[np.uint64]]:
    return np.split(shingles.hashes, shingles.first[1:-1])
