"""The mix of every stage: counted, planned and told before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.mill import KEYS, Mill
from corpusmill.refusal import Refused
from corpusmill.shards.mix import MixPlan, lines, plan_mix, report
from corpusmill.shards.mix_rules import BUCKET, MixStage
from corpusmill.shards.transform import (
    cell_tokens,
    last_once_more,
    mix_documents,
    mixable_documents,
)
from corpusmill.warehouse import Snapshot

_DESCRIBED = {"clean_documents": ("source", "language"), "raw_documents": ("kind", "origin")}
_PARTS = "cell string, part int, repeats int, rest bigint"


@dataclass(frozen=True)
class Mixed:
    """The rows of ``mix_plan``, the tables they come from (tokens first), a report by stage."""

    rows: DataFrame
    reads: Sequence[Snapshot]
    reports: Mapping[str, dict[str, Any]]


def plan_stages(mill: Mill) -> Mixed:
    """Plan the stages of ``recipe.mix`` from the counts of tokens.

    The driver holds a row for each combination of values that a stage asks for. Raises ``Refused``
    for a wish that cannot be met; nothing is written.
    """
    if "mix_plan" in mill.versions:
        raise Refused("--table-version mix_plan: build-shards plans anew; name tokens instead")
    stages = mill.recipe.mix.stages
    reads = {name: mill.read(name) for name in ("tokens", "selection", *_tables(stages))}
    _check_kept(reads["tokens"], reads["selection"])
    rows, reports = [], {}
    for stage in stages:
        mixable = mixable_documents(
            reads["tokens"].rows,
            reads["selection"].rows,
            _described(reads, stage),
            stage,
            mill.recipe.seed,
        )
        frame, reports[stage.name] = _planned(mill, mixable, stage)
        rows.append(frame)
        for line in lines(stage.name, reports[stage.name]):
            mill.progress.say(line)
    return Mixed(reduce(DataFrame.unionByName, rows), [*reads.values()], reports)


def _check_kept(tokens: Snapshot, selection: Snapshot) -> None:
    """Raise ``Refused`` where documents have tokens that the selection lets go by now."""
    kept = selection.rows.where("kept").select(*KEYS)
    left = tokens.rows.select(*KEYS).join(kept, KEYS, "left_anti").count()
    if left:
        raise Refused(
            f"table tokens has {left} documents that version {selection.version} of selection does "
            "not keep; run redact-pii and tokenize-documents first, or name the version of "
            "selection that these tokens are of"
        )


def _planned(mill: Mill, mixable: DataFrame, stage: MixStage) -> tuple[DataFrame, dict[str, Any]]:
    counted = cell_tokens(mixable).collect()
    plan = plan_mix(stage, {_values(stage, row.cell): row.tokens for row in counted})
    rows = [
        ("\0".join(values), number, part.repeats, part.rest)
        for number, part in enumerate(plan.parts)
        for values in part.pool.cells
    ]
    parts = mill.spark.createDataFrame(rows, _PARTS)
    found = _last(mixable, parts, plan)
    last = {number: last for number, (last, _) in found.items()}
    told = [(cell, repeats, last.get(number, "")) for cell, number, repeats, _ in rows]
    ends = mill.spark.createDataFrame(told, "cell string, repeats int, last string")
    more = [found.get(number, ("", 0))[1] for number in range(len(plan.parts))]
    return mix_documents(mixable, ends, stage.name), report(plan, more)


def _last(mixable: DataFrame, parts: DataFrame, plan: MixPlan) -> dict[int, tuple[str, int]]:
    """By part: the last document that stands once more, and the tokens of those that do."""
    if not any(part.rest for part in plan.parts):
        return {}
    rows = last_once_more(mixable, parts).collect()
    return {row.part: (row.last, row.tokens) for row in rows}


def _values(stage: MixStage, cell: str) -> tuple[str, ...]:
    return tuple(cell.split("\0")) if stage.columns else ()


def _tables(stages: Sequence[MixStage]) -> list[str]:
    """The tables that describe the documents as the stages ask."""
    asked = {column for stage in stages for column in stage.columns}
    return [name for name, columns in _DESCRIBED.items() if asked & set(columns)]


def _described(reads: Mapping[str, Snapshot], stage: MixStage) -> list[DataFrame]:
    """Frames with the columns of the stage, each as narrow as can be."""
    frames = []
    for table, known in _DESCRIBED.items():
        columns = [name for name in known if name in stage.columns]
        keys = KEYS if table == "clean_documents" else KEYS[:1]
        if columns:
            frames.append(reads[table].rows.select(*keys, *columns))
    if stage.classifiers:
        buckets = [F.col("buckets")[name].alias(f"{BUCKET}{name}") for name in stage.classifiers]
        frames.append(reads["selection"].rows.select(*KEYS, *buckets))
    return frames
