"""Everything that was decided about one document, and the documents of one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpusmill.mill import Mill
from corpusmill.pii.offsets import Offsets
from corpusmill.pii.spans import Edit
from corpusmill.pii.transform import precedence
from corpusmill.refusal import Refused
from corpusmill.shards.format import FormatError, read_map
from corpusmill.shards.manifest import Manifest, ManifestError, read_manifest
from corpusmill.shards.order import order_key, shard_of

_SHOWN = {
    "raw_documents": [
        *("source", "record_key", "part", "path", "record_number", "byte_offset"),
        *("url", "created", "crawled", "kind", "origin", "licence"),
        *("generator", "generation", "parent_ids"),
    ],
    "documents": ["text_digest", "chars", "changes"],
    "languages": [
        *("language", "top_language", "language_score", "runner_up", "runner_up_score"),
        *("script", "labels"),
    ],
    "duplicates": [
        *("cluster_id", "cluster_size", "survivor_id", "place", "is_survivor"),
        *("partner_id", "relation"),
    ],
    "selection": ["kept", "decided_by", "reasons", "repeats", "buckets"],
    "pii_spans": ["kind", "start", "end", "recogniser", "score", "action"],
    "edits": ["step", "start", "end", "replacement"],
    "clean_documents": ["source", "language"],
    "tokens": ["token_count"],
    "mix_plan": ["stage", "repeats"],
}
_PLACED = ("repeat", "offset", "length", "start")
_FROM = ("source", "path", "record_number", "byte_offset", "record_key", "part", "url")


def explain(mill: Mill, doc_id: str) -> dict[str, Any]:
    """Rows about a document (32 hex digits) by table, signals and rules included, never its text.

    Edits say where their replacement stands in the clean text (``clean_start``, ``clean_end``), and
    None where they left no trace or there is no clean text.

    Raises ``Refused`` for an id that no table knows.
    """
    found: dict[str, Any] = {}
    own = f"doc_id = '{doc_id}'"
    for name, columns in _SHOWN.items():
        found[name] = _rows(mill, name, own, columns)
    if not found["raw_documents"]:
        raise Refused(f"no document has the id {doc_id}")
    found["edits"] = _placed(found["edits"], is_clean=bool(found["clean_documents"]))
    found["quality"] = [
        {key: value for key, value in row.items() if value is not None}
        for row in _rows(mill, "quality", own, ["*"])
    ]
    found["quarantine"] = _rows(mill, "quarantine", own, ["path", "reason"])
    found["edges"] = len(_rows(mill, "edges", _touches(doc_id), ["relation"]))
    repeats = {row["stage"]: row["repeats"] for row in found["mix_plan"]}
    sets = mill.progress.each("shard sets", _newest_sets(mill))
    found["shards"] = [piece for path in sets for piece in _pieces(path, doc_id, repeats)]
    return found


def explain_sequence(mill: Mill, path: str, shard: int, sequence: int) -> dict[str, Any]:
    """Documents of one sequence of a set by place, with where ``raw_documents`` has them from.

    Raises ``Refused`` for a manifest or document map that cannot be read, and for a shard or
    sequence that the set does not have.
    """
    try:
        manifest = read_manifest(Path(path).expanduser())
        entry = _shard_of(manifest, shard)
        if not 0 <= sequence < entry["sequences"]:
            raise Refused(f"--sequence: shard {shard} has 0 to {entry['sequences'] - 1}")
        records = read_map(manifest.folder / entry["docs"]["name"])
    except (ManifestError, FormatError, OSError) as error:
        raise Refused(f"--manifest: {error}") from None
    own = records[records["sequence"] == sequence]
    pieces = [
        {"doc_id": piece["doc_id"].tobytes().hex(), **_numbers(piece, _PLACED)} for piece in own
    ]
    named = ", ".join(sorted({f"'{piece['doc_id']}'" for piece in pieces}))
    sources = _rows(mill, "raw_documents", f"doc_id in ({named})", ["doc_id", *_FROM])
    by_id = {row.pop("doc_id"): row for row in sources}
    return {
        "stage": manifest.content["stage"],
        "set": manifest.digest,
        "shard": shard,
        "sequence": sequence,
        "documents": [{**piece, **by_id.get(piece["doc_id"], {})} for piece in pieces],
    }


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
    return [_printable(line) for line in shown]


def _printable(line: str) -> str:
    """Keys and paths are the input's own and could hold what moves a terminal's cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def _rows(mill: Mill, name: str, where: str, columns: list[str]) -> list[dict[str, Any]]:
    """Rows of a table (at the version asked for) as plain values; none where there is no table."""
    with mill.progress.through(name):
        if mill.warehouse.table_id(name) is None:
            return []
        rows = mill.warehouse.snapshot(name, mill.versions.get(name)).rows
        return [row.asDict(recursive=True) for row in rows.where(where).select(*columns).collect()]


