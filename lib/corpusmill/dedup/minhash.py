"""MinHash signatures and band hashes of a whole batch of texts (Broder 1997; LSH by banding).

Permutations are datasketch's scheme ``affine64``: a premixed 64-bit shingle hash h becomes
``a * h + b`` modulo 2^64 with odd ``a``, and a signature is the smallest value per permutation.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corpusmill.dedup.rules import MinHashParams
from corpusmill.text.hashes import mix
from corpusmill.text.shingles import FoldedWords, Shingles, character_shingles, word_shingles

_BLOCK = 1 << 15  # shingles permuted at once: a block and its results stay in the cache
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)


@lru_cache(maxsize=8)
def permutations(params: MinHashParams) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Multipliers (odd) and offsets: two uint64[permutations], drawn as datasketch draws them."""
    generator = np.random.RandomState(params.seed)
    half = generator.randint(0, 1 << 63, params.permutations, dtype=np.uint64)
    offsets = generator.randint(0, 1 << 64, params.permutations, dtype=np.uint64)
    return half * np.uint64(2) + np.uint64(1), offsets


def signatures(shingles: Shingles, params: MinHashParams) -> NDArray[np.uint64]:
    """Signature of each text: uint64[texts, permutations]; all ones where a text has no shingle."""
    multipliers, offsets = permutations(params)
    hashes = premix(shingles.hashes)
    texts = len(shingles.first) - 1
    result = np.full((params.permutations, texts), _EMPTY, dtype=np.uint64)
    for first, last, start, end in _blocks(shingles.first):
        block, owners, heads = _block(hashes, shingles.first, first, last, start, end)
        permuted = np.empty_like(block)
        for number in range(params.permutations):
            np.multiply(block, multipliers[number], out=permuted)
            permuted += offsets[number]
            row = result[number]
            row[owners] = np.minimum(row[owners], np.minimum.reduceat(permuted, heads))
    transposed: NDArray[np.uint64] = result.T
    return transposed


def premix(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The 64-bit finaliser of MurmurHash3 (public domain), as datasketch applies it."""
    mixed: NDArray[np.uint64] = hashes ^ (hashes >> np.uint64(33))
    mixed = mixed * np.uint64(0xFF51AFD7ED558CCD)
    mixed = mixed ^ (mixed >> np.uint64(33))
    mixed = mixed * np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    return mixed


def band_hashes(signature: NDArray[np.uint64], params: MinHashParams) -> NDArray[np.int64]:
    """One hash for each band of each signature: int64[texts, bands]."""
    used = signature[:, : params.bands * params.rows]
    rows = used.reshape(len(signature), params.bands, params.rows)
    total = np.zeros(rows.shape[:2], dtype=np.uint64)
    for row in range(params.rows):
        total = mix(total ^ rows[:, :, row])
    return total.view(np.int64)


def shingles_of(texts: FoldedWords, params: MinHashParams) -> Shingles:
    """All shingles of every text."""
    if params.characters:
        return character_shingles(texts, params.characters)
    return word_shingles(texts, params.words, params.letters)


def _blocks(first: NDArray[np.int64]) -> list[tuple[int, int, int, int]]:
    """(first text, last text + 1, first shingle, last shingle + 1) of stretches of ``_BLOCK``."""
    total = int(first[-1])
    edges = [*range(0, total, _BLOCK), total]
    stretches = itertools.pairwise(edges)
    return [
        (
            int(np.searchsorted(first, start, side="right")) - 1,
            int(np.searchsorted(first, end, side="left")),
            start,
            end,
        )
        for start, end in stretches
    ]


def _block(
    hashes: NDArray[np.uint64],
    first: NDArray[np.int64],
    first_text: int,
    last_text: int,
    start: int,
    end: int,
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """The hashes of a stretch, the texts that have some there, and where each begins in it."""
    owners = np.arange(first_text, last_text)
    heads = np.maximum(first[first_text:last_text], start)
    tails = np.minimum(first[first_text + 1 : last_text + 1], end)
    some = tails > heads
    return hashes[start:end], owners[some], heads[some] - start
