"""Best-fit packing, against a packer that looks at every open sequence for every piece."""

import random

import numpy as np
import pytest

from corpusmill.shards.best_fit import best_fit, pack_best_fit
from corpusmill.shards.order import Bijection
from corpusmill.shards.pack import Packable, Piece

U2 = np.dtype("<u2")
KEY = b"key"


def document(number, ids, repeat=0):
    return Packable(f"{number:032x}", repeat, np.array(ids, dtype=np.int64))


def random_documents(seed, longest=12):
    draw = random.Random(seed)
    return [
        document(n, [draw.randrange(1, 60_000) for _ in range(draw.randrange(longest))], n % 3)
        for n in range(draw.randrange(60))
    ]


def run(documents, length=8, oversize="fragment", key=KEY):
    packing = pack_best_fit(documents, length, 0, oversize, U2, key)
    return list(packing), packing.counts


def slow_best_fit(lengths, capacity):
    """Bins of items: of those with the least room that is enough, the one that got it last."""
    bins, changed = [], []
    longest_first = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    for clock, item in enumerate(longest_first, 1):
        free = [capacity - sum(lengths[i] for i in members) for members in bins]
        fitting = [n for n in range(len(bins)) if free[n] >= lengths[item]]
        if fitting:
            least = min(free[n] for n in fitting)
            best = max((n for n in fitting if free[n] == least), key=lambda n: changed[n])
        else:
            best = len(bins)
            bins.append([])
            changed.append(0)
        bins[best].append(item)
        changed[best] = clock
    return bins


def first_fit_decreasing(lengths, capacity):
    """Number of bins that first fit needs, longest first."""
    free = []
    for length in sorted(lengths, reverse=True):
        at = next((n for n, room in enumerate(free) if room >= length), None)
        if at is None:
            free.append(capacity)
            at = -1
        free[at] -= length
    return len(free)


