"""The table of chunks that were seen: what it forgets, and that it never mixes two up."""

from __future__ import annotations

import numpy as np
import pytest

from corpusmill.quality.seen_chunks import UNKNOWN, SeenChunks, pack, unpack


def keys_of(numbers) -> np.ndarray:
    return np.array(list(numbers), dtype=np.uint64)


@pytest.mark.parametrize(
    "breaks", [(), (1,), (255,), (1, 2, 3, 4, 5, 6, 7), (3, 9, 200), tuple(range(249, 256))]
)
def test_places_come_back_as_they_went(breaks) -> None:
    packed = pack(breaks)

    which, places = unpack(keys_of([pack((4,)), packed, pack(())]))

    assert packed != UNKNOWN
    assert which.tolist() == [0] + [1] * len(breaks)
    assert places.tolist() == [4, *breaks]


@pytest.mark.parametrize("breaks", [(256,), (1, 300), (1, 2, 3, 4, 5, 6, 7, 8)])
def test_what_does_not_fit_is_unknown(breaks) -> None:
    assert pack(breaks) == UNKNOWN


def test_what_was_kept_is_found_and_nothing_else_is() -> None:
    seen = SeenChunks(bits=18)
    draw = np.random.default_rng(3)
    keys = draw.integers(1, 2**64, 100, dtype=np.uint64)
    packed = np.array([pack((n + 1,)) for n in range(100)], dtype=np.uint64)

    seen.keep(keys[:50], packed[:50])

    assert seen.find(keys)[:50].tolist() == packed[:50].tolist()
    assert set(seen.find(keys)[50:].tolist()) == {UNKNOWN}
    seen.clear()
    assert set(seen.find(keys).tolist()) == {UNKNOWN}


def test_the_last_four_of_a_set_stay() -> None:
    seen = SeenChunks(bits=4)
    keys = keys_of(range(1, 8))  # of one set: they differ in their lowest bits
    packed = keys_of(pack((n,)) for n in range(1, 8))

    for n in range(7):
        seen.keep(keys[n : n + 1], packed[n : n + 1])

    assert seen.find(keys).tolist() == [UNKNOWN] * 3 + packed[3:].tolist()


def test_of_keys_that_meet_in_a_set_at_once_each_is_found_as_its_own_or_not_at_all() -> None:
    seen = SeenChunks(bits=6)
    keys = np.random.default_rng(4).integers(1, 2**64, 500, dtype=np.uint64)
    packed = keys_of(pack((n % 255 + 1,)) for n in range(500))

    seen.keep(keys, packed)

    found = seen.find(keys)
    assert ((found == UNKNOWN) | (found == packed)).all()
    assert (found != UNKNOWN).sum() == 16


def test_unknown_takes_no_place() -> None:
    seen = SeenChunks(bits=4)

    seen.keep(keys_of([1, 2]), keys_of([UNKNOWN, pack(())]))

    assert seen.find(keys_of([1, 2])).tolist() == [UNKNOWN, pack(())]
