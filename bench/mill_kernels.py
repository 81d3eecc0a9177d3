"""Processor seconds of the mill's kernels over the texts of a run, in one plain Python process.

usage: python bench/mill_kernels.py [options of corpusmill run, with --input and --output]

Run by ``bench/mill.py`` after a run with the same options; no Spark, no Delta, no process beside.
Each kernel is shown what its job is shown: all records are read, normalised and asked for their
language, those in a known one are held against the filters, those that pass are hashed, and what
their twins leave is searched for personal data and encoded by the tokenizer that the run has
pinned. Where the run trained that, one is trained here too, on as many characters. Models are
loaded before; what ``recipe.pii`` has by source or language is left out. The last line of standard
output is a JSON object: for each kernel texts, bytes of them and seconds; documents by step.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from glob import glob
from itertools import accumulate, chain, compress
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from corpusmill.dedup.minhash import band_hashes, shingles_of, signatures
from corpusmill.digests import text_digest
from corpusmill.ingest.blocks import Block
from corpusmill.ingest.readers import READERS
from corpusmill.ingest.records import Reading, Record
from corpusmill.invocation import parse
from corpusmill.langid.rules import UNKNOWN
from corpusmill.langid.transform import language_kernel
from corpusmill.pii.actions import Decided
from corpusmill.pii.rules import PLACEHOLDER
from corpusmill.pii.spans import AnalysisFailed, Edit, apply_edits
from corpusmill.pii.transform import analyser_of
from corpusmill.quality.filters import measure_all
from corpusmill.recipe import Runtime
from corpusmill.resolve import Resolved, resolve
from corpusmill.text.batch import documents_of
from corpusmill.text.shingles import FoldedWords
from corpusmill.tokens.encode import load_encoder, proof_limit
from corpusmill.tokens.train import train

KERNELS = ("reading", "normalise", "language", "filters", "minhash", "pii", "training", "tokens")
Found = TypeVar("Found")


class Kernels:
    """The kernels of a resolved recipe, with what each has been shown and has spent."""

    def __init__(self, resolved: Resolved) -> None:
        recipe = resolved.written
        assert resolved.tokenizer is not None
        self.normalise, self.params = recipe.normalise, recipe.dedup.params
        self.limits, self.tokenizer = recipe.quality.filters, recipe.tokenizer
        self.wanted = set(recipe.language.languages)
        self.language = language_kernel(resolved.language_model, recipe.language)
        self.analyser, self.encoder = analyser_of(resolved.pii), load_encoder(resolved.tokenizer)
        self.took = {name: {"texts": 0, "bytes": 0, "seconds": 0.0} for name in KERNELS}

    def read(self, texts: Iterator[str], runtime: Runtime) -> Iterator[list[str]]:
        """The texts of files, in batches."""
        batches = _batches(texts, runtime)
        while True:
            before = time.process_time()
            batch = next(batches, None)
            if batch is None:
                return
            self._count("reading", batch, before)
            yield batch

    def judged(self, texts: Sequence[str]) -> tuple[list[str], list[str]]:
        """Normalised texts in a language that goes on, and those of them that the filters pass."""
        raw = _raw(texts)
        documents = self._timed("normalise", texts, lambda: documents_of(raw, self.normalise))
        stored = documents.column("text").to_pylist()
        [found] = self._timed("language", stored, lambda: list(self.language(documents)))
        named = list(zip(stored, found.column("language").to_pylist(), strict=True))
        going = [pair for pair in named if self._goes_on(pair[1])]
        if not going:
            return [], []
        known, languages = ([pair[n] for pair in going] for n in (0, 1))
        _, broken = self._timed(
            "filters", known, lambda: measure_all(known, languages, self.limits)
        )
        return known, [text for text, rules in zip(known, broken, strict=True) if not rules]

    def hashed(self, texts: Sequence[str]) -> list[list[int]]:
        """The band hashes of each text."""

        def work() -> Any:
            shingles = shingles_of(FoldedWords.of(texts), self.params).upto(self.params.longest)
            return band_hashes(signatures(shingles, self.params), self.params)

        return self._timed("minhash", texts, work).tolist()

    def cleaned(self, texts: Sequence[str]) -> list[str]:
        """The texts with placeholders for personal data."""

        def work() -> list[str]:
            found = self.analyser.decide(texts)
            return [_redacted(*pair) for pair in zip(texts, found, strict=True)]

        return self._timed("pii", texts, work)

    def encoded(self, texts: Sequence[str], limit: str) -> int:
        """How many tokens the texts are; those with an id below the limit are encoded twice."""
        ids = [text_digest(text)[:32] for text in texts]
        found = self._timed("tokens", texts, lambda: self.encoder.encode_proved(ids, texts, limit))
        return sum(map(len, found))

    def trained(self, texts: Sequence[str]) -> None:
        """A tokenizer of the recipe on the first of the texts, unless the recipe names one."""
        if self.tokenizer.path is not None:
            return
        within = [end <= self.tokenizer.sample_chars for end in accumulate(map(len, texts))]
        drawn = list(compress(texts, within))
        with tempfile.TemporaryDirectory() as folder:
            self._timed("training", drawn, lambda: train(drawn, self.tokenizer, Path(folder)))

    def _goes_on(self, language: str) -> bool:
        return language != UNKNOWN and (not self.wanted or language in self.wanted)

    def _timed(self, name: str, texts: Sequence[str], work: Callable[[], Found]) -> Found:
        before = time.process_time()
        found = work()
        self._count(name, texts, before)
        return found

    def _count(self, name: str, texts: Sequence[str], before: float) -> None:
        took = self.took[name]
        took["seconds"] += time.process_time() - before
        took["texts"] += len(texts)
        took["bytes"] += sum(len(text.encode(errors="surrogatepass")) for text in texts)


def _redacted(text: str, found: list[Decided] | AnalysisFailed) -> str:
    if isinstance(found, AnalysisFailed):
        return ""
    edits = [
        Edit("pii", span.start, span.end, f"<{span.kind}>")
        for span, action in found
        if action == PLACEHOLDER
    ]
    return apply_edits(text, edits) if edits else text


def main() -> int:
    settings = parse("run", sys.argv[1:]).settings
    kernels = Kernels(resolve(settings.recipe, Path(settings.runtime.output)))
    runtime, left = settings.runtime, {"read": 0, "language": 0}
    passing: list[str] = []
    bands: list[list[int]] = []
    for texts in kernels.read(_texts(runtime.inputs[0].glob), runtime):
        known, passed = kernels.judged(texts)
        left["read"] += len(texts)
        left["language"] += len(known)
        if passed:
            bands += kernels.hashed(passed)
            passing += passed
    kept = _without_twins(passing, bands)
    left |= {"fineweb": len(passing), "duplicate": len(kept)}
    limit = proof_limit(len(kept))
    clean = [kernels.cleaned(texts) for texts in _batches(kept, runtime)]
    kernels.trained(list(chain.from_iterable(clean)))
    left["tokens"] = sum(kernels.encoded(texts, limit) for texts in clean)
    print(json.dumps({"kernels": kernels.took, "kept": left}))
    return 0


def _texts(pattern: str) -> Iterator[str]:
    reading, whole = Reading(), Block(0, None, 0, 1)
    paths = map(Path, sorted(glob(pattern)))  # noqa: PTH207
    records = chain.from_iterable(READERS["jsonl"].read(p, whole, reading, None) for p in paths)
    return (record.content for record in records if isinstance(record, Record))


def _batches(texts: Iterable[str], runtime: Runtime) -> Iterator[list[str]]:
    """As many texts at once as Spark shows a kernel."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode(errors="surrogatepass"))
        if batch and (len(batch) == runtime.batch_rows or size + length > runtime.batch_bytes):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


def _raw(texts: Sequence[str]) -> pa.RecordBatch:
    digests = [text_digest(text) for text in texts]
    ids = [digest[:32] for digest in digests]
    columns = {"doc_id": ids, "source": ["corpus"] * len(texts), "content_digest": digests}
    return pa.RecordBatch.from_pydict({**columns, "content": list(texts)})


def _without_twins(texts: Sequence[str], bands: Sequence[Sequence[int]]) -> list[str]:
    """Of the texts that share a bucket, directly or through others, the longest."""
    root = list(range(len(texts)))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = place = root[root[place]]
        return place

    first: dict[tuple[int, int], int] = {}
    for place, hashes in enumerate(bands):
        for bucket in enumerate(hashes):
            root[find(place)] = find(first.setdefault(bucket, place))
    longest: dict[int, str] = {}
    for place, text in enumerate(texts):
        longest[find(place)] = max(longest.get(find(place), ""), text, key=len)
    return list(longest.values())


if __name__ == "__main__":
    raise SystemExit(main())
