"""The figures of an evaluation as lines to read, a kind, language or source a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpusmill.pii.evaluate import ALL, GROUPS, MEASURES

_RATIOS = ("precision", "recall", "f2")
_HEADS = ("labelled", "found", *("prec", "recall", "F2") * 2, "damage/M", "leaked")
_WIDTH = 9


def table(figures: Mapping[str, Any]) -> Iterator[str]:
    """Heads and rows. Ratios have four places, the nearest; a ratio of nothing is ``-``."""
    above = [f"{name:>{_WIDTH * len(_RATIOS)}}" for name in MEASURES]
    yield " " * (16 + 2 * _WIDTH) + "".join(above)
    yield _line("kind", _HEADS)
    for kind, of in figures["kinds"].items():
        yield _row(kind, of)


def group_table(figures: Mapping[str, Any]) -> Iterator[str]:
    """The same of all kinds together, for each language and source; nothing where none is known."""
    for by in GROUPS:
        if figures[by]:
            yield _line(by, _HEADS)
        for name, group in figures[by].items():
            yield _row(name, group["kinds"][ALL])


def _row(name: str, of: Mapping[str, Any]) -> str:
    ratios = [_ratio(of[measure][ratio]) for measure in MEASURES for ratio in _RATIOS]
    counts = [_count(of[n]) for n in ("labelled", "found", "damage_per_million", "leaked")]
    return _line(name, [*counts[:2], *ratios, *counts[2:]])


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:<16}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _ratio(millionths: int | None) -> str:
    """By whole numbers: a float would round a half to either side."""
    if millionths is None:
        return "-"
    whole, places = divmod((millionths + 50) // 100, 10_000)
    return f"{whole}.{places:04}"
