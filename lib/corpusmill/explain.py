"""Everything that was decided about one document, table by table."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill.mill import Mill
from corpusmill.refusal import Refused
from corpusmill.shards.format import FormatError, read_map
from corpusmill.shards.manifest import ManifestError, read_manifest

_SHOWN = {
    "raw_documents": ["source", "record_key", "path", "record_number", "created", "kind", "origin"],
    "documents": ["text_digest", "chars"],
    "languages": ["language", "top_language", "language_score"],
    "duplicates": ["cluster_id", "cluster_size", "is_survivor", "partner_id", "relation"],
    "selection": ["kept", "reasons"],
    "pii_spans": ["kind", "start", "end", "recogniser", "score", "action"],
    "edits": ["step", "start", "end", "replacement"],
    "clean_documents": ["source", "language"],
    "tokens": ["token_count"],
    "mix_plan": ["stage", "repeats"],
}


def explain(mill: Mill, doc_id: str) -> dict[str, Any]:
    """Rows about a document by table, signals and rules included, never its text.

    Raises ``Refused`` for an id that no table knows.
    """
    found: dict[str, Any] = {}
    for name, columns in _SHOWN.items():
        rows = _of(mill, name, doc_id).select(*columns).collect()
        found[name] = [row.asDict(recursive=True) for row in rows]
    found["quality"] = [
        {key: value for key, value in row.asDict(recursive=True).items() if value is not None}
        for row in _of(mill, "quality", doc_id).collect()
    ]
    refused = mill.warehouse.snapshot("quarantine").rows.where(F.col("doc_id") == doc_id)
    found["quarantine"] = [row.asDict() for row in refused.select("path", "reason").collect()]
    found["edges"] = mill.warehouse.snapshot("edges").rows.where(_touches(doc_id)).count()
    if not found["raw_documents"]:
        raise Refused(f"no document has the id {doc_id}")
    found["shards"] = _places(mill, doc_id)
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """The same for a person: one line a row."""
    shown = []
    for name, rows in found.items():
        if not isinstance(rows, list):
            shown.append(f"{name}: {rows}")
        elif not rows:
            shown.append(f"{name}: no row")
        else:
            shown += [f"{name}: {', '.join(f'{k}={v}' for k, v in row.items())}" for row in rows]
    return shown


def _of(mill: Mill, name: str, doc_id: str) -> DataFrame:
    return mill.warehouse.snapshot(name).rows.where(F.col("doc_id") == doc_id)


def _touches(doc_id: str) -> Any:
    key = F.unhex(F.lit(doc_id))
    return (F.col("a") == key) | (F.col("b") == key)


def _places(mill: Mill, doc_id: str) -> list[dict[str, Any]]:
    """Where the sets of each stage that were made of its newest tokens hold pieces of it."""
    sets = mill.warehouse.snapshot("shard_sets").rows
    newest = sets.groupBy("stage").agg(F.max("tokens_version").alias("tokens_version"))
    rows = sets.join(newest, ["stage", "tokens_version"]).orderBy("stage", "digest", "manifest")
    return [place for row in rows.collect() for place in _pieces(row.manifest, doc_id)]


def _pieces(path: str, doc_id: str) -> list[dict[str, Any]]:
    try:
        manifest = read_manifest(path)
    except (ManifestError, OSError):
        return [{"manifest": path, "readable": False}]
    key = list(bytes.fromhex(doc_id))
    places = []
    for shard in manifest.content["shards"]:
        file = manifest.folder / shard["docs"]["name"]
        try:
            pieces = read_map(file)
        except (FormatError, OSError):
            places.append({"manifest": path, "shard": shard["shard"], "readable": False})
            continue
        for piece in pieces[(pieces["doc_id"] == key).all(axis=1)]:
            fields = ("repeat", "sequence", "offset", "length")
            numbers = {name: int(piece[name]) for name in fields}
            stage, digest = manifest.content["stage"], manifest.digest
            places.append({"stage": stage, "set": digest, "shard": shard["shard"], **numbers})
    return places
