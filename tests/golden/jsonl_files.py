"""JSON Lines for tests: two records, the ways to pack them, and how a file is read as one block."""

import bz2
import gzip
import hashlib

from backports import zstd

from corpusmill.ingest import jsonl
from corpusmill.ingest.records import Reading, Refusal
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Columns, Source

FIRST, LAST = b'{"id":"first","text":"a first text"}', b'{"id":"last","text":"a last text"}'
PACKED = [
    ("f.jsonl.gz", gzip.compress),
    ("f.jsonl.bz2", bz2.compress),
    ("f.jsonl.zst", zstd.compress),
]


def read_jsonl(folder, data, name="file.jsonl", columns=None, **rules):
    """What is read of the bytes under a name: as many entries as were planned, numbered so."""
    (folder / name).write_bytes(data)
    how = Reading(Source(columns=columns or Columns()), IngestRules(**rules))
    [block] = jsonl.plan(folder / name, 0, None, 1, how.rules)
    found = list(jsonl.read(folder / name, block, how, None))
    assert [entry.number for entry in found] == list(range(block.records))
    return found


def refused(number, reason, data=b"", offset=0):
    return Refusal(number, reason, len(data), hashlib.sha256(data).hexdigest(), offset)
