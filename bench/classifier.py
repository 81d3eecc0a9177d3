"""How well a trained classifier tells labelled texts apart, beside their length alone.

usage: python bench/classifier.py blocks.jsonl.gz [--held-back 0.2] [--seeds 1 2] [--set epochs=10]

The file has ``text``, ``label`` (1 or 0) and ``page``; texts of one page are never split between
training and measuring. One line a seed, which says what is held back and how fastText starts.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tempfile
import time
from pathlib import Path

import yaml

from corpusmill.config import decode
from corpusmill.quality.classifier_rules import ClassifierRules
from corpusmill.quality.examples import Example
from corpusmill.quality.fit import fit
from corpusmill.quality.metrics import Ranking


def examples(path: str, seed: int) -> list[Example]:
    """The lines of the file in an order of the seed's, as a run of the mill would deal them."""
    opened = gzip.open if path.endswith(".gz") else open
    with opened(Path(path), "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    keys = [hashlib.sha256(f"{seed}\0{n}".encode()).hexdigest() for n in range(len(rows))]
    return [
        Example(row["text"], row["label"], len(row["text"]), "file", row["page"])
        for _, row in sorted(zip(keys, rows, strict=True), key=lambda pair: pair[0])
    ]


def told(ranking: Ranking) -> str:
    return f"{ranking.roc_auc / 1e6:.4f} {ranking.average_precision / 1e6:.4f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--held-back", type=float, default=0.2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 1, 2, 3, 4])
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="KEY=VALUE")
    arguments = parser.parse_args()
    written = dict(text.split("=", 1) for text in arguments.sets)
    given = {key: yaml.safe_load(value) for key, value in written.items()}
    rules = decode(ClassifierRules, {"held_back": arguments.held_back, **given}, "classifier")
    print("seed  training  good  bad    ROC-AUC, average precision; of the length alone; seconds")
    for seed in arguments.seeds:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
            found = fit(examples(arguments.file, seed), rules, seed, [], Path(folder))
        trained, measured = len(found.split.training), found.measured
        if measured is None:
            print(f"{seed:4}  {trained:8}  not measured: too few documents of a label")
            continue
        print(
            f"{seed:4}  {trained:8}  {measured.positive:4}  {measured.negative:3}    "
            f"{told(measured.model)}   {told(measured.length)}   {time.monotonic() - started:.1f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
