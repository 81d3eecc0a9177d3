"""Speed and quality of taking main texts out of pages, beside the bare library.

usage: python bench/extract.py pages.jsonl.gz [--rounds 3]

The file has pages in the field ``html``; with ``main_text``, or with ``must_have`` and
``must_not_have``, their quality is told too. Both run in turns over the same pages, and the ratio
is that of their best rounds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from trafilatura import extract

from corpusmill.ingest.extract import ExtractRules, Unextractable, extract_page

Extractor = Callable[[dict], str]


def ours(row: dict) -> str:
    try:
        return extract_page(row["html"].encode(), "utf-8", row.get("url"), ExtractRules()).text
    except Unextractable:
        return ""


def bare(row: dict) -> str:
    return extract(row["html"], include_comments=False) or ""


def f1(found: str, truth: str) -> float:
    """Of the words of both, as bags."""
    a, b = (Counter(re.findall(r"\w+", text.lower())) for text in (found, truth))
    both = sum((a & b).values())
    return 2 * both / max(1, sum(a.values()) + sum(b.values()))


def told(rows: list[dict], texts: list[str]) -> str:
    said = []
    if "main_text" in rows[0]:
        scores = [f1(text, row["main_text"]) for row, text in zip(rows, texts, strict=True)]
        said.append(f"token F1 {sum(scores) / len(scores):.4f}")
    for field in ("must_have", "must_not_have"):
        wanted = [
            " ".join(phrase.split()) in " ".join(text.split())
            for row, text in zip(rows, texts, strict=True)
            for phrase in row.get(field, [])
        ]
        if wanted:
            said.append(f"{field} {sum(wanted) / len(wanted):.4f}")
    return ", ".join([*said, f"{sum(not text for text in texts)} without text"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    opened = gzip.open if arguments.pages.endswith(".gz") else open
    with opened(Path(arguments.pages), "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    size = sum(len(row["html"].encode()) for row in rows) / 1e6
    seconds: dict[str, float] = {}
    extractors: dict[str, Extractor] = {"ours": ours, "bare library": bare}
    for number in range(arguments.rounds):
        for name, extractor in extractors.items():
            started = time.process_time()
            texts = [extractor(row) for row in rows]
            spent = time.process_time() - started
            seconds[name] = min(spent, seconds.get(name, spent))
            if number == 0:
                print(f"{name:<14}{told(rows, texts)}")
    for name, spent in seconds.items():
        print(f"{name:<14}{size / spent:8.2f} MB/s")
    print(f"ratio {seconds['bare library'] / seconds['ours']:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
