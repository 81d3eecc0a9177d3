"""Decisions and signals against datatrove's own, on the same texts."""

from __future__ import annotations

import gzip
import json
import pydoc_data.topics
import re
from pathlib import Path

import numpy as np
import pytest
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.filters.gopher_repetition_filter import (
    find_all_duplicate,
    find_duplicates,
    find_top_duplicate,
    get_n_grams,
)
from datatrove.utils.text import PUNCTUATION_SET, split_into_words

from corpusmill.quality.batch import Limits, TextBatch
from corpusmill.quality.c4 import C4
from corpusmill.quality.c4_lines import judge_lines, removed_spans
from corpusmill.quality.filters import measure_all
from corpusmill.quality.presets import limits_of
from corpusmill.text.normalise import NormaliseRules, normalise

pytestmark = pytest.mark.heavy

NAMES = ("gopher_quality", "gopher_repetition", "c4", "fineweb")


def theirs() -> dict[str, object]:
    return {
        "gopher_quality": GopherQualityFilter(),
        "gopher_repetition": GopherRepetitionFilter(),
        "c4": C4QualityFilter(filter_no_terminal_punct=False),
        "fineweb": FineWebQualityFilter(),
    }


def keeps(of_theirs, text: str) -> bool:
    try:
        return of_theirs.filter(Document(text=text, id="")) is True
    except ZeroDivisionError:  # a text without words
        return False


@pytest.fixture(scope="module")
def prose() -> list[str]:
    """Pages about Python, which every Python has, our own licence and decisions, and pieces."""
    here = Path(__file__).parents[2]
    own = [here / "LICENSE", *sorted((here / "docs" / "decisions").glob("*.md"))]
    pages = [*pydoc_data.topics.topics.values(), *(file.read_text("utf-8") for file in own)]
    pieces = [
        page[start : start + 900] for page in pages[:-10:6] + pages[-10:] for start in (0, 1_500)
    ]
    repeated = [f"{piece}\n\n{piece[:300]}\n{piece[100:500]}" for piece in pieces[::3]]
    listed = ["\n".join(f"- {line}" for line in piece.split()) for piece in pieces[::5]]
    cited = [piece.replace(". ", ".[12] ").replace("and", "and {") for piece in pieces[::5]]
    return [
        text
        for text in (*pages[::4], *pages[-10:], *pieces, *repeated, *listed, *cited)
        if text.strip()
    ]


@pytest.fixture(scope="module")
def real(shared_data) -> list[str]:
    """Every fortieth English document of the mixed corpus, as ``documents.text`` would have it."""
    texts = []
    for file in sorted((shared_data / "mixed-corpus").glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        texts += [row["text"] for row in rows if row["lang_hint"].startswith("en")]
    rules = NormaliseRules().of("mixed")
    return [text for text in (normalise(each, rules).text for each in texts[::40]) if text]


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_keeps_what_datatrove_keeps(prose, name) -> None:
    ours, kept = kept_by_us(prose, name), [keeps(theirs()[name], text) for text in prose]

    assert ours == kept
    assert 0.05 < np.mean(kept) < 0.95


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_filter_keeps_what_datatrove_keeps_of_real_documents(real, name) -> None:
    of_theirs = theirs()[name]

    ours, kept = kept_by_us(real, name), [keeps(of_theirs, text) for text in real]

    assert np.mean(np.array(ours) == np.array(kept)) >= 0.995


def kept_by_us(texts: list[str], name: str) -> list[bool]:
    limits = {name: limits_of((name,), {}, {})[name]}
    _, broken = measure_all(texts, ["en"] * len(texts), limits)
    return [not rules for rules in broken]


def test_signals_are_what_datatrove_computes(prose) -> None:
    found, expected = signals_of(prose)

    assert found == pytest.approx(expected, rel=1e-6, abs=1)


@pytest.mark.slow
def test_signals_of_real_documents_are_within_a_hundredth(real) -> None:
    found, expected = signals_of(real)

    near = np.abs(found - expected) <= np.maximum(0.01 * expected, 1)
    assert near.mean() >= 0.9999


def signals_of(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Our signals and theirs: one row a text, in millionths."""
    expected = [reference(text) for text in texts]
    signals, _ = measure_all(texts, ["en"] * len(texts), limits_of(NAMES, {}, {}))
    found = np.array([signals[name] for name in expected[0]], dtype=float).T
    return found, np.array([[value * 1_000_000 for value in row.values()] for row in expected])


def reference(text: str) -> dict[str, float]:
    words = split_into_words(text, "en")
    spoken = [word for word in words if any(each not in PUNCTUATION_SET for each in word)] or [""]
    lines = [line for line in re.split("\n+", text) if line]
    paragraphs = re.split("\n{2,}", text.strip())
    long_lines = [line for line in text.split("\n") if line.strip()]
    return {
        "mean_word_length": sum(map(len, spoken)) / len(spoken),
        "lettered_words": sum(any(c.isalpha() for c in word) for word in words) / len(words),
        "hashes_per_word": text.count("#") / len(words),
        "duplicate_lines": find_duplicates(lines)[0] / len(lines),
        "duplicate_line_characters": find_duplicates(lines)[1] / len(text),
        "duplicate_paragraphs": find_duplicates(paragraphs)[0] / len(paragraphs),
        "duplicate_paragraph_characters": find_duplicates(paragraphs)[1] / len(text),
        **{
            f"top_{size}_gram_characters": find_top_duplicate(get_n_grams(words, size) or [""])
            / len(text)
            for size in (2, 3, 4)
        },
        **{
            f"duplicate_{size}_gram_characters": find_all_duplicate(words, size) / len(text)
            for size in range(5, 11)
        },
        "short_lines": sum(len(line) <= 30 for line in long_lines) / len(long_lines),
        "duplicate_line_share": find_duplicates(long_lines)[1] / len(text.replace("\n", "")),
        "line_feeds_per_word": text.count("\n") / len(words),
    }


@pytest.mark.parametrize("terminal", [True, False])
def test_the_lines_that_c4_leaves_are_those_that_datatrove_leaves(prose, terminal) -> None:
    options = {"filter_no_terminal_punct": terminal, "min_num_sentences": 0}
    of_theirs = C4QualityFilter(**options, filter_curly_bracket=False)
    changed = 0

    for text, ours in zip(prose, without_lines(prose, terminal), strict=True):
        document = Document(text=text, id="")
        of_theirs.filter(document)
        if document.text:  # where no line stays, we leave the text alone
            assert stripped(ours) == stripped(document.text)
        changed += stripped(text) != stripped(ours)

    assert changed > 20


def stripped(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def without_lines(texts: list[str], terminal: bool) -> list[str]:
    batch = TextBatch.of(texts, ["en"] * len(texts))
    limits = Limits((C4(terminal_punctuation=terminal),), np.zeros(len(texts), dtype=np.int64))
    found = removed_spans(batch, judge_lines(batch, limits))
    left = list(texts)
    for text, start, end in reversed(list(zip(*(each.tolist() for each in found), strict=True))):
        left[text] = left[text][:start] + left[text][end:]
    return left
