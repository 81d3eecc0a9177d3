"""The facts of the report, counted from the tables: narrow columns, and texts of samples only.

The driver holds a row for each group, reason, kind and size, and the bounded draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill import __version__
from corpusmill.config import plain
from corpusmill.distributions import bucket_counts, distributions
from corpusmill.ingest.transform import IS_RECORD
from corpusmill.losses import losses
from corpusmill.mill import Mill
from corpusmill.pii.rules import KEEP, REPLACED, PiiRules
from corpusmill.pii.settle import settled
from corpusmill.pii.transform import dropped
from corpusmill.report.facts import (
    Cluster,
    Facts,
    Flow,
    Personal,
    Privacy,
    Provenance,
    Reasons,
    Twins,
)
from corpusmill.report.read import NARROW, OF_LICENCE, Read
from corpusmill.report.sets import pins_shown, recipe_behind, sets_of, widened
from corpusmill.samples import Tables, draw_samples
from corpusmill.twins import decided_twins

GROUPS = ("source", "language", "kind", "origin")
LARGEST = 10  # clusters that are told apart
_AT_ONCE = 4  # queries


def gather(mill: Mill, samples: int) -> Facts:
    """Everything the report tells of the tables of a run, with so many samples of each sort."""
    read = Read(mill)
    sets = sets_of(mill.warehouse, read)
    recipe = recipe_behind(sets, "selection", read.chain("selection"))
    pii = widened(settled(mill.recipe.pii), sets)
    questions = _questions(mill, read, recipe, pii, samples)
    found = _answers(questions | {"pins": lambda: pins_shown(mill.warehouse, sets)})
    flows, provenance = found.pop("flows")
    return Facts(
        place=mill.warehouse.place,
        corpusmill=__version__,
        tables=tuple(read.states.values()),
        flows=flows,
        provenance=provenance,
        sets=sets,
        recipe=recipe,
        **found,
    )


def _questions(
    mill: Mill, read: Read, recipe: Mapping[str, Any], pii: PiiRules, samples: int
) -> dict[str, Callable[[], Any]]:
    """What finds the facts, by their names; ``flows`` comes with what provenance tells.

    The recipe of this run speaks where the one behind the tables is not known.
    """
    written = recipe or {"seed": mill.recipe.seed, "selection": plain(mill.recipe.selection)}
    seed, keep = written["seed"], written["selection"]["keep_per_cluster"]
    documents = read.count("raw_documents")
    described = read.described(*NARROW)
    groups = read.described("languages").select("doc_id", "source", "language", "kind")
    measured = read.described("documents", "languages", "selection", "tokens")
    measures = measured.select(
        *("doc_id", "source", "language", "kept", "language_score"),
        *(F.col("chars").alias("characters"), "token_count"),
    )
    rows = {name: read.rows(name) for name in read.states}
    tables = Tables(*(rows[name] for name in ("selection", "duplicates", "pii_spans", "documents")))
    return {
        "flows": lambda: flows_of(described),
        "samples": lambda: draw_samples(mill.spark, tables, pii, seed, samples),
        "losses": lambda: losses(rows["selection"], groups),
        "distributions": lambda: distributions(measures, rows["quality"], seed, documents),
        "reasons": lambda: reasons_of(rows["selection"]),
        "quarantined": lambda: counts(rows["quarantine"], "reason"),
        "buckets": lambda: [*map(tuple, bucket_counts(rows["selection"], rows["documents"]))],
        "twins": lambda: _twins(read, keep),
        "privacy": lambda: _privacy(read),
        "edited": lambda: _edited(rows["edits"]),
    }


def _answers(questions: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """None hangs on another and each leaves cores idle, so several are asked at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {name: pool.submit(question) for name, question in questions.items()}
    return {name: answer.result() for name, answer in asked.items()}


def reasons_of(selection: DataFrame) -> Reasons:
    """Documents that a reason ``dropped`` or only ``tagged``, and those where it ``decided``."""
    of = {
        "dropped": F.col("decided_by"),
        "tagged": F.array_except("reasons", "decided_by"),
        "decided": F.slice("decided_by", 1, 1),
    }
    pairs = F.create_map(*(part for name, said in of.items() for part in (F.lit(name), said)))
    each = selection.select(F.explode(pairs).alias("name", "said"))
    each = each.select("name", F.explode("said").alias("reason"))
    found: dict[str, dict[str, int]] = {name: {} for name in of}
    for row in each.groupBy("name", "reason").count().collect():
        found[row["name"]][row.reason] = row["count"]
    return Reasons(**{name: ordered(reasons) for name, reasons in found.items()})


def lost_with_survivor(duplicates: DataFrame, clean: DataFrame, kept: int) -> int:
    """Twins that go where ``kept`` texts of a cluster stay, but caps or later steps left none."""
    there = duplicates.join(clean.select("doc_id"), "doc_id", "left_semi").select("cluster_id")
    gone = duplicates.join(there, "cluster_id", "left_anti")
    return decided_twins(gone, kept, False).where("reason is not null").count()


def counts(rows: DataFrame, column: str) -> dict[str, int]:
    """Rows by the values of a column, most first."""
    found = {row[column]: row["count"] for row in rows.groupBy(column).count().collect()}
    return ordered(found)


