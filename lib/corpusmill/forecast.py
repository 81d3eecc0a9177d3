"""What a run would cost, estimated from the first records of each input file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from corpusmill.ingest.files import InputFile
from corpusmill.ingest.records import READERS, Record
from corpusmill.ingest.sources import Source
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
        found, size, whole = _sampled(file, recipe)
        on_disk = Path(file.location).stat().st_size
        unpacked = on_disk * (_UNPACKED if file.location.endswith((".gz", ".bz2")) else 1.0)
        mean = size / max(1, found)
        documents += found if whole else int(unpacked / max(1.0, mean))
        text += size if whole else int(unpacked)
        packed += on_disk
    params = recipe.dedup.minhash
    tokens = text // _TOKEN_CHARS
    repeats = sum(stage.repeats for stage in recipe.mix.stages)
    return {
        "files": len(files),
        "input_bytes": packed,
        "documents_about": documents,
        "text_bytes_about": text,
        "table_bytes_about": text * 2,
        "dedup_shuffle_bytes_about": documents * params.bands * _INDEX_ROW,
        "tokens_about": tokens,
        "shard_bytes_at_most_about": tokens
        * repeats
        * (2 if recipe.tokenizer.vocab_size < 65_500 else 4),
        "memory_bytes_per_core_about": _WORKER_BYTES + _BATCH_COPIES * runtime.batch_bytes,
    }


def _sampled(file: InputFile, recipe: Recipe) -> tuple[int, int, bool]:
    """Records and text bytes of the sample, and whether it was the whole file."""
    columns = recipe.sources.get(file.source, Source()).columns
    records = list(islice(READERS[file.reader](Path(file.location), columns), _SAMPLE + 1))
    texts = [record.content for record in records if isinstance(record, Record)]
    return len(texts), sum(len(text.encode()) for text in texts), len(records) <= _SAMPLE
