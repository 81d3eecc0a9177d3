"""Token ids: MB/s of one core, by the job's kernel and by a bare ``encode_batch`` loop.

usage: python bench/tokens.py 'data/*.jsonl.gz' [--every 1] [--tokenizer FILE] [--delta]

Without ``--tokenizer`` three are trained on a tenth of the documents: byte-level BPE as GPT-2's,
with digits in threes, and Unigram. Times of kernels are of the process, so that other work on the
machine counts less; the share of documents that a run of this size proves is encoded both ways.
With ``--delta`` the documents are also read from a Delta table and the ids written to another, in
one task at a time: wall-clock time, the session's start and the loading of tokenizers apart.
"""

from __future__ import annotations

import argparse
import glob
import gzip
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from corpusmill.artefacts import Artefact
from corpusmill.tokens.encode import load_encoder, load_tokenizer, proof_limit
from corpusmill.tokens.rules import TokenizerRules
from corpusmill.tokens.train import train

BATCH = 1_000
MB = 1_000_000
KINDS = {
    "bpe": TokenizerRules(),
    "bpe, threes": TokenizerRules(digits="threes"),
    "unigram": TokenizerRules(kind="unigram", vocab_size=8_000),
}


def texts_of(pattern: str, every: int) -> Iterator[str]:
    for name in sorted(glob.glob(pattern)):  # noqa: PTH207
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            for row, line in enumerate(lines):
                if row % every == 0:
                    yield json.loads(line)["text"]


def timed(work: Callable[[int], object], texts: list[str]) -> float:
    before = time.process_time()
    for at in range(0, len(texts), BATCH):
        work(at)
    return time.process_time() - before


def tokenizers_of(path: str | None, texts: list[str], folder: Path) -> dict[str, Artefact]:
    if path is not None:
        return {Path(path).name: Artefact.of(Path(path))}
    found = {}
    for name, rules in KINDS.items():
        (folder / name).mkdir()
        sample = texts[:: 100 if rules.kind == "unigram" else 10]
        found[name] = Artefact.of(train(sample, rules, folder / name))
    return found


def print_kernels(texts: list[str], named: dict[str, Artefact], size: float) -> None:
    doc_ids = [hashlib.sha256(str(n).encode()).hexdigest()[:32] for n in range(len(texts))]
    limit = proof_limit(len(texts))
    print(f"{'tokenizer':<16}{'encode_batch':>14}{'kernel':>10}{'times':>8}{'equal':>8}   (MB/s)")
    for name, artefact in named.items():
        library, encoder = load_tokenizer(artefact), load_encoder(artefact)
        bare: list[list[int]] = []
        ours: list[np.ndarray] = []

        def loop(at: int, into: list[list[int]] = bare, by=library) -> None:  # type: ignore[no-untyped-def]
            encoded = by.encode_batch(texts[at : at + BATCH], add_special_tokens=False)
            into += [each.ids for each in encoded]

        def kernel(at: int, into: list[np.ndarray] = ours, by=encoder) -> None:  # type: ignore[no-untyped-def]
            part = slice(at, at + BATCH)
            into += by.encode_proved(doc_ids[part], texts[part], limit)

        alone, found = timed(loop, texts), timed(kernel, texts)
        equal = all(np.array_equal(a, b) for a, b in zip(bare, ours, strict=True))
        rates = f"{size / alone:>14.2f}{size / found:>10.2f}{alone / found:>8.2f}"
        print(f"{name:<16}{rates}{equal!s:>8}", flush=True)


def print_delta(texts: list[str], named: dict[str, Artefact], size: float, folder: Path) -> None:
    from corpusmill.recipe import Runtime
    from corpusmill.session import open_session
    from corpusmill.tokens.transform import tokenize_documents

    spark = open_session(Runtime(master="local[1]", driver_memory="2g"), folder, verbose=False)
    for at in range(0, len(texts), 10 * BATCH):
        rows = [
            (hashlib.sha256(str(n).encode()).hexdigest()[:32], "0" * 64, text)
            for n, text in enumerate(texts[at : at + 10 * BATCH], at)
        ]
        frame = spark.createDataFrame(rows, "doc_id string, text_digest string, text string")
        frame.write.format("delta").mode("append").save(str(folder / "documents"))
    print("Delta to Delta, one task at a time (MB/s):")
    for name, artefact in named.items():
        for _ in range(2):  # the first warms the JVM
            before = time.monotonic()
            documents = spark.read.format("delta").load(str(folder / "documents"))
            found = tokenize_documents(documents, artefact, proof_limit(len(texts)))
            found.write.format("delta").mode("overwrite").save(str(folder / "tokens"))
            spent = time.monotonic() - before
        print(f"{name:<16}{size / spent:>10.2f}", flush=True)
    spark.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of .jsonl.gz files")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--tokenizer", metavar="FILE")
    parser.add_argument("--delta", action="store_true")
    arguments = parser.parse_args()
    texts = list(texts_of(arguments.input, arguments.every))
    size = sum(len(text.encode()) for text in texts) / MB
    print(f"{len(texts)} documents, {size:.1f} MB")
    with TemporaryDirectory() as folder:
        named = tokenizers_of(arguments.tokenizer, texts, Path(folder))
        print_kernels(texts, named, size)
        if arguments.delta:
            print_delta(texts, named, size, Path(folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
