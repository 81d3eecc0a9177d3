"""Packing, against documents joined in one list and cut afterwards."""

import random

import numpy as np
import pytest

from corpusmill.shards.pack import Packable, Piece, pack

U2 = np.dtype("<u2")


def document(number, ids, repeat=0):
    return Packable(f"{number:032x}", repeat, np.array(ids, dtype=np.int64))


def run(documents, length=4, rest="pad", eos=0):
    packing = pack(documents, length, eos, rest, U2)
    return list(packing), packing.counts


def random_documents(seed):
    draw = random.Random(seed)
    return [
        document(number, [draw.randrange(1, 60_000) for _ in range(draw.choice([0, 1, 3, 4, 9]))])
        for number in range(draw.randrange(30))
    ]


def test_documents_are_joined_with_an_eos_each_and_the_last_sequence_is_filled():
    documents = [document(1, [5, 6, 7, 8, 9]), document(2, [3], repeat=1)]

    sequences, counts = run(documents, length=5)

    assert [s.ids.tolist() for s in sequences] == [[5, 6, 7, 8, 9], [0, 3, 0, 0, 0]]
    assert sequences[0].pieces == (Piece(f"{1:032x}", 0, 0, 0, 5, 0),)
    assert sequences[1].pieces == (
        Piece(f"{1:032x}", 0, 1, 0, 1, 5),
        Piece(f"{2:032x}", 1, 1, 1, 2, 0),
    )
    assert (counts.documents, counts.sequences, counts.tokens, counts.padding) == (2, 2, 8, 2)


def test_an_incomplete_last_sequence_is_dropped_and_counted():
    documents = [document(1, [5, 6, 7, 8, 9]), document(2, [3])]

    sequences, counts = run(documents, length=5, rest="drop")

    assert [s.ids.tolist() for s in sequences] == [[5, 6, 7, 8, 9]]
    assert (counts.tokens, counts.padding, counts.dropped) == (5, 0, 3)


@pytest.mark.parametrize("rest", ["pad", "drop"])
def test_a_full_last_sequence_is_neither_filled_nor_dropped(rest):
    sequences, counts = run([document(1, [5, 6, 7])], length=4, rest=rest)

    assert [s.ids.tolist() for s in sequences] == [[5, 6, 7, 0]]
    assert (counts.padding, counts.dropped) == (0, 0)


def test_a_document_without_ids_leaves_nothing_but_its_count():
    sequences, counts = run([document(1, []), document(2, [7]), document(3, [])], length=2)

    assert [s.ids.tolist() for s in sequences] == [[7, 0]]
    assert (counts.documents, counts.empty) == (1, 2)


def test_nothing_makes_nothing():
    sequences, counts = run([])

    assert (sequences, counts.sequences, counts.padding, counts.dropped) == ([], 0, 0, 0)


@pytest.mark.parametrize("length", [1, 2, 4, 7])
@pytest.mark.parametrize("rest", ["pad", "drop"])
def test_the_cut_equals_joining_everything_first(length, rest):
    for seed in range(30):
        documents = random_documents(seed)
        joined = [i for d in documents if len(d.ids) for i in (*d.ids.tolist(), 0)]
        tail = len(joined) % length

        sequences, counts = run(documents, length, rest)

        if tail and rest == "pad":
            expected = joined + [0] * (length - tail)
        else:
            expected = joined[: len(joined) - tail]
        assert [i for s in sequences for i in s.ids.tolist()] == expected
        assert counts.tokens + counts.dropped == len(joined)
        assert counts.tokens + counts.padding == len(sequences) * length


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(30))
def test_the_pieces_give_every_document_back(seed):
    documents = random_documents(seed)

    sequences, _ = run(documents, length=5)

    found = {}
    for number, sequence in enumerate(sequences):
        end = 0
        for piece in sequence.pieces:
            assert (piece.sequence, piece.offset) == (number, end)
            end += piece.length
            ids = found.setdefault(piece.doc_id, [])
            assert piece.start == len(ids)
            ids += sequence.ids[piece.offset : end].tolist()
    assert found == {d.doc_id: [*d.ids.tolist(), 0] for d in documents if len(d.ids)}


def test_sequences_come_before_the_documents_behind_them_are_read():
    read = []

    def documents():
        for number in range(1, 100):
            read.append(number)
            yield document(number, [number])

    first = next(pack(documents(), 4, 0, "pad", U2))

    assert first.ids.tolist() == [1, 0, 2, 0]
    assert read == [1, 2]


@pytest.mark.parametrize("wrong", [-1, 65_536])
def test_an_id_that_the_type_cannot_hold_is_refused_by_document(wrong):
    with pytest.raises(ValueError, match=f"{7:032x}"):
        run([document(7, [1, wrong])])


@pytest.mark.parametrize(
    ("length", "eos", "rest"), [(0, 0, "pad"), (4, 65_536, "pad"), (4, -1, "pad"), (4, 0, "wrap")]
)
def test_arguments_out_of_range_are_refused_at_once(length, eos, rest):
    with pytest.raises(ValueError, match="allowed"):
        pack([], length, eos, rest, U2)