def _placed(edits: list[dict[str, Any]], is_clean: bool) -> list[dict[str, Any]]:
    """The edits in the order in which they were applied, each with its place in the clean text."""
    ordered = sorted(edits, key=precedence)
    offsets = Offsets([Edit(**edit) for edit in ordered] if is_clean else [])
    places = [offsets.replacement(index) or (None, None) for index in range(len(ordered))]
    return [
        {**edit, "clean_start": start, "clean_end": end}
        for edit, (start, end) in zip(ordered, places, strict=True)
    ]


def _touches(doc_id: str) -> str:
    return f"a = unhex('{doc_id}') or b = unhex('{doc_id}')"


def _newest_sets(mill: Mill) -> list[str]:
    """Manifests of the sets of each stage that were made of its newest tokens."""
    rows = _rows(mill, "shard_sets", "true", ["stage", "tokens_version", "digest", "manifest"])
    newest = {row["stage"]: 0 for row in rows}
    for row in rows:
        newest[row["stage"]] = max(newest[row["stage"]], row["tokens_version"])
    return sorted(row["manifest"] for row in rows if row["tokens_version"] == newest[row["stage"]])


def _pieces(path: str, doc_id: str, repeats: dict[str, int]) -> list[dict[str, Any]]:
    """Where a set holds pieces of a document: its order says in which shards to look."""
    try:
        manifest = read_manifest(path)
    except (ManifestError, OSError):
        return [{"manifest": path, "readable": False}]
    plan, stage = manifest.content["plan"], manifest.content["stage"]
    keys = [order_key(plan["seed"], stage, doc_id, n) for n in range(repeats.get(stage, 1))]
    numbers = {shard_of(key, plan["shards"]) for key in keys}
    shards = [shard for shard in manifest.content["shards"] if shard["shard"] in numbers]
    return [
        {"stage": stage, "set": manifest.digest, "shard": shard["shard"], **piece}
        for shard in shards
        for piece in _pieces_in(manifest.folder / shard["docs"]["name"], doc_id)
    ]


def _shard_of(manifest: Manifest, number: int) -> dict[str, Any]:
    for shard in manifest.content["shards"]:
        if shard["shard"] == number:
            found: dict[str, Any] = shard
            return found
    count = manifest.content["plan"]["shards"]
    raise Refused(f"--shard: {number} is empty, or not one of 0 to {count - 1}")


def _numbers(piece: Any, fields: Sequence[str]) -> dict[str, int]:
    return {name: int(piece[name]) for name in fields}


def _pieces_in(file: Path, doc_id: str) -> list[dict[str, Any]]:
    try:
        pieces = read_map(file)
    except (FormatError, OSError):
        return [{"readable": False}]
    own = pieces[(pieces["doc_id"] == list(bytes.fromhex(doc_id))).all(axis=1)]
    return [_numbers(piece, ("repeat", "sequence", "offset", "length")) for piece in own]
