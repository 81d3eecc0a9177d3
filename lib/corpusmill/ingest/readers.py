"""Which reader reads what: the kinds of files, told by their names."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from corpusmill.ingest import html, jsonl, parquet, plain, warc
from corpusmill.ingest.blocks import Block, spans
from corpusmill.ingest.records import Reading, Record, Refusal
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.unpack import packing_of

Plan = Callable[[Path, int, int | None, int, IngestRules], Iterator[Block]]
Read = Callable[[Path, Block, Reading, Container[int] | None], Iterator[Record | Refusal]]


class Reader(NamedTuple):
    """How files of one kind are read.

    ``plan`` cuts a file, or the span of one, into blocks and counts their records, without looking
    into them; ``read`` answers the records of a block, in order, each accepted or refused, or only
    those with a wanted number. ``spans`` says whether a plain file may be planned span by span.
    """

    plan: Plan
    read: Read
    spans: bool = False


READERS = {
    "jsonl": Reader(jsonl.plan, jsonl.read, spans=True),
    "plain": Reader(plain.plan, plain.read),
    "html": Reader(plain.plan, html.read),
    "warc": Reader(warc.plan, warc.read),
    "parquet": Reader(parquet.plan, parquet.read),
}
EXTRACTS = ("html", "warc")  # the readers that take main texts out of pages

_PACKINGS = ("", ".gz", ".bz2", ".zst")
_KINDS = {
    "jsonl": (".jsonl", ".ndjson", ".json.gz"),
    "plain": (".txt", ".text", ".md", ".markdown"),
    "html": (".html", ".htm", ".xhtml"),
    "warc": (".warc", ".wet"),
    "parquet": (".parquet",),
}
ENDINGS = {
    kind + packing: reader
    for reader, kinds in _KINDS.items()
    for kind in kinds
    for packing in (_PACKINGS if reader not in ("parquet",) and kind.count(".") == 1 else ("",))
}
KNOWN = f"{', '.join(chain(*_KINDS.values()))}; most of them also with .gz, .bz2 or .zst behind"


def reader_of(name: str) -> str | None:
    """The reader for a file of this name; None for a kind that is not read."""
    return next((r for end, r in ENDINGS.items() if name.lower().endswith(end)), None)


def spans_of(reader: str, name: str, size: int, step: int) -> list[tuple[int, int | None]]:
    """The spans of a file that are planned apart: one, unless its kind allows more."""
    if READERS[reader].spans and packing_of(name) is None:
        return list(spans(size, step))
    return [(0, None)]
