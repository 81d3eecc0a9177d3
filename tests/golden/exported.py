"""A set to export, and what its documents are, worked out by hand and by plain loops."""

from __future__ import annotations

import random

import numpy as np
import small_sets

from corpusmill.shards.format import DTYPES
from corpusmill.shards.pack import PackedSequence, Piece

A, B, C, D = ("aa" * 16, "bb" * 16, "cc" * 16, "dd" * 16)
LENGTH = 6


def fragmented(folder, dtype="uint16"):
    """Two shards with padding inside, a repeat, and documents broken in every way; the folder.

    Shard 1: A whole over two sequences; B's end before B's beginning; a repeat of A.
    Shard 5: C and nothing else, in a sequence that it fills.
    """
    one = [
        sequence([1, 2, 3, 4, 5, 6], [Piece(A, 0, 0, 0, 6, 0)], dtype),
        sequence([7, 8, 0, 91, 0, 0], [Piece(A, 0, 1, 0, 3, 6), Piece(B, 0, 1, 3, 2, 4)], dtype),
        sequence(
            [21, 22, 23, 24, 1, 0],
            [Piece(B, 0, 2, 0, 4, 0), Piece(A, 1, 2, 4, 1, 0)],
            dtype,
        ),
    ]
    five = [sequence([31, 32, 33, 34, 35, 0], [Piece(C, 0, 0, 0, 6, 0)], dtype)]
    entries = [
        small_sets.write(folder, shard, 8, LENGTH, sequences, dtype)
        for shard, sequences in ((1, one), (5, five))
    ]
    return small_sets.sign(folder, entries, LENGTH, count=8, dtype=dtype)


# (doc_id, repeat, ids, canonical sequence, offset) of each unbroken run, by shard
RUNS = {
    1: [
        (A, 0, [1, 2, 3, 4, 5, 6, 7, 8, 0], 0, 0),
        (B, 0, [91, 0], 1, 3),
        (B, 0, [21, 22, 23, 24], 2, 0),
        (A, 1, [1], 2, 4),
    ],
    5: [(C, 0, [31, 32, 33, 34, 35, 0], 0, 0)],
}
# ids and boundaries of each sequence, by shard
SEQUENCES = {
    1: [
        ([1, 2, 3, 4, 5, 6], [0, 6]),
        ([7, 8, 0, 91, 0, 0], [0, 3, 5]),
        ([21, 22, 23, 24, 1, 0], [0, 4, 5]),
    ],
    5: [([31, 32, 33, 34, 35, 0], [0, 6])],
}


def sequence(ids, pieces, dtype):
    return PackedSequence(np.array(ids, DTYPES[dtype]), tuple(pieces))


def packed(folder, dtype="uint16", documents=300, sequence_length=32, shards=4):
    """A concatenated set of documents of chance lengths; the folder and the documents by shard."""
    chance = random.Random(7)
    made = [
        [[chance.randrange(1, 60_000) for _ in range(chance.choice((1, 7, 31, 32, 90)))]]
        for _ in range(documents)
    ]
    dealt = [[document for (document,) in made[shard::shards]] for shard in range(shards)]
    small_sets.build(folder, dealt, sequence_length, count=shards, dtype=dtype)
    return folder, [[[*ids, 0] for ids in documents] for documents in dealt]
