"""A shard set written once more in the layout of another trainer, shard by shard, checked as read.

Every file is a function of the canonical shards alone. The folder's name holds the digest of what
it is made of, the canonical document maps lie beside the ids, and ``export.json`` is put last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from corpusmill.digests import canonical, digest, sha256_of
from corpusmill.shards import datatrove, mds, megatron, olmo
from corpusmill.shards.canonical import CanonicalShard
from corpusmill.shards.format import FileEntry, holds, put
from corpusmill.shards.made import Made
from corpusmill.shards.manifest import Manifest

EXPORT = "export.json"
CONTRACT = 1  # raised when a byte of any format changes

Write = Callable[[CanonicalShard, Path], list[Made]]
Along = Callable[[str, Sequence[Any]], Iterable[Any]]
FORMATS: Mapping[str, Write] = {
    "megatron": megatron.write,
    "mds": mds.write,
    "olmo": olmo.write,
    "datatrove": datatrove.write,
}


@dataclass(frozen=True)
class Export:
    """An export: its folder, what ``export.json`` says of it, and whether it stood already."""

    folder: Path
    content: dict[str, Any]
    digest: str
    stood: bool


def _straight(_what: str, items: Sequence[Any]) -> Iterable[Any]:
    return items


def export(manifest: Manifest, name: str, place: Path, along: Along = _straight) -> Export:
    """Write a set in format ``name`` into a folder of its own below ``place``, or find it there.

    It goes ``along`` the files that stand and the shards, each under a word for what they are.

    FormatError, naming the file, for a canonical file that is missing or wrong; the shards before
    it are left, without ``export.json``, for the same command to go on.
    """
    folder = place / folder_name(manifest, name)
    standing = _standing(folder, along)
    if standing is not None:
        return Export(folder, standing, digest(standing), True)
    shards = [
        _export_shard(manifest, shard, name, folder)
        for shard in along("shards", manifest.content["shards"])
    ]
    content = {
        "format": name,
        "contract": CONTRACT,
        "set": manifest.digest,
        "shards": shards,
        "index": _index(manifest, name, shards, folder),
        "totals": {
            "files": sum(len(shard["files"]) for shard in shards),
            **{key: sum(s[key] for s in shards) for key in ("sequences", "tokens", "documents")},
        },
    }
    put(BytesIO(canonical({"content": content, "digest": digest(content)})), folder / EXPORT)
    return Export(folder, content, digest(content), False)


def folder_name(manifest: Manifest, name: str) -> str:
    """Stage, format and the start of the digest of all that decides the bytes."""
    identity = {"set": manifest.digest, "format": name, "contract": CONTRACT}
    return f"{manifest.content['stage']}-{name}-{digest(identity)[:16]}"


def _export_shard(
    manifest: Manifest, shard: Mapping[str, Any], name: str, folder: Path
) -> dict[str, Any]:
    read = CanonicalShard.open(manifest, shard)
    with TemporaryDirectory(prefix="export-") as scratch:
        made = FORMATS[name](read, Path(scratch))
        made.append(Made(read.docs_entry.name, read.docs, read.docs_entry.sha256))
        files = [asdict(_put(file, folder)) for file in made]
    counts = {key: shard[key] for key in ("shard", "sequences", "tokens")}
    return {**counts, "documents": len(read.spans()), "files": files}


def _index(
    manifest: Manifest, name: str, shards: Sequence[Mapping[str, Any]], folder: Path
) -> dict[str, Any] | None:
    """The one file of a format that names all others, where it has one."""
    if name != "mds":
        return None
    with TemporaryDirectory(prefix="export-") as scratch:
        path = Path(scratch, mds.INDEX)
        path.write_bytes(mds.index(manifest.content["plan"], shards))
        made = Made(mds.INDEX, path, sha256_of(path))
        return asdict(_put(made, folder))


def _put(made: Made, folder: Path) -> FileEntry:
    entry = FileEntry(made.name, made.path.stat().st_size, made.sha256)
    if not holds(folder / made.name, entry):
        with made.path.open("rb") as source:
            put(source, folder / made.name)
    return entry


def _standing(folder: Path, along: Along) -> dict[str, Any] | None:
    """What ``export.json`` says, where it is whole and every file is what it says."""
    try:
        said = json.loads((folder / EXPORT).read_bytes())
        content: dict[str, Any] = said["content"]
        whole = digest(content) == said["digest"]
        entries = [FileEntry(**file) for file in _files(content)]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not whole:
        return None
    stands = all(holds(folder / entry.name, entry) for entry in along("files", entries))
    return content if stands else None


def _files(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for shard in content["shards"]:
        yield from shard["files"]
    if content["index"] is not None:
        yield content["index"]
