"""Canonical JSON and SHA-256: the one way in which anything of ours gets a digest."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_READ = 1 << 20


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: keys sorted by code point, no spaces, UTF-8, LF at the end.

    ValueError for what has no single text: floats, keys that are no strings, lone surrogates, types
    that JSON does not know.
    """
    _check_value(value, "value")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        raise ValueError("a string of the value holds a lone surrogate") from None


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


def sha256_of(path: Path) -> str:
    """SHA-256 hex of a file's bytes, read now."""
    running = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ):
            running.update(block)
    return running.hexdigest()


@lru_cache(maxsize=64)
def _file_digest(path: str, _size: int, _modified: int) -> str:
    return sha256_of(Path(path))


def _check_value(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{where} has the key {key!r}; allowed: strings")
            _check_value(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            _check_value(inner, f"{where}[{place}]")
    elif not (value is None or isinstance(value, str | int)):
        raise ValueError(f"{where} is a {type(value).__name__}; allowed: JSON without floats")
