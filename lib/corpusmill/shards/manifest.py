"""The manifest of a shard set: what it is (``content``, digested) and where from (``lineage``).

The SHA-256 of the canonical content is the set's digest. A manifest is put after every file it
names, so a folder with a manifest is a complete set.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpusmill.digests import canonical
from corpusmill.shards.format import DTYPES, HEADER, RECORD, ShardEntry, file_name, put
from corpusmill.shards.rules import OVERSIZE, PACKINGS, RESTS

FORMAT = 2
MANIFEST = "manifest.json"
COUNTS = ("sequences", "tokens", "padding", "dropped", "documents")
PLAN = ("shards", "sequence_length", "block", "window", "eos_id", "vocab_size")

_CONTENT = ("stage", "recipe", "recipe_digest", "plan", "inputs", "mix", "shards", "totals")
_SHA256 = re.compile("[0-9a-f]{64}")


class ManifestError(ValueError):
    """A manifest is missing, damaged or contradicts itself; the message says where."""


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read and found whole: its folder, its two parts, the set's digest."""

    folder: Path
    content: dict[str, Any]
    lineage: dict[str, Any]
    digest: str


def content_digest(content: Mapping[str, Any]) -> str:
    """Digest of a shard set: SHA-256 of the canonical content, hex."""
    return hashlib.sha256(canonical(content)).hexdigest()


def shard_parts(entries: Sequence[ShardEntry]) -> dict[str, Any]:
    """The ``shards`` and ``totals`` of a content.

    Only shards with a sequence are listed, by number; the totals count what others dropped as well.
    """
    listed = sorted((entry for entry in entries if entry.sequences), key=lambda entry: entry.shard)
    totals = {count: sum(getattr(entry, count) for entry in entries) for count in COUNTS}
    return {
        "shards": [asdict(entry) for entry in listed],
        "totals": {"shards": len(listed), **totals},
    }


def sequence_starts(shards: Sequence[Mapping[str, Any]]) -> NDArray[np.int64]:
    """First sequence of each listed shard, and their number in all at the end."""
    counts = [shard["sequences"] for shard in shards]
    return np.append(0, np.cumsum(counts)).astype(np.int64)


def write_manifest(
    folder: Path, content: dict[str, Any], lineage: dict[str, Any] | None = None
) -> Path:
    """Put ``manifest.json`` in one step, as the last file of the set.

    ManifestError, and no file, for a content that ``read_manifest`` would refuse.
    """
    check_content(content)
    digest = content_digest(content)
    path = folder / MANIFEST
    whole = {"content": content, "lineage": lineage or {}, "digest": digest}
    put(BytesIO(canonical(whole)), path)
    return path


def read_manifest(path: Path | str) -> Manifest:
    """The manifest at a path, or ``manifest.json`` in the folder at that path.

    ManifestError when it is missing, no JSON, has another digest than its own content, or when its
    parts contradict one another. The files it names are not opened.
    """
    path = Path(path)
    path = path / MANIFEST if path.is_dir() else path
    value = _parsed(path)
    if not isinstance(value, dict) or set(value) != {"content", "lineage", "digest"}:
        raise ManifestError(f"{path}: the parts are not content, lineage and digest")
    content, lineage = value["content"], value["lineage"]
    if not isinstance(content, dict) or not isinstance(lineage, dict):
        raise ManifestError(f"{path}: content and lineage are not both objects")
    try:
        digest = content_digest(content)
        if digest != value["digest"]:
            raise ManifestError(f"content has the digest {digest[:16]}…, not the one stated")
        check_content(content)
    except ValueError as error:
        raise ManifestError(f"{path}: {error}") from None
    except RecursionError:
        raise ManifestError(f"{path}: the content is nested too deep") from None
    return Manifest(path.parent, content, lineage, digest)