def ordered(found: Mapping[str, int]) -> dict[str, int]:
    """Most first, then by name."""
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def flows_of(described: DataFrame) -> tuple[list[Flow], list[Provenance]]:
    """Flows of every group by ``GROUPS``, and provenance by source and licence: one pass."""
    even = F.col("in_tokens") & F.col("in_edits").isNull() & F.col("words").isNotNull()
    sums = {
        "records": F.count_if(F.expr(IS_RECORD)),
        "accepted": F.count("*"),
        "documents": F.count("in_documents"),
        "scored": F.count("in_quality"),
        "kept": F.count_if(F.col("kept")),
        "clean": F.count("in_clean_documents"),
        "tokenised": F.count("in_tokens"),
        "clusters": F.count_if(F.col("is_survivor")),
        "twins": F.count_if(~F.col("is_survivor")),
        "characters": F.sum("chars"),
        "tokens": F.sum("token_count"),
        "unknown": F.sum("unknown_count"),
        "even_documents": F.count_if(even),
        "even_characters": F.sum(F.when(even, F.col("chars"))),
        "even_words": F.sum(F.when(even, F.col("words"))),
        "even_tokens": F.sum(F.when(even, F.col("token_count"))),
    }
    columns = [*OF_LICENCE, "language"]
    cells = described.groupBy(*columns).agg(*(total.alias(name) for name, total in sums.items()))
    sets = [[F.col(name)] for name in GROUPS] + [[F.col(name) for name in OF_LICENCE]]
    totals = [F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in sums]
    number = F.grouping_id(*columns).alias("grouping")
    rows = cells.groupingSets(sets, *map(F.col, columns)).agg(*totals, number).collect()
    flows, provenance = [], []
    for row in rows:
        grouped = [name for n, name in enumerate(columns) if not row.grouping >> (4 - n) & 1]
        if len(grouped) == 1:
            own = {name: row[name] for name in sums}
            flows.append(Flow(grouped[0], row[grouped[0]], **own))
        else:
            place = {name: row[name] for name in OF_LICENCE}
            sizes = {"documents": row.accepted, "tokenised": row.tokenised, "tokens": row.tokens}
            provenance.append(Provenance(**place, **sizes))
    flows.sort(key=lambda flow: (GROUPS.index(flow.by), flow.name))
    provenance.sort(key=lambda own: (-own.tokens, -own.documents, own.source, own.licence or ""))
    return flows, provenance


def _twins(read: Read, kept: int) -> Twins:
    if not read.count("duplicates"):
        return Twins()
    duplicates = read.rows("duplicates")
    sizes: dict[int, int] = {}
    relations: dict[str, int] = {}
    grouped = duplicates.groupBy("is_survivor", "relation", "cluster_size").count().collect()
    for row in grouped:
        if row.is_survivor:
            sizes[row.cluster_size] = sizes.get(row.cluster_size, 0) + row["count"]
        else:
            relations[row.relation] = relations.get(row.relation, 0) + row["count"]
    sources = read.rows("documents").select("doc_id", "source")
    lost = lost_with_survivor(duplicates, read.rows("clean_documents"), kept)
    overlaps = _overlaps(duplicates, sources)
    largest = _largest(duplicates, sources)
    return Twins(dict(sorted(sizes.items())), ordered(relations), largest, overlaps, lost)


def _overlaps(duplicates: DataFrame, sources: DataFrame) -> dict[tuple[str, str], int]:
    survivors = sources.toDF("survivor_id", "survivor_source")
    twins = duplicates.where("not is_survivor").select("doc_id", "survivor_id")
    both = twins.join(sources, "doc_id").join(survivors, "survivor_id")
    rows = both.groupBy("source", "survivor_source").count().collect()
    rows.sort(key=lambda row: (-row["count"], row.source, row.survivor_source))
    return {(row.source, row.survivor_source): row["count"] for row in rows}


def _largest(duplicates: DataFrame, sources: DataFrame) -> list[Cluster]:
    survivors = duplicates.where("is_survivor").select("cluster_id", "cluster_size", "survivor_id")
    top = survivors.orderBy(F.desc("cluster_size"), "cluster_id").limit(LARGEST)
    members = duplicates.select("doc_id", "cluster_id").join(F.broadcast(top), "cluster_id")
    named = members.join(sources, "doc_id").groupBy(*top.columns, "source").count()
    found: dict[tuple[int, str, str], dict[str, int]] = {}
    for row in named.collect():
        key = (-row.cluster_size, row.cluster_id, row.survivor_id)
        found.setdefault(key, {})[row.source] = row["count"]
    return [
        Cluster(cluster_id, -size, survivor, ordered(by))
        for (size, cluster_id, survivor), by in sorted(found.items())
    ]


def _privacy(read: Read) -> Privacy:
    if not read.count("pii_spans"):
        return Privacy()
    spans = read.rows("pii_spans")
    sources = read.rows("documents").select("doc_id", "source")
    grouped = spans.join(sources, "doc_id").groupBy("kind", "source")
    rows = grouped.agg(
        F.count_if(F.col("action").isin(*REPLACED)).alias("replaced"),
        F.count_if(F.col("action") == KEEP).alias("kept"),
        F.count_if(~F.col("action").isin(*REPLACED, KEEP)).alias("dropped"),
        F.count_distinct("doc_id").alias("documents"),
    ).collect()
    found = sorted((Personal(*row) for row in rows), key=lambda own: (own.kind, own.source))
    [gone] = dropped(spans).agg(F.count("*").alias("all"), F.count_if("failed")).collect()
    return Privacy(found, gone[0], gone[1])


def _edited(edits: DataFrame) -> dict[str, int]:
    """Characters that each step asked to have cut or replaced, those that others did too."""
    length = F.col("end") - F.col("start")
    asked = edits.groupBy("step").agg(F.sum(length).alias("characters"))
    return ordered({row.step: row.characters for row in asked.collect()})
