"""Order of documents and sequences, against slow scalar references and values written out."""

import hashlib
import math
from itertools import permutations

import numpy as np
import pytest

from corpusmill.shards.order import Bijection, GlobalOrder, order_key, shard_of

SIZES = [*range(71), 1000]


def slow_bijection(size, key, index):
    """One index at a time, in Python's own numbers."""
    rows = math.isqrt(max(size - 1, 0)) + 1
    columns = max(1, -(-size // rows))
    digest = hashlib.sha512(key).digest()
    while True:
        halves, limits = list(divmod(index, columns)), (rows, columns)
        for number in range(8):
            changed, read = number % 2, 1 - number % 2
            value = halves[read] ^ int.from_bytes(digest[8 * number : 8 * number + 8], "little")
            value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
            value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
            halves[changed] = (halves[changed] + (value ^ value >> 31)) % limits[changed]
        index = halves[0] * columns + halves[1]
        if index < size:
            return index


def slow_global_order(sequences, seed, block, window):
    """Lists of lists: cut into blocks, permute them, shuffle each window."""
    blocks = [range(sequences)[first : first + block] for first in range(0, sequences, block)]
    places = [
        slow_bijection(len(blocks), f"blocks\0{seed}\0{block}".encode(), place)
        for place in range(len(blocks))
    ]
    shown = []
    for number, first in enumerate(range(0, len(blocks), window)):
        together = [n for place in places[first : first + window] for n in blocks[place]]
        key = f"window\0{seed}\0{block}\0{window}\0{number}".encode()
        shown += [together[slow_bijection(len(together), key, i)] for i in range(len(together))]
    return shown


def test_an_order_key_is_the_start_of_a_digest_over_seed_stage_document_and_repeat():
    # printf '42\0main\0abababababababababababababababab\0003' | sha256sum
    digest = "fe95b38948858b0616e43c215a456b96811a5b311403edacf9e9f842dacb1e10"

    key = order_key(42, "main", "ab" * 16, 3)

    assert f"{key:016x}" == digest[:16]


def test_order_keys_differ_by_each_of_their_parts():
    parts = [(1, "a", "ab", 0), (2, "a", "ab", 0), (1, "b", "ab", 0), (1, "a", "ac", 0)]

    keys = {order_key(*part) for part in (*parts, (1, "a", "ab", 1))}

    assert len(keys) == 5


@pytest.mark.parametrize(
    ("key", "count", "shard"),
    [
        (0xFFFFFFFFFFFFFFFF, 1, 0),
        (0x7FFFFFFFFFFFFFFF, 2, 0),
        (0x8000000000000000, 2, 1),
        (0xC3FFFFFFFFFFFFFF, 64, 48),
        (0x0003000000000000, 65536, 3),
    ],
)
def test_the_shard_is_the_top_bits_of_the_key(key, count, shard):
    assert shard_of(key, count) == shard


@pytest.mark.parametrize("count", [0, 3, -2])
def test_a_shard_count_that_is_no_power_of_two_is_refused(count):
    with pytest.raises(ValueError, match="power of two"):
        shard_of(1, count)


def test_a_bijection_meets_every_index_once_and_equals_the_slow_reference():
    for size in SIZES:
        indices = np.arange(size)

        images = Bijection(size, b"key").forward(indices)

        assert sorted(images.tolist()) == list(range(size))
        assert images.tolist() == [slow_bijection(size, b"key", i) for i in range(size)]
        assert images.dtype == np.int64


def test_the_way_back_leads_to_the_index():
    for size in SIZES:
        bijection = Bijection(size, b"key")
        indices = np.arange(size)

        back = bijection.backward(bijection.forward(indices))

        assert back.tolist() == indices.tolist()


@pytest.mark.parametrize("size", [16, 70, 1000])
def test_a_bijection_moves_nearly_everything_and_another_key_moves_it_elsewhere(size):
    indices = np.arange(size)

    one, other = (Bijection(size, key).forward(indices) for key in (b"one", b"other"))

    assert (one == indices).sum() < 6
    assert (one == other).sum() < 6


@pytest.mark.heavy
@pytest.mark.parametrize("size", [2, 3, 4])
def test_keys_reach_every_permutation_of_a_few_indices_about_equally_often(size):
    possible = list(permutations(range(size)))

    met = [
        tuple(Bijection(size, str(key).encode()).forward(np.arange(size)).tolist())
        for key in range(100 * len(possible))
    ]

    assert all(50 < met.count(each) < 170 for each in possible)


def test_indices_keep_their_shape_and_one_outside_is_refused():
    bijection = Bijection(6, b"key")

    image = bijection.forward(np.array([[0, 1], [2, 5]]))

    assert image.shape == (2, 2)
    with pytest.raises(IndexError):
        bijection.forward(np.array([6]))
    with pytest.raises(IndexError):
        bijection.forward(np.array([-1]))


def test_a_bijection_of_a_trillion_indices_costs_nothing_and_returns():
    bijection = Bijection(10**12, b"key")
    indices = np.array([0, 1, 10**12 - 1])

    images = bijection.forward(indices)

    assert images.tolist() == [slow_bijection(10**12, b"key", int(i)) for i in indices]
    assert bijection.backward(images).tolist() == indices.tolist()


@pytest.mark.parametrize(("block", "window"), [(1, 1), (3, 2), (4, 3), (6, 1), (256, 16)])
@pytest.mark.parametrize("seed", [1, 42])
def test_the_global_order_equals_the_slow_reference(block, window, seed):
    for sequences in (0, 1, 2, 5, 6, 7, 23, 24, 25, 100):
        order = GlobalOrder(sequences, seed, block, window)

        shown = order.at(np.arange(sequences))

        assert shown.tolist() == slow_global_order(sequences, seed, block, window)
        assert sorted(shown.tolist()) == list(range(sequences))


def test_positions_may_be_asked_for_in_any_order_and_twice():
    order = GlobalOrder(100, 42, 4, 3)
    whole = order.at(np.arange(100))
    asked = np.array([99, 0, 50, 50, 3, 98])

    shown = order.at(asked)

    assert shown.tolist() == whole[asked].tolist()


def test_a_window_of_the_global_order_stays_within_its_blocks():
    shown = GlobalOrder(1000, 42, 10, 4).at(np.arange(1000))

    blocks = [set((shown[first : first + 40] // 10).tolist()) for first in range(0, 1000, 40)]

    assert all(len(window) == 4 for window in blocks)


def test_the_global_order_is_frozen():
    shown = GlobalOrder(11, 42, 2, 2).at(np.arange(11))

    assert shown.tolist() == [0, 9, 1, 8, 10, 2, 3, 7, 6, 5, 4]


@pytest.mark.parametrize("position", [-1, 10])
def test_a_position_outside_the_set_is_refused(position):
    with pytest.raises(IndexError):
        GlobalOrder(10, 42, 2, 2).at(np.array([position]))
