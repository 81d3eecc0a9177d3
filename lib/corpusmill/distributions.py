"""How lengths, signals and scores spread: percentiles by group and histograms of a bounded draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from corpusmill.contracts import contract
from corpusmill.sampling import sample

PERCENTS = (5, 25, 50, 75, 95)
DRAWN = 100_000  # documents looked at, about; all of them where they are fewer
GROUPS = 6  # languages, and sources, that are shown: those of most documents

SCORE = "classifier_scores."  # in front of a classifier's name
LENGTHS = ("characters", "token_count")
MEASURES = (*LENGTHS, "language_score")
_SIGNALS = tuple(c.name for c in contract("quality").columns if c.type == "bigint")
_GROUPS = ("language", "source", "kept")
_BINS = 40  # of a score
_MILLION = 1_000_000


@dataclass(frozen=True)
class Spread:
    """The percentiles of one signal in one group, and of how many documents they are."""

    signal: str
    by: str
    name: str
    documents: int
    percentiles: tuple[int, ...]


@dataclass(frozen=True)
class Histogram:
    """Documents by one measure, ``edges[n]`` up to but not ``edges[n + 1]``; kept ones apart."""

    signal: str
    edges: tuple[int, ...]
    kept: tuple[int, ...]
    dropped: tuple[int, ...]


@dataclass(frozen=True)
class Distributions:
    """Spreads by signal, language before source; ``drawn`` of ``documents`` were looked at."""

    drawn: int = 0
    documents: int = 0
    spreads: tuple[Spread, ...] = ()
    histograms: tuple[Histogram, ...] = ()


def percentiles(values: NDArray[np.int64]) -> tuple[int, ...]:
    """For each of ``PERCENTS`` the smallest value that so many of a hundred do not exceed.

    That is the nearest rank: always one of the values, which must be one or more.
    """
    ordered = np.sort(values)
    return tuple(int(ordered[-(-percent * len(ordered) // 100) - 1]) for percent in PERCENTS)


def length_edges(longest: int) -> tuple[int, ...]:
    """0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100 and so on, past ``longest``."""
    edges, power = [0, 1, 2, 3, 5, 7], 10
    while edges[-1] <= longest:
        edges += [power * tenths // 10 for tenths in (10, 15, 20, 30, 50, 70)]
        power *= 10
    return tuple(edges[: next(n for n, edge in enumerate(edges) if edge > longest) + 1])


def distributions(
    described: DataFrame, quality: DataFrame, seed: int, documents: int
) -> Distributions:
    """Spreads over about ``DRAWN`` of so many documents, drawn by keyed hash of (seed, doc_id).

    ``described`` has doc_id, source, language, kept and ``MEASURES`` of every document, any of
    which may be null. Narrow columns only; the driver holds the draw.
    """
    drawn = sample(described, "distributions", seed, (DRAWN, documents))
    rows = drawn.join(quality.select("doc_id", *_SIGNALS, "classifier_scores"), "doc_id", "left")
    table = rows.select(*_GROUPS, *MEASURES, *_SIGNALS, "classifier_scores").toArrow()
    table = _with_scores(table)
    spreads = [
        spread
        for signal in table.column_names[len(_GROUPS) :]
        for by in ("language", "source")
        for spread in _spreads(table, signal, by)
    ]
    measured = (*MEASURES, *(name for name in table.column_names if name.startswith(SCORE)))
    histograms = [_histogram(table, name) for name in measured]
    known = tuple(histogram for histogram in histograms if histogram is not None)
    return Distributions(len(table), documents, tuple(spreads), known)


def bucket_counts(selection: DataFrame, documents: DataFrame) -> list[Row]:
    """Rows (classifier, bucket, documents, characters, kept), best bucket first."""
    placed = selection.select("doc_id", "kept", F.explode("buckets").alias("classifier", "bucket"))
    sized = placed.join(documents.select("doc_id", "chars"), "doc_id")
    counted = sized.groupBy("classifier", "bucket").agg(
        F.count("*").alias("documents"),
        F.sum("chars").alias("characters"),
        F.count_if("kept").alias("kept"),
    )
    return counted.orderBy("classifier", F.desc("bucket")).collect()


def _with_scores(table: pa.Table) -> pa.Table:
    """The map of scores as a column for each classifier."""
    maps = [dict(scores or ()) for scores in table.column("classifier_scores").to_pylist()]
    table = table.drop_columns(["classifier_scores"])
    for name in sorted({name for scores in maps for name in scores}):
        scores = pa.array([scores.get(name) for scores in maps], pa.int64())
        table = table.append_column(f"{SCORE}{name}", scores)
    return table


def _histogram(table: pa.Table, signal: str) -> Histogram | None:
    """None where no document has a value."""
    known = table.select([signal, "kept"]).filter(table.column(signal).is_valid())
    if not len(known):
        return None
    values = known.column(signal).to_numpy().astype(np.int64)
    kept = known.column("kept").fill_null(True).to_numpy()
    edges = tuple(range(0, _MILLION + 1, _MILLION // _BINS))
    if signal in LENGTHS:
        edges = length_edges(int(values.max()))
    counts = [np.histogram(values[which], bins=edges)[0].tolist() for which in (kept, ~kept)]
    return Histogram(signal, edges, tuple(counts[0]), tuple(counts[1]))


def _spreads(table: pa.Table, signal: str, by: str) -> list[Spread]:
    known = table.select([signal, by]).filter(table.column(signal).is_valid())
    numbers = known.column(signal).to_numpy().astype(np.int64)
    coded = known.column(by).combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy()
    names = coded.dictionary.to_pylist()
    counts = np.bincount(codes, minlength=len(names)).tolist()
    most = sorted(range(len(names)), key=lambda code: (-counts[code], names[code]))[:GROUPS]
    return [
        Spread(signal, by, names[code], counts[code], percentiles(numbers[codes == code]))
        for code in most
    ]
