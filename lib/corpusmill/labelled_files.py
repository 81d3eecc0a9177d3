"""Files of labelled texts: JSON Lines, plain or packed, row by row, each a good one or refused."""

from __future__ import annotations

import glob as globbing
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from corpusmill.ingest.jsonl import parse
from corpusmill.ingest.lines import Line, Lines
from corpusmill.ingest.records import Unfit
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.unpack import Damaged, Stream, packing_of
from corpusmill.langid.codes import canonical
from corpusmill.pii.labelled import BadRow, Labelled, labelled_of
from corpusmill.refusal import Refused


def labelled_files(patterns: Iterable[str]) -> list[Path]:
    """The files that globs name, each once, sorted.

    Raises ``Refused`` for a glob without any, and for a name that is not UTF-8.
    """
    found: set[Path] = set()
    for pattern in patterns:
        matches = [Path(match) for match in globbing.glob(pattern, recursive=True)]  # noqa: PTH207
        files = {match.absolute() for match in matches if match.is_file()}
        if not files:
            raise Refused(f"--labelled {pattern}: it matches no file")
        found |= files
    unfit = [file for file in found if any("\ud800" <= char <= "\udfff" for char in str(file))]
    if unfit:
        raise Refused(f"--labelled: the name {str(min(unfit))!a} is not UTF-8")
    return sorted(found)


def labelled_rows(files: Iterable[Path]) -> Iterator[Labelled]:
    """The rows of files, one after the other. Raises ``Refused`` naming file, line and reason."""
    rules = IngestRules()
    for file in files:
        number = 0
        try:
            for line in _lines(file, rules):
                number += 1
                if row := _row(line, rules):
                    yield row
        except (BadRow, Unfit) as error:
            raise Refused(f"{file}: line {number}: {error}") from None
        except Damaged as error:
            raise Refused(f"{file}: after line {number}: {error}") from None
        except OSError as error:
            raise Refused(f"{file}: cannot be read: {error.strerror}") from None


def _row(line: Line, rules: IngestRules) -> Labelled | None:
    """What a line says, its language under our code; None of a blank one."""
    if line.data is None:
        raise BadRow(f"longer than {rules.record_bytes} bytes")
    if not line.data.strip():
        return None
    row = labelled_of(parse(line.data, rules.depth))
    return replace(row, language=canonical(row.language)) if row.language else row


def _lines(file: Path, rules: IngestRules) -> Iterator[Line]:
    with file.open("rb") as opened:
        stream = Stream(opened, packing_of(file.name), rules.expansion, rules.unpacked_bytes)
        yield from Lines(stream.chunks(), rules.record_bytes).until(None)
