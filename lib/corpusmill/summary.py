"""What happened at each stage, counted from the tables: the same after a run and a year later."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.mill import Mill
from corpusmill.pii.rules import REPLACED
from corpusmill.pii.transform import dropped


def summarise(mill: Mill) -> dict[str, Any]:
    """Counts of documents, reasons, twins, findings and tokens; narrow columns only, no text."""
    rows = {name: mill.warehouse.snapshot(name).rows for name in _TABLES}
    selection, duplicates, spans = rows["selection"], rows["duplicates"], rows["pii_spans"]
    gone = dropped(spans)
    clean, staying = rows["clean_documents"], mill.recipe.selection.keep_per_cluster
    return {
        "raw_documents": rows["raw_documents"].count(),
        "quarantined": _counts(rows["quarantine"], "reason"),
        "documents": rows["documents"].count(),
        "languages": _counts(rows["languages"], "language"),
        "scored": rows["quality"].count(),
        **reasons_of(selection),
        "kept": selection.where("kept").count(),
        "duplicates": _counts(duplicates.where("not is_survivor"), "relation"),
        "clusters": duplicates.where("is_survivor").count(),
        "pii": _counts(spans.where(F.col("action").isin(*REPLACED)), "kind"),
        "pii_failed": gone.where("failed").count(),
        "pii_dropped": gone.count(),
        "edited_characters": _edited(rows["edits"]),
        "clean_documents": clean.count(),
        "lost_with_survivor": lost_with_survivor(duplicates, clean, staying),
        "tokens": rows["tokens"].agg(F.coalesce(F.sum("token_count"), F.lit(0))).collect()[0][0],
    }


def reasons_of(selection: DataFrame) -> dict[str, dict[str, int]]:
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
    return {name: _ordered(counts) for name, counts in found.items()}


def lost_with_survivor(duplicates: DataFrame, clean: DataFrame, kept: int) -> int:
    """Twins past the first ``kept`` of clusters of which caps or later steps left nothing."""
    there = duplicates.join(clean.select("doc_id"), "doc_id", "left_semi").select("cluster_id")
    gone = duplicates.join(there, "cluster_id", "left_anti")
    return gone.where(F.col("place") > kept).count()


def table(counts: dict[str, Any], built: dict[str, int], seconds: dict[str, float]) -> list[str]:
    """The counts, and those of the shard sets that were built, as lines for a terminal."""
    quarantined, dropped = counts["quarantined"], counts["dropped"]
    documents = counts["documents"]
    lines = [
        _row("ingest", f"{counts['raw_documents']:,} records in", _top(quarantined, "quarantined")),
        _row("languages", f"{len(counts['languages'])} found", _top(counts["languages"])),
        _row("select", f"{counts['kept']:,} of {documents:,} kept", ""),
        _row("dropped", "by reason (several may hold)", _top(dropped, most=6)),
        _row("duplicates", f"{counts['clusters']:,} clusters", _top(counts["duplicates"])),
        _row("pii", f"{sum(counts['pii'].values()):,} replaced", _top(counts["pii"], most=6)),
        _row("tokens", f"{counts['tokens']:,} tokens", f"{counts['clean_documents']:,} documents"),
        _row("shards", f"{built['shards']:,} shards", f"{built['sequences']:,} sequences"),
    ]
    lines += [_row(name, f"{spent:.1f} s", "") for name, spent in seconds.items()]
    return lines


_TABLES = (
    "raw_documents",
    "quarantine",
    "documents",
    "languages",
    "quality",
    "duplicates",
    "selection",
    "edits",
    "pii_spans",
    "clean_documents",
    "tokens",
)


def _counts(rows: DataFrame, column: str) -> dict[str, int]:
    found = {row[column]: row["count"] for row in rows.groupBy(column).count().collect()}
    return _ordered(found)


def _edited(edits: DataFrame) -> dict[str, int]:
    """Characters that each step asked to have cut or replaced, those that others did too."""
    length = F.col("end") - F.col("start")
    asked = edits.groupBy("step").agg(F.sum(length).alias("characters"))
    return _ordered({row.step: row.characters for row in asked.collect()})


def _ordered(found: dict[str, int]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _top(counts: dict[str, int], nothing: str = "none", most: int = 4) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:most]]
    more = len(counts) - most
    return ", ".join(shown + ([f"{more} more"] if more > 0 else [])) or f"nothing {nothing}"


def _row(name: str, first: str, second: str) -> str:
    return f"  {name:<26}{first:<30}{second}".rstrip()
