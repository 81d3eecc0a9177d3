"""From inputs to the files and tables of a source: found, checked, named relative to their root."""

from __future__ import annotations

import glob as globbing
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpusmill.config import plain
from corpusmill.digests import digest
from corpusmill.ingest.readers import EXTRACTS, KNOWN, reader_of
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Input, Source
from corpusmill.refusal import Refused

DELTA = "delta"  # the reader of tables, which are no files


@dataclass(frozen=True)
class InputFile:
    """One file to read: its source, where it is, and its name relative to the root.

    A Delta table is one too: ``location`` is its folder or its name in the catalog, ``version`` and
    ``since`` say what of it is wanted.
    """

    source: str
    location: str
    root: str
    path: str
    reader: str
    version: int | None = None
    since: int | None = None


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
        for file in _files_of(entry, source):
            other = found.setdefault((file.source, file.path), file)
            if other != file:
                raise Refused(f"{file.source}: two files are called {file.path}; set its root")
            name = named.setdefault((file.source, file.location), file.path)
            if name != file.path:
                both = f"{name} and {file.path}"
                raise Refused(f"{file.source}: {file.location} would be {both}; set its root")
    return [found[key] for key in sorted(found)]


def declaration(
    file: InputFile,
    sources: Mapping[str, Source],
    rules: IngestRules,
    extractor: Mapping[str, str],
) -> str:
    """Digest of all that decides, beside its bytes, what is read of a file: 16 hex characters.

    ``extractor`` are the libraries that take main texts out of pages, with their versions.
    """
    source = sources.get(file.source, Source())
    limits: dict[str, Any] = plain(rules)
    html = limits.pop("html")
    said: dict[str, Any] = {
        "source": _without(plain(source), "root"),
        "limits": _without(limits, "changed_files"),
    }
    if file.reader in EXTRACTS:
        said["html"] = {"rules": html, "engines": dict(extractor)}
    if source.columns.source is not None:
        said["sources"] = {name: _without(plain(s), "root") for name, s in sources.items()}
    return digest(said)[:16]


def _files_of(entry: Input, source: Source) -> list[InputFile]:
    if entry.glob is None:
        name = str(entry.table)
        path = f"{name}{_stretch(entry)}"
        return [InputFile(entry.source, name, "", path, DELTA, entry.version, entry.since)]
    found = [_input_file(entry, source, location) for location in _expand(entry.glob)]
    if entry.version is not None or entry.since is not None:
        for file in found:
            if file.reader != DELTA:
                raise Refused(f"--input {file.location}: only a Delta table has versions")
    return found


def _stretch(entry: Input) -> str:
    """What is new since a version is no revision of the table: it has a name of its own."""
    if entry.since is None:
        return ""
    return f"@{entry.since}..{'' if entry.version is None else entry.version}"


def _expand(pattern: str) -> list[Path]:
    matches = [Path(match).absolute() for match in globbing.glob(pattern, recursive=True)]  # noqa: PTH207
    files = sorted(match for match in matches if not match.is_dir() or _is_table(match))
    if not files:
        folder = "it is a folder, and no Delta table; write folder/*.jsonl.gz"
        raise Refused(f"--input {pattern}: {folder if matches else 'it matches no file'}")
    above = {folder for file in files for folder in file.parents}
    if tables := sorted(filter(_is_table, above)):
        raise Refused(
            f"--input {pattern}: some of it lies in the Delta table {tables[0]}, whose files may "
            "hold rows that were deleted; name the table's folder"
        )
    return files


def _is_table(location: Path) -> bool:
    return (location / "_delta_log").is_dir()


def _input_file(entry: Input, source: Source, location: Path) -> InputFile:
    if any("\ud800" <= character <= "\udfff" for character in str(location)):
        raise Refused(f"--input {entry.glob}: the name {str(location)!a} is not UTF-8")
    table = _is_table(location)
    if not table and not location.is_file():
        raise Refused(f"--input {location}: not a regular file")
    if not os.access(location, os.R_OK):
        raise Refused(f"--input {location}: may not be read")
    root = _root(str(entry.glob), source.root)
    if not location.is_relative_to(root) or ".." in location.relative_to(root).parts:
        raise Refused(f"recipe.sources.{entry.source}.root: {location} does not lie below it")
    path = location.relative_to(root).as_posix()
    reader = DELTA if table else reader_of(location.name)
    if reader is None:
        raise Refused(f"--input {location}: unknown kind; read are {KNOWN}")
    return InputFile(
        source=entry.source,
        location=str(location),
        root=str(root),
        path=f"{location.name if path == '.' else path}{_stretch(entry)}",
        reader=reader,
        version=entry.version,
        since=entry.since,
    )


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


def _without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}
