"""Shingles: hashes of runs of consecutive words or characters of the matching form of a text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import UNSPACED, case_fold, classes, matching_fold
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.details import Details
from corpusmill.text.hashes import hashes_between, mix
from corpusmill.text.words import Words, hash_words, split_words

_STEP = np.uint64(0xD6E8FEB86659FD93)
_SPACE = 0x20

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Shingles:
    """Shingle hashes of a batch, text after text.

    hashes  uint64[shingles]
    first   int64[n + 1]      shingles of text ``i`` are ``first[i]:first[i + 1]``
    """

    hashes: NDArray[np.uint64]
    first: Counts

    @property
    def counts(self) -> Counts:
        """Shingles a text, repeated ones each time: int64[n]."""
        return np.diff(self.first)

    def digests(self) -> list[bytes]:
        """16 bytes for each text, equal where the shingles and their order are."""
        return _digests(self.hashes, self.first)

    def upto(self, most: int) -> Shingles:
        """The first ``most`` shingles of each text."""
        counts = self.counts
        if (counts <= most).all():
            return self
        within = np.arange(len(self.hashes)) - np.repeat(self.first[:-1], counts)
        first = np.concatenate([[0], np.cumsum(np.minimum(counts, most))]).astype(np.int64)
        return Shingles(self.hashes[within < most], first)


@dataclass(frozen=True)
class FoldedWords:
    """The texts of a batch, folded for matching, their words, and the hashes of those."""

    points: CodePoints
    folded: CodePoints
    words: Words
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> FoldedWords:
        """Fold the texts and split them."""
        points = CodePoints.of(texts)
        folded = points.folded()
        words = split_words(folded)
        return cls(points, folded, words, hash_words(folded, words))

    def digests(self) -> list[bytes]:
        """16 bytes for each text, equal where the words are, with their digits and marks.

        Case, punctuation and white space do not matter. Words are compared folded; so what that
        leaves out of them counts besides.
        """
        of_words = _digests(self.hashes, self.words.first)
        details = _details(self.points).astype("<u8")
        both = zip(of_words, details, strict=True)
        return [hashlib.sha256(one + other.tobytes()).digest()[:16] for one, other in both]


def _digests(numbers: NDArray[np.uint64], first: Counts) -> list[bytes]:
    """The start of SHA-256 over each text's numbers, eight bytes each: 16 bytes a text."""
    data = numbers.astype("<u8").tobytes()
    bounds = pairwise((8 * first).tolist())
    return [hashlib.sha256(data[start:end]).digest()[:16] for start, end in bounds]


def _details(points: CodePoints) -> NDArray[np.uint64]:
    """A hash of the digits and marks in each text as they stand: uint64[n], 0 for none."""
    return Details.of(points).hashed(points.starts[:-1], points.starts[1:])


def normaliser_digest() -> str:
    """SHA-256 hex of what makes words for matching: what each code point becomes, with its mark
    and digit and without, and its class."""
    tables = (matching_fold().astype("<u4"), case_fold().astype("<u4"), classes())
    return hashlib.sha256(b"".join(table.tobytes() for table in tables)).hexdigest()


def word_shingles(texts: FoldedWords, words: int, letters: int) -> Shingles:
    """Hashes of all runs of ``words`` words of the folded texts.

    In scripts written without spaces each letter is a word, and too little for runs of so few: a
    text that is mostly written so has runs of ``letters``. A text with fewer words than a run but
    at least one has a single shingle of all its words *and their number*, digits and marks as they
    stand, so that it can only match a text of exactly the same words; a text without words has
    none.
    """
    counts = texts.words.counts()
    sizes = np.where(_unspaced(texts.folded, texts.words) * 2 > counts, letters, words)
    first, heads, lengths = _runs(counts, sizes, texts.words.first[:-1])
    hashes = hash_runs(texts.hashes, heads, lengths)
    return Shingles(_told_apart(hashes, first, texts, counts < sizes), first)


def character_shingles(texts: FoldedWords, characters: int) -> Shingles:
    """Hashes of all runs of ``characters`` characters of the folded texts, words one space apart.

    A text of fewer characters has a single shingle, of all of it, digits and marks as they stand,
    so that it can only match a text of exactly the same words; a text without words has none.
    """
    folded = _one_space_apart(texts.folded)
    counts = np.diff(folded.starts)
    sizes = np.full(len(counts), characters)
    first, heads, lengths = _runs(counts, sizes, folded.starts[:-1])
    # Runs of two lengths never meet: the short one is all of its text.
    hashes = hashes_between(folded.prefix_sums, heads, heads + lengths)
    hashes = mix(hashes + lengths.astype(np.uint64))
    return Shingles(_told_apart(hashes, first, texts, counts < sizes), first)


def _told_apart(
    hashes: NDArray[np.uint64], first: Counts, texts: FoldedWords, is_short: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    """The shingles, those of short texts (one each, or none) with the details of the text."""
    short = np.flatnonzero(is_short & (np.diff(first) > 0))
    if len(short):
        hashes[first[short]] ^= _details(texts.points.texts(short))
    return hashes


def _runs(counts: Counts, sizes: Counts, starts: Counts) -> tuple[Counts, Counts, Counts]:
    """Runs of ``sizes`` among so many things a text: ``first``, and head and length of each run."""
    runs = np.where(counts >= sizes, counts - sizes + 1, np.minimum(counts, 1))
    first = np.concatenate([[0], np.cumsum(runs)]).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], runs)
    heads = np.repeat(starts, runs) + within
    return first, heads, np.repeat(np.minimum(counts, sizes), runs)


def _unspaced(folded: CodePoints, words: Words) -> Counts:
    """How many words of each text are letters of scripts without spaces: int64[n]."""
    unspaced = (classes()[folded.codes[words.starts]] & UNSPACED) > 0
    before = np.concatenate([[0], np.cumsum(unspaced)])
    counts: Counts = np.diff(before[words.first])
    return counts


def _one_space_apart(folded: CodePoints) -> CodePoints:
    """Folded texts with one space where there were more, and none at their ends."""
    ink = folded.codes != _SPACE
    behind = np.append(False, ink[:-1])[: len(ink)]
    behind[folded.starts[:-1][folded.starts[:-1] < len(ink)]] = False
    single = folded.chosen(ink | behind)
    ends = single.starts[1:][np.diff(single.starts) > 0] - 1
    kept = np.ones(len(single.codes), dtype=np.bool_)
    kept[ends] = single.codes[ends] != _SPACE
    return single.chosen(kept)


def hash_runs(hashes: NDArray[np.uint64], heads: Counts, lengths: Counts) -> NDArray[np.uint64]:
    """Order-dependent hash of ``lengths[i]`` words from ``heads[i]`` on."""
    total = mix(lengths.astype(np.uint64))
    for offset in range(lengths.max(initial=0)):
        long = slice(None) if (lengths > offset).all() else np.flatnonzero(lengths > offset)
        total[long] = total[long] * _STEP + hashes[heads[long] + offset]
    return mix(total)
