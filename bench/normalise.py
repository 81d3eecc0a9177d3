"""Speed of the kernel of normalise-documents: MB of text a second, on one core, by step.

usage: python bench/normalise.py 'data/*.jsonl.gz' [--rows 1000] [--rounds 3] [--dirty]

Reads the texts of JSON Lines files, puts them into Arrow batches and normalises them without Spark.
Times are of the processor, the best of some rounds. ``--dirty`` gives every line a carriage return
and a no-break space, so that no text passes as it is.
"""

from __future__ import annotations

import argparse
import glob
import gzip
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.text import badness, composition, controls, spaces
from corpusmill.text.badness import MAYBE_BAD
from corpusmill.text.batch import documents_of
from corpusmill.text.composition import composed
from corpusmill.text.controls import without_hidden, without_latin_controls
from corpusmill.text.gate import suspects, with_odd_ends
from corpusmill.text.mojibake import repaired
from corpusmill.text.normalise import NormaliseRules, normalise
from corpusmill.text.spaces import trimmed, with_plain_spaces

Step = tuple[str, Callable[[], object], list[str]]


def texts_of(pattern: str) -> Iterator[str]:
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207
        content = Path(name).read_bytes()
        lines = gzip.decompress(content) if name.endswith(".gz") else content
        yield from (json.loads(line)["text"] for line in lines.splitlines())


def batch_of(texts: list[str]) -> pa.RecordBatch:
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    ids = [digest[:32] for digest in digests]
    columns = [ids, ["bench"] * len(texts), digests, texts]
    names = ["doc_id", "source", "content_digest", "content"]
    return pa.RecordBatch.from_pydict(dict(zip(names, columns, strict=True)))


def best(work: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)


def steps_of(batches: list[pa.RecordBatch], texts: list[str]) -> Iterator[Step]:
    """What the kernel does, in parts: name, work, the texts it is done to; last, all of it."""
    rules = NormaliseRules()
    own = rules.of("bench")
    contents = [batch.column("content") for batch in batches]
    odd = [
        text
        for content in contents
        for text in content.filter(pa.array(suspects(content, own))).to_pylist()
    ]
    other = [text for text in odd if not text.isascii()]
    changes: Counter[str] = Counter()

    def gate(pattern: str) -> Callable[[], object]:
        return lambda: [pc.match_substring_regex(content, pattern) for content in contents]

    def each(work: Callable[[str], object], over: list[str]) -> Callable[[], object]:
        return lambda: [work(text) for text in over]

    yield "gate: ends", lambda: [with_odd_ends(content, own) for content in contents], texts
    yield "gate: suspects", lambda: [suspects(content, own) for content in contents], texts
    yield "  invisible characters", gate(controls.SUSPECT), texts
    yield "  unusual spaces", gate(spaces.SUSPECT["trim"]), texts
    yield "  composition", gate(composition.suspect()), texts
    yield "  mojibake", gate(badness.SUSPECT), texts
    yield "suspects", each(lambda text: normalise(text, own), odd), odd
    yield "  hidden characters", each(lambda text: without_hidden(text, changes), odd), odd
    yield "  mojibake: look", each(MAYBE_BAD.search, other), other
    yield "  mojibake: repair", each(lambda text: repaired(text, changes), other), other
    yield "  C1 controls", each(lambda text: without_latin_controls(text, changes), other), other
    yield "  unusual spaces", each(lambda text: with_plain_spaces(text, changes), other), other
    yield "  line ends", each(lambda text: trimmed(text, changes), odd), odd
    yield "  composition", each(lambda text: composed(text, changes), other), other
    yield "kernel", lambda: [documents_of(batch, rules) for batch in batches], texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of JSON Lines files")
    parser.add_argument("--rows", type=int, default=1_000, help="texts a batch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dirty", action="store_true")
    arguments = parser.parse_args()
    texts = list(texts_of(arguments.input))
    if arguments.dirty:
        texts = [text.replace("\n", "\xa0\r\n") + "\xa0\r\n" for text in texts]
    rows = range(0, len(texts), arguments.rows)
    batches = [batch_of(texts[start : start + arguments.rows]) for start in rows]
    steps = list(steps_of(batches, texts))
    print(f"{'step':<26}{'texts':>9}{'MB':>9}{'MB/s':>9}{'of kernel':>11}")
    total = best(steps[-1][1], arguments.rounds)
    for name, work, over in steps:
        size = sum(len(text.encode()) for text in over) / 1e6
        seconds = total if name == "kernel" else best(work, arguments.rounds)
        speed, share = size / max(seconds, 1e-9), seconds / total
        print(f"{name:<26}{len(over):>9,}{size:>9.1f}{speed:>9.0f}{share:>11.1%}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
