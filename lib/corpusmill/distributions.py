"""How signals and scores spread over languages and sources: percentiles of a bounded draw."""

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

_SIGNALS = tuple(c.name for c in contract("quality").columns if c.type == "bigint")


@dataclass(frozen=True)
class Spread:
    """The percentiles of one signal in one group, and of how many documents they are."""

    signal: str
    by: str
    name: str
    documents: int
    percentiles: tuple[int, ...]


@dataclass(frozen=True)
class Distributions:
    """Spreads by signal, language before source; ``drawn`` of ``scored`` documents looked at."""

    drawn: int
    scored: int
    spreads: tuple[Spread, ...]


def percentiles(values: NDArray[np.int64]) -> tuple[int, ...]:
    """For each of ``PERCENTS`` the smallest value that so many of a hundred do not exceed.

    That is the nearest rank: always one of the values, which must be one or more.
    """
    ordered = np.sort(values)
    return tuple(int(ordered[-(-percent * len(ordered) // 100) - 1]) for percent in PERCENTS)


def distributions(quality: DataFrame, groups: DataFrame, seed: int) -> Distributions:
    """Spreads over about ``DRAWN`` scored documents, drawn by keyed hash of (seed, doc_id).

    ``groups`` has doc_id, language and source. Narrow columns only; the driver holds the draw.
    """
    scored = quality.count()
    drawn = sample(quality, "distributions", seed, (DRAWN, scored))
    rows = drawn.join(groups.select("doc_id", "language", "source"), "doc_id")
    table = rows.select("language", "source", *_SIGNALS, "classifier_scores").toArrow()
    table = _with_scores(table)
    spreads = [
        spread
        for signal in table.column_names[2:]
        for by in ("language", "source")
        for spread in _spreads(table, signal, by)
    ]
    return Distributions(len(table), scored, tuple(spreads))


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
        table = table.append_column(f"classifier_scores.{name}", scores)
    return table


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
