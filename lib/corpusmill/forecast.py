"""What a run would cost, estimated from the first records of each input file.

Tables are not looked into: that would take a session.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.files import DELTA, InputFile
from corpusmill.ingest.readers import READERS
from corpusmill.ingest.records import Reading, Record, Refusal, refused_beyond
from corpusmill.ingest.rows import refused_of
from corpusmill.ingest.sources import Source
from corpusmill.ingest.unpack import packing_of
from corpusmill.recipe import Recipe, Runtime
from corpusmill.session import cores_of, heap_of

_SAMPLE = 200  # records read of each file
_UNPACKED = 3.0  # times a compressed file grows, where its sample was not the whole of it
_INDEX_ROW = 65  # bytes of shuffle that a document and band cost when all edges are drawn
_TOKEN_CHARS = 4  # characters a token, about
# Memory as it was measured, beside the heap and the batches.
_BATCH_COPIES = 12  # a batch and what kernels make of it, in batch sizes
_WORKER = 560_000_000  # interpreter, libraries, models of one Python worker
_DRIVER = 600_000_000  # the same of the driver's Python
_JVM = 600_000_000  # of Spark's process outside its heap: classes, code, threads, buffers
_DAEMONS = 200_000_000  # what workers are forked from
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True)
class Forecast:
    """Estimates by name; records of the sample that would be refused, by reason; and why a run
    would stop at as many (None: it would not)."""

    counts: dict[str, int]
    refused: dict[str, int]
    stop: str | None


@dataclass(frozen=True)
class _Sample:
    """The first records of a file: which ``share`` of it they are, and their bytes of ``text``."""

    accepted: int = 0
    text: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    share: float = 1.0

    def whole(self, number: int) -> int:
        """What a number of the sample comes to in all of the file."""
        return int(number / self.share)


def forecast(files: Sequence[InputFile], recipe: Recipe, runtime: Runtime) -> Forecast:
    """Estimate documents, bytes in and out, bytes shuffled, memory, and what is refused."""
    sizes = [0 if file.reader == DELTA else Path(file.location).stat().st_size for file in files]
    samples = [_sampled(file, recipe, size) for file, size in zip(files, sizes, strict=True)]
    documents = sum(sample.whole(sample.accepted) for sample in samples)
    text = sum(sample.whole(sample.text) for sample in samples)
    tokens = text // _TOKEN_CHARS
    most = max([1, *recipe.selection.rehydrate.values()])
    planned = sum(stage.tokens or stage.repeats * most * tokens for stage in recipe.mix.stages)
    refused = sum((sample.refused for sample in samples), Counter[str]())
    counts = {
        "files": len(files),
        "input_bytes": sum(sizes),
        "documents_about": documents,
        "text_bytes_about": text,
        "table_bytes_about": text * 2,
        "dedup_shuffle_bytes_about": documents * recipe.dedup.params.bands * _INDEX_ROW,
        "tokens_about": tokens,
        "shard_bytes_at_most_about": planned * (2 if recipe.tokenizer.vocab_size < 65_500 else 4),
        **_memory(runtime),
        "sample_records": sum(sample.accepted for sample in samples) + refused.total(),
    }
    return Forecast(counts, dict(sorted(refused.items())), _stop(samples, documents, runtime))


def _stop(samples: Sequence[_Sample], documents: int, runtime: Runtime) -> str | None:
    reasons: Counter[str] = Counter()
    for sample in samples:
        reasons.update({name: sample.whole(n) for name, n in sample.refused.items()})
    said = refused_beyond(documents, reasons, runtime.guards.quarantine_share)
    if said is None:
        return None
    return f"runtime.guards.quarantine_share: a run would stop; by the sample {said}"


def _memory(runtime: Runtime) -> dict[str, int]:
    """Of all processes on this machine, and of that a core; where the cores are on other machines,
    of the driver, and of a Python worker beside an executor's heap."""
    master = runtime.master or "brought"  # by spark-submit or a platform
    heap = heap_of(runtime.driver_memory, master).lower().removesuffix("b")
    driver = int(heap[:-1]) * _UNITS[heap[-1]] + _JVM + _DRIVER
    worker = _WORKER + _BATCH_COPIES * runtime.batch_bytes
    cores = cores_of(master)
    if cores is None:
        return {"memory_bytes_about": driver, "memory_bytes_per_core_about": worker}
    whole = driver + _DAEMONS + cores * worker
    return {"memory_bytes_about": whole, "memory_bytes_per_core_about": whole // cores}


def _sampled(file: InputFile, recipe: Recipe, on_disk: int) -> _Sample:
    if file.reader == DELTA:
        return _Sample()
    location, reader = Path(file.location), READERS[file.reader]
    how = Reading(recipe.sources.get(file.source, Source()), recipe.ingest)
    block = Block(0, 1 if file.reader == "parquet" else None, 0, _SAMPLE + 1)
    read = list(islice(reader.read(location, block, how, None), _SAMPLE + 1))
    sample = read[:_SAMPLE]
    refusals = [refused_of(record, recipe.ingest) for record in sample]
    texts = [
        record.content
        for record, refusal in zip(sample, refusals, strict=True)
        if isinstance(record, Record) and refusal is None
    ]
    refused = Counter(refusal.reason for refusal in refusals if refusal is not None)
    size = sum(len(text.encode()) for text in texts)
    return _Sample(len(texts), size, refused, _share(file, recipe, on_disk, read))


def _share(
    file: InputFile, recipe: Recipe, on_disk: int, read: Sequence[Record | Refusal]
) -> float:
    """Which share of a file its sample is; one more record was read, to see where that ends."""
    if file.reader == "parquet":
        plan = READERS[file.reader].plan(Path(file.location), 0, None, on_disk + 1, recipe.ingest)
        records = sum(block.records for block in plan)
        return min(len(read), _SAMPLE) / max(1, records) or 1.0
    if len(read) <= _SAMPLE:
        return 1.0
    packed = packing_of(file.location) is not None and file.reader == "jsonl"
    whole = on_disk * (_UNPACKED if packed else 1.0)
    return min(1.0, max(1, read[-1].offset or 0) / whole)
