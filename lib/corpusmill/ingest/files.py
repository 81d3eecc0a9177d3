"""From globs to the files of a source: found, checked, named relative to their root."""

from __future__ import annotations

import glob as globbing
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpusmill.config import plain
from corpusmill.digests import digest
from corpusmill.ingest.sources import Input, Source
from corpusmill.refusal import Refused

JSONL = (".jsonl", ".jsonl.gz", ".jsonl.bz2", ".ndjson", ".ndjson.gz", ".json.gz")
TEXT = (".txt", ".md", ".txt.gz", ".md.gz")


@dataclass(frozen=True)
class InputFile:
    """One file to read: its source, where it is, and its name relative to the root."""

    source: str
    location: str
    root: str
    path: str
    reader: str
    declaration: str


def list_files(inputs: Iterable[Input], sources: Mapping[str, Source]) -> list[InputFile]:
    """Every file of the inputs, sorted by source and path.

    Raises ``Refused`` for a glob that matches no file, a file of a kind we do not read, anything
    that is not a regular readable file, two files of one source with the same relative path, and
    one file that two globs give two of them.
    """
    found: dict[tuple[str, str], InputFile] = {}
    named: dict[tuple[str, str], str] = {}
    for entry in inputs:
        source = sources.get(entry.source, Source())
        for location in _expand(entry.glob):
            file = _input_file(entry, source, location)
            other = found.setdefault((file.source, file.path), file)
            if other.location != file.location:
                raise Refused(f"{file.source}: two files are called {file.path}; set its root")
            name = named.setdefault((file.source, file.location), file.path)
            if name != file.path:
                both = f"{name} and {file.path}"
                raise Refused(f"{file.source}: {location} would be {both}; set its root")
    return [found[key] for key in sorted(found)]


def _expand(pattern: str) -> list[Path]:
    matches = [Path(match).absolute() for match in globbing.glob(pattern, recursive=True)]  # noqa: PTH207
    files = sorted(match for match in matches if not match.is_dir())
    if not files:
        hint = "it is a folder; write folder/*.jsonl.gz" if matches else "it matches no file"
        raise Refused(f"--input {pattern}: {hint}")
    return files


def _input_file(entry: Input, source: Source, location: Path) -> InputFile:
    if any("\ud800" <= character <= "\udfff" for character in str(location)):
        raise Refused(f"--input {entry.glob}: the name {str(location)!a} is not UTF-8")
    if not location.is_file():
        raise Refused(f"--input {location}: not a regular file")
    if not os.access(location, os.R_OK):
        raise Refused(f"--input {location}: may not be read")
    root = _root(entry.glob, source.root)
    if not location.is_relative_to(root):
        raise Refused(f"recipe.sources.{entry.source}.root: {location} does not lie below it")
    return InputFile(
        source=entry.source,
        location=str(location),
        root=str(root),
        path=location.relative_to(root).as_posix(),
        reader=_reader(location),
        declaration=digest(_declared(source)),
    )


def _declared(source: Source) -> dict[str, object]:
    declared: dict[str, object] = plain(source)
    return {name: value for name, value in declared.items() if name != "root"}


def _root(pattern: str, declared: str | None) -> Path:
    """The declared root, or the longest part of the glob that holds no wildcard."""
    if declared is not None:
        return Path(declared).expanduser().absolute()
    fixed = Path.cwd()  # its own name may hold what would be a wildcard in the pattern
    for part in Path(pattern).parts[:-1]:
        if globbing.has_magic(part):
            break
        fixed /= part
    return fixed


def _reader(location: Path) -> str:
    name = location.name.lower()
    if name.endswith(JSONL):
        return "jsonl"
    if name.endswith(TEXT):
        return "plain"
    raise Refused(f"--input {location}: unknown kind; read are {', '.join(JSONL + TEXT)}")
