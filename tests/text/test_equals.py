"""The first of equal keys, against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest

from corpusmill.text.equals import first_equal


def slow(keys) -> list[int]:
    seen: dict[int, int] = {}
    return [seen.setdefault(key, place) for place, key in enumerate(keys)]


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [5],
        [5, 5],
        [0, 1, 0, 1, 2],
        [7] * 1_000,
        list(range(5_000)),
        [n << 32 | n for n in range(3_000)] * 2,
        [n << 48 for n in range(3_000)] * 2,
        [2**64 - 1 - n % 17 for n in range(2_000)],
    ],
    ids=len,
)
def test_keys_by_hand(keys) -> None:
    assert first_equal(np.array(keys, dtype=np.uint64)).tolist() == slow(keys)


@pytest.mark.parametrize("different", [3, 100, 40_000, 10**9])
def test_random_keys(different) -> None:
    keys = np.random.default_rng(6).integers(0, different, 30_000).astype(np.uint64)

    assert first_equal(keys).tolist() == slow(keys.tolist())
