"""Words, lines and paragraphs of a batch, against plain string methods."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from corpusmill.quality.batch import Counts, Pieces, TextBatch, millionths, runs_of


def _strings(batch: TextBatch, pieces: Pieces) -> list[list[str]]:
    text = "".join(map(chr, batch.points.codes))
    spans = list(zip(pieces.starts.tolist(), pieces.ends.tolist(), strict=True))
    return [
        [text[start:end] for start, end in spans[first:last]]
        for first, last in zip(pieces.first[:-1], pieces.first[1:], strict=True)
    ]


def _by_text(strings: list[str], counts: Counts) -> list[list[str]]:
    rest = iter(strings)
    return [[next(rest) for _ in range(count)] for count in counts.tolist()]


def _batch(*texts: str) -> TextBatch:
    return TextBatch.of(texts, ["en"] * len(texts))


def test_lines_are_what_splitting_gives_without_blank_ones(babble: list[str]) -> None:
    expected = [[line for line in text.split("\n") if line.strip()] for text in babble]

    batch = _batch(*babble)

    assert _strings(batch, batch.lines) == expected


def test_the_text_of_a_line_has_no_white_space_around_it(babble: list[str]) -> None:
    expected = [line.strip() for text in babble for line in text.split("\n") if line.strip()]

    batch = _batch(*babble)

    starts, ends = batch.line_text
    assert _strings(batch, replace(batch.lines, starts=starts, ends=ends)) == _by_text(
        expected, batch.lines.counts
    )


def test_paragraphs_are_what_splitting_the_stripped_text_gives(babble: list[str]) -> None:
    expected = [
        [part for part in re.split("\n{2,}", text.strip()) if part.strip()] for text in babble
    ]

    batch = _batch(*babble)

    assert _strings(batch, batch.paragraphs) == expected


def test_line_feeds_of_two_texts_make_no_paragraph_between_them() -> None:
    texts = ["a\n", "\nb", "", "\n", "\n\n", "c\nd"]

    batch = _batch(*texts)

    assert _strings(batch, batch.paragraphs) == [["a"], ["b"], [], [], [], ["c\nd"]]
    assert _strings(batch, batch.lines) == [["a"], ["b"], [], [], [], ["c", "d"]]


def test_repeats_are_the_later_ones_of_equal_lines_of_one_text(babble: list[str]) -> None:
    batch = _batch("a\nb\na\na", "b\nc", "same", "same", *babble)

    repeats = batch.lines.repeats.tolist()

    expected = []
    for lines in _strings(batch, batch.lines):
        expected += [line in lines[:place] for place, line in enumerate(lines)]
    assert repeats == expected
    assert repeats[:8] == [False, False, True, True, False, False, False, False]


def test_a_text_is_taken_apart_alike_in_any_company(babble: list[str]) -> None:
    together = _batch(*babble)

    apart = [_batch(text) for text in babble]

    assert np.array_equal(
        together.words.hashes, np.concatenate([one.words.hashes for one in apart])
    )
    assert np.array_equal(
        together.lines.hashes, np.concatenate([one.lines.hashes for one in apart])
    )


def test_totals_add_up_within_texts_and_are_zero_for_empty_ones() -> None:
    batch = _batch("", "one three", "", "fourteen")

    totals = batch.words.totals(batch.words.lengths)

    assert totals.tolist() == [0, 8, 0, 8]


def test_runs_of_a_character_end_with_their_text() -> None:
    batch = _batch("a..b.", "..", "", ".", "x")

    starts, lengths = runs_of(batch.points, ".")

    assert starts.tolist() == [1, 4, 5, 7]
    assert lengths.tolist() == [2, 1, 2, 1]


def test_occurrences_are_counted_for_each_text(babble: list[str]) -> None:
    expected = [text.count("#") + text.count("…") for text in babble]

    counts = _batch(*babble).occurrences("#…")

    assert counts.tolist() == expected
    assert sum(expected) > 100


def test_ratios_are_rounded_down_and_nothing_counts_as_one() -> None:
    parts, wholes = np.array([2, 1, 0, 5]), np.array([3, 3, 0, 0])

    ratios = millionths(parts, wholes)

    assert ratios.tolist() == [666_666, 333_333, 0, 5_000_000]


def test_every_text_needs_its_language() -> None:
    with pytest.raises(ValueError, match="2 texts, but 1 languages"):
        TextBatch.of(["a", "b"], ["en"])


def test_a_batch_without_texts_has_no_pieces() -> None:
    batch = _batch()

    pieces = (batch.words, batch.lines, batch.paragraphs)

    assert [len(each) for each in pieces] == [0, 0, 0]
    assert len(batch) == 0
