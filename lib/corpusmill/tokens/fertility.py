"""How many tokens a tokenizer makes of the texts of each language, and how many it knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from corpusmill.text.codepoints import CodePoints
from corpusmill.text.words import split_words
from corpusmill.tokens.encode import Encoder

ALL = "all"
_BATCH = 500
_WIDTH = 12

Counts = dict[str, int]


def fertility(
    documents: Iterable[tuple[str, str]], encoders: Mapping[str, Encoder]
) -> dict[str, Any]:
    """Figures of each tokenizer, by language and of ``all``, from (language, text) pairs.

    Sums of documents, bytes, words (as ``corpusmill.text.words`` has them), tokens and unknown
    tokens; in thousandths tokens_a_word and bytes_a_token, in millionths unknown_share: whole
    numbers, rounded down, and None where there is nothing to divide by.
    """
    found: dict[str, dict[str, Counts]] = {name: {} for name in encoders}
    rows = iter(documents)
    while batch := list(islice(rows, _BATCH)):
        languages, texts = zip(*batch, strict=True)
        common = {
            "documents": [1] * len(texts),
            "bytes": [len(text.encode()) for text in texts],
            "words": split_words(CodePoints.of(texts)).counts().tolist(),
        }
        for name, encoder in encoders.items():
            ids = encoder.encode(texts)
            unknown = [0 if encoder.unknown is None else np.sum(i == encoder.unknown) for i in ids]
            columns = {**common, "tokens": list(map(len, ids)), "unknown": unknown}
            _add(found[name], languages, columns)
    return {name: _figures(by_language) for name, by_language in found.items()}


def table(figures: Mapping[str, Any]) -> Iterator[str]:
    """The figures as lines to read: a language a line, the tokenizers side by side."""
    heads = ("tokens/word", "bytes/token", "unknown %")
    yield " " * 30 + "".join(f"{name[: 3 * _WIDTH - 2]:>{3 * _WIDTH}}" for name in figures)
    yield _line("language", ["documents", *heads * len(figures)])
    one = next(iter(figures.values()))
    for language, counts in one.items():
        cells = [f"{counts['documents']:,}"]
        for of in figures.values():
            told = of[language]
            cells += [_places(told[name], 1_000) for name in ("tokens_a_word", "bytes_a_token")]
            cells.append(_places(told["unknown_share"], 10_000))
        yield _line(language, cells)


def _add(
    found: dict[str, Counts], languages: Sequence[str], columns: Mapping[str, Sequence[int]]
) -> None:
    for name, values in columns.items():
        for language, value in zip(languages, values, strict=True):
            counts = found.setdefault(language, {})
            counts[name] = counts.get(name, 0) + int(value)


def _figures(found: Mapping[str, Counts]) -> dict[str, dict[str, int | None]]:
    """Most tokens first; those of all languages before them."""
    names = ("documents", "bytes", "words", "tokens", "unknown")
    whole = {name: sum(counts[name] for counts in found.values()) for name in names}
    ordered = sorted(found.items(), key=lambda item: (-item[1]["tokens"], item[0]))
    return {language: _ratios(counts) for language, counts in [(ALL, whole), *ordered]}


def _ratios(counts: Counts) -> dict[str, int | None]:
    return {
        **counts,
        "tokens_a_word": _ratio(counts["tokens"], counts["words"], 1_000),
        "bytes_a_token": _ratio(counts["bytes"], counts["tokens"], 1_000),
        "unknown_share": _ratio(counts["unknown"], counts["tokens"], 1_000_000),
    }


def _ratio(part: int, whole: int, scale: int) -> int | None:
    return part * scale // whole if whole else None


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:<18}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)


def _places(value: int | None, scale: int) -> str:
    if value is None:
        return "-"
    whole, rest = divmod(value, scale)
    return f"{whole}.{rest:0{len(str(scale)) - 1}}"
