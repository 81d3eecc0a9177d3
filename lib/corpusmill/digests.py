"""Canonical JSON and SHA-256: the one way in which anything of ours gets a digest."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_READ = 1 << 20


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no white space, UTF-8, a line feed at the end.

    Raises ``TypeError`` for floats (they have no canonical form we would swear by) and for keys
    that are not strings.
    """
    _refuse_floats(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def digest(value: Any) -> str:
    """SHA-256 hex of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value)).hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 hex of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 hex of a file's bytes; remembered while its size and modification time stand."""
    stat = path.stat()
    return _file_digest(str(path.resolve()), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _file_digest(path: str, _size: int, _modified: int) -> str:
    running = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(_READ):
            running.update(block)
    return running.hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form; store millionths or text")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("the keys of a canonical object are strings")
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
