"""A file of another format, made on the local disk and not yet put anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from corpusmill.digests import sha256_of
from corpusmill.shards.canonical import CanonicalShard


class Made(NamedTuple):
    """A local file and the name it is to have."""

    name: str
    path: Path
    sha256: str


def named(stem: str, suffix: str, path: Path) -> Made:
    """A file under ``stem``, the start of its own digest, and ``suffix``."""
    sha256 = sha256_of(path)
    return Made(f"{stem}-{sha256[:16]}.{suffix}", path, sha256)


def beside(first: Made, old: str, new: str, path: Path) -> Made:
    """A file that a reader finds by the name of another one, with another suffix."""
    return Made(first.name.removesuffix(old) + new, path, sha256_of(path))


def write_tokens(shard: CanonicalShard, path: Path) -> None:
    """Write the ids of a shard's documents end to end, in their stored type, without padding."""
    with path.open("wb") as file:
        for ids in shard.tokens():
            file.write(ids.tobytes())
