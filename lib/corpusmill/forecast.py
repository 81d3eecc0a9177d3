"""What a run would cost, estimated from the first records of each input file.

Tables are not looked into: that would take a session.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.files import DELTA, InputFile
from corpusmill.ingest.readers import READERS
from corpusmill.ingest.records import Reading, Record
from corpusmill.ingest.sources import Source
from corpusmill.ingest.unpack import packing_of
from corpusmill.recipe import Recipe, Runtime

_SAMPLE = 200  # records read of each file
_UNPACKED = 3.0  # times a compressed file grows, where its sample was not the whole of it
_ID_BYTES = 16
_INDEX_ROW = _ID_BYTES + 4 + 8  # doc_id, band, hash: what a document and band cost in the shuffle
_TOKEN_CHARS = 4  # characters a token, about
_BATCH_COPIES = 12  # a batch and what kernels make of it, in batch sizes
_WORKER_BYTES = 600_000_000  # interpreter, libraries, models of one Python worker


def forecast(files: Sequence[InputFile], recipe: Recipe, runtime: Runtime) -> dict[str, int]:
    """Estimates by name: documents, bytes in and out, bytes shuffled, memory a core."""
    documents = text = packed = 0
    for file in files:
        on_disk = 0 if file.reader == DELTA else Path(file.location).stat().st_size
        found, size, share = _sampled(file, recipe, on_disk)
        documents += int(found / share)
        text += int(size / share)
        packed += on_disk
    params = recipe.dedup.params
    tokens = text // _TOKEN_CHARS
    most = max([1, *recipe.selection.rehydrate.values()])
    planned = sum(stage.tokens or stage.repeats * most * tokens for stage in recipe.mix.stages)
    return {
        "files": len(files),
        "input_bytes": packed,
        "documents_about": documents,
        "text_bytes_about": text,
        "table_bytes_about": text * 2,
        "dedup_shuffle_bytes_about": documents * params.bands * _INDEX_ROW,
        "tokens_about": tokens,
        "shard_bytes_at_most_about": planned * (2 if recipe.tokenizer.vocab_size < 65_500 else 4),
        "memory_bytes_per_core_about": _WORKER_BYTES + _BATCH_COPIES * runtime.batch_bytes,
    }


def _sampled(file: InputFile, recipe: Recipe, on_disk: int) -> tuple[int, int, float]:
    """Records and bytes of text of a sample, and which share of the file it is."""
    if file.reader == DELTA:
        return 0, 0, 1.0
    location, reader = Path(file.location), READERS[file.reader]
    how = Reading(recipe.sources.get(file.source, Source()), recipe.ingest)
    block = Block(0, 1 if file.reader == "parquet" else None, 0, _SAMPLE + 1)
    sample = list(islice(reader.read(location, block, how, None), _SAMPLE + 1))
    texts = [record.content for record in sample if isinstance(record, Record)]
    size = sum(len(text.encode()) for text in texts)
    if file.reader == "parquet":
        total = sum(b.records for b in reader.plan(location, 0, None, on_disk + 1, recipe.ingest))
        return len(texts), size, len(sample) / max(1, total) or 1.0
    if len(sample) <= _SAMPLE:
        return len(texts), size, 1.0
    packed = packing_of(file.location) is not None and file.reader == "jsonl"
    whole = on_disk * (_UNPACKED if packed else 1.0)
    return len(texts), size, min(1.0, max(1, sample[-1].offset or 0) / whole)