def check_content(content: Mapping[str, Any]) -> None:
    """Raise ManifestError, naming the place, when parts are missing or contradict one another.

    File names follow from number and digest, so no name can lead out of the folder.
    """
    if content.get("format") != FORMAT:
        raise ManifestError(
            f"format is {content.get('format')!r}, of another release; this one reads {FORMAT}"
        )
    missing = [key for key in _CONTENT if key not in content]
    if missing:
        raise ManifestError(f"content lacks {', '.join(missing)}")
    _check_plan(content["plan"])
    if not isinstance(content["shards"], list):
        raise ManifestError("shards is no list")
    before = -1
    for place, shard in enumerate(content["shards"]):
        before = _check_shard(shard, f"shards[{place}]", content["plan"], before)
    for count in ("sequences", "tokens", "padding", "documents"):
        listed = sum(shard[count] for shard in content["shards"])
        if _number(content["totals"], "totals", count) != listed:
            raise ManifestError(f"totals.{count} is not the sum over the shards")
    mixed = _number(content["mix"], "mix", "tokens")
    if mixed != content["totals"]["tokens"] + _number(content["totals"], "totals", "dropped"):
        raise ManifestError("mix.tokens is not the sum of totals.tokens and totals.dropped")


def _check_plan(plan: Any) -> None:
    for key in PLAN:
        _number(plan, "plan", key)
    for key in ("shards", "sequence_length", "block", "window"):
        if plan[key] < 1:
            raise ManifestError(f"plan.{key} is {plan[key]}; allowed: 1 or more")
    if type(plan.get("seed")) is not int:
        raise ManifestError("plan.seed is missing or no whole number")
    if plan.get("dtype") not in tuple(DTYPES):
        raise ManifestError(f"plan.dtype is no one of {', '.join(DTYPES)}")
    for key, allowed in (("rest", RESTS), ("packing", PACKINGS), ("oversize", OVERSIZE)):
        if plan.get(key) not in allowed:
            raise ManifestError(f"plan.{key} is no one of {', '.join(allowed)}")


def _check_shard(shard: Any, where: str, plan: Mapping[str, Any], before: int) -> int:
    """Check one entry; its number, which must lie above the one ``before``."""
    number = _number(shard, where, "shard")
    if not before < number < plan["shards"]:
        raise ManifestError(f"{where}.shard is out of order or not below plan.shards")
    counts = {count: _number(shard, where, count) for count in COUNTS}
    ids = counts["sequences"] * plan["sequence_length"]
    if not ids or counts["tokens"] + counts["padding"] != ids:
        raise ManifestError(f"{where}: tokens and padding do not fill its sequences")
    token_bytes = _check_file(shard, where, "bin", plan["shards"])
    if token_bytes != ids * DTYPES[plan["dtype"]].itemsize:
        raise ManifestError(f"{where}.bin.bytes does not fit its sequences")
    records = _check_file(shard, where, "docs", plan["shards"]) - HEADER.size
    if records < RECORD.itemsize or records % RECORD.itemsize:
        raise ManifestError(f"{where}.docs.bytes does not fit whole records")
    return number


def _check_file(shard: Mapping[str, Any], where: str, part: str, count: int) -> int:
    entry: Any = shard.get(part)
    place = f"{where}.{part}"
    size = _number(entry, place, "bytes")
    sha256 = entry.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ManifestError(f"{place}.sha256 is no SHA-256")
    if entry.get("name") != file_name(shard["shard"], count, sha256, part):
        raise ManifestError(f"{place}.name does not follow from its number and digest")
    return size


def _number(holder: Any, where: str, key: str) -> int:
    value = holder.get(key) if isinstance(holder, dict) else None
    if type(value) is not int or value < 0:  # True is an int to isinstance
        raise ManifestError(f"{where}.{key} is missing or no whole number from 0")
    return value


def _parsed(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ManifestError(f"{path}: there is no manifest") from None
    except (ValueError, RecursionError):
        raise ManifestError(f"{path}: no JSON in UTF-8") from None