def drawn_lengths(seed):
    draw = random.Random(seed)
    capacity = draw.choice([1, 2, 7, 16, 100])
    shape = draw.choice([1, capacity, max(1, capacity // 3)])
    return [draw.randint(1, shape) for _ in range(draw.randrange(120))], capacity


@pytest.mark.parametrize("seed", range(150))
def test_bins_are_those_of_the_slow_packer(seed):
    lengths, capacity = drawn_lengths(seed)

    bins, count = best_fit(np.array(lengths, dtype=np.int64), capacity)

    members = [np.flatnonzero(bins == n).tolist() for n in range(count)]
    slow = [sorted(items) for items in slow_best_fit(lengths, capacity)]
    assert sorted(members) == sorted(slow)


@pytest.mark.parametrize("seed", range(150))
def test_no_more_bins_are_needed_than_by_first_fit_on_these_lengths(seed):
    draw = random.Random(seed)
    lengths = [min(2048, int(draw.lognormvariate(5.5, 1.2)) + 1) for _ in range(400)]

    _, count = best_fit(np.array(lengths, dtype=np.int64), 2048)

    assert count <= first_fit_decreasing(lengths, 2048)


def test_a_sequence_holds_whole_documents_in_their_order_and_padding_behind_them():
    documents = [
        document(1, [5]),
        document(2, [6, 6, 6, 6, 6]),
        document(3, []),
        document(4, [7, 7]),
    ]

    sequences, counts = run(documents, length=8)

    by_ids = sorted((s.ids.tolist(), [(p.offset, p.length) for p in s.pieces]) for s in sequences)
    assert by_ids == [
        ([5, 0, 6, 6, 6, 6, 6, 0], [(0, 2), (2, 6)]),
        ([7, 7, 0, 0, 0, 0, 0, 0], [(0, 3)]),
    ]
    assert (counts.documents, counts.empty, counts.sequences) == (3, 1, 2)
    assert (counts.tokens, counts.padding, counts.dropped) == (11, 5, 0)


@pytest.mark.parametrize("seed", range(60))
def test_every_token_stands_once_and_no_piece_is_cut_without_need(seed):
    documents, length = random_documents(seed, 40), 8

    sequences, counts = run(documents, length)

    found = {}
    for number, sequence in enumerate(sequences):
        end = 0
        for piece in sequence.pieces:
            assert (piece.sequence, piece.offset) == (number, end)
            end += piece.length
            ids = sequence.ids[piece.offset : end].tolist()
            found.setdefault((piece.doc_id, piece.repeat), []).append((piece.start, ids))
        assert end <= length
        assert not sequence.ids[end:].any()
    joined = {key: [i for _, ids in sorted(runs) for i in ids] for key, runs in found.items()}
    assert joined == {(d.doc_id, d.repeat): [*d.ids.tolist(), 0] for d in documents if len(d.ids)}
    for key, runs in found.items():
        assert len(runs) == -(-len(joined[key]) // length)
        assert [start for start, _ in sorted(runs)] == [n * length for n in range(len(runs))]
    assert counts.tokens == sum(len(ids) for ids in joined.values())
    assert counts.tokens + counts.padding == len(sequences) * length


@pytest.mark.parametrize("seed", range(30))
def test_a_document_that_is_too_long_is_cut_off_and_its_tail_counted(seed):
    documents, length = random_documents(seed, 40), 8

    sequences, counts = run(documents, length, "truncate")

    found = {
        (p.doc_id, p.repeat): (p.start, s.ids[p.offset : p.offset + p.length].tolist())
        for s in sequences
        for p in s.pieces
    }
    whole = {(d.doc_id, d.repeat): [*d.ids.tolist(), 0] for d in documents if len(d.ids)}
    assert found == {key: (0, ids[:length]) for key, ids in whole.items()}
    assert sum(len(s.pieces) for s in sequences) == len(found)
    assert counts.dropped == sum(max(0, len(ids) - length) for ids in whole.values())


def test_sequences_stand_where_the_keyed_bijection_puts_them():
    lengths = [7] * 5 + [5] * 5 + [3] * 5 + [1] * 3
    documents = [document(n, [n + 1] * (size - 1)) for n, size in enumerate(lengths) if size > 1]
    whole = [len(d.ids) + 1 for d in documents]
    bins, count = best_fit(np.array(whole, dtype=np.int64), 8)

    sequences, _ = run(documents, 8, key=b"one")
    others, _ = run(documents, 8, key=b"two")

    place = {piece.doc_id: n for n, s in enumerate(sequences) for piece in s.pieces}
    expected = Bijection(count, b"one").forward(bins)
    assert [place[d.doc_id] for d in documents] == expected.tolist()
    assert [s.ids.tolist() for s in others] != [s.ids.tolist() for s in sequences]
    assert sorted(s.ids.tolist() for s in others) == sorted(s.ids.tolist() for s in sequences)


def test_nothing_makes_nothing():
    for documents in ([], [document(1, [])]):
        sequences, counts = run(documents)
        assert (sequences, counts.sequences, counts.padding) == ([], 0, 0)


@pytest.mark.parametrize("length", [1, 2, 8])
def test_a_document_that_fills_its_sequences_is_one_piece_in_each(length):
    sequences, counts = run([document(1, range(1, 3 * length))], length)

    runs = sorted((p.start, p.length) for s in sequences for p in s.pieces)
    assert runs == [(n * length, length) for n in range(3)]
    assert counts.padding == 0


def test_the_pieces_of_a_document_are_named_by_document_and_repeat():
    sequences, _ = run([document(255, [9, 9], repeat=4)], length=4)

    assert sequences[0].pieces == (Piece(f"{255:032x}", 4, 0, 0, 3, 0),)


@pytest.mark.parametrize("wrong", [-1, 65_536])
def test_an_id_that_the_type_cannot_hold_is_refused_by_document(wrong):
    with pytest.raises(ValueError, match=f"{7:032x}"):
        run([document(7, [1, wrong])])


@pytest.mark.parametrize("doc_id", ["ab" * 15, "ab" * 17])
def test_a_doc_id_of_another_length_is_refused(doc_id):
    with pytest.raises(ValueError, match="32 hexadecimal"):
        run([Packable(doc_id, 0, np.array([1]))])


@pytest.mark.parametrize(
    ("length", "eos", "oversize"), [(0, 0, "fragment"), (4, 65_536, "fragment"), (4, 0, "cut")]
)
def test_arguments_out_of_range_are_refused_at_once(length, eos, oversize):
    with pytest.raises(ValueError, match="allowed"):
        pack_best_fit([], length, eos, oversize, U2, KEY)


def test_the_local_disk_is_left_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    packing = pack_best_fit([document(n, [1, 2]) for n in range(9)], 4, 0, "fragment", U2, KEY)

    next(packing)
    during = list(tmp_path.iterdir())
    list(packing)

    assert len(during) == 1
    assert list(tmp_path.iterdir()) == []
