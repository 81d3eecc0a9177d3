"""The filters beside datatrove's on the same documents: decisions, and seconds of one core each.

usage: python bench/filters.py 'data/*.jsonl.gz' [--where lang_hint=en] [--every 1]

``--where`` takes documents whose field begins with the value. Texts are normalised first, as they
stand in the table ``documents``. Times are of the process, so that other work on the machine counts
less. Our filters run over all documents from nothing, and over the second half of them behind the
first: that is nearer to a long job, which has met most words.
"""

from __future__ import annotations

import argparse
import glob
import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)

from corpusmill.quality.filters import measure_all
from corpusmill.quality.presets import limits_of
from corpusmill.quality.words import SEEN
from corpusmill.text.normalise import NormaliseRules, normalise

NAMES = ("gopher_quality", "gopher_repetition", "c4", "fineweb")
BATCH = 500


def documents(pattern: str, where: str, every: int) -> Iterator[str]:
    field, _, wanted = where.partition("=")
    rules, taken = NormaliseRules().of(""), 0
    for name in sorted(glob.glob(pattern)):  # noqa: PTH207
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if str(row.get(field, "")).startswith(wanted):
                    taken += 1
                    if taken % every == 0:
                        yield normalise(row["text"], rules).text


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    before = time.process_time()
    return work(), time.process_time() - before


def ours(texts: list[str], names: tuple[str, ...] = NAMES) -> list[dict[str, list[str]]]:
    limits = {name: each for name, each in limits_of(NAMES, {}, {}).items() if name in names}
    broken = []
    for at in range(0, len(texts), BATCH):
        batch = texts[at : at + BATCH]
        broken += measure_all(batch, ["en"] * len(batch), limits)[1]
    return broken


def verdict(of_theirs: Any, text: str) -> str:
    try:
        found = of_theirs.filter(Document(text=text, id=""))
    except ZeroDivisionError:
        return "no words"
    return "kept" if found is True else str(found[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="glob of .jsonl.gz files")
    parser.add_argument("--where", default="lang_hint=en")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    texts = list(documents(arguments.input, arguments.where, arguments.every))
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts)} documents, {size:.1f} MB")

    broken, first = timed(lambda: ours(texts))
    SEEN.clear()
    half = len(texts) // 2
    ours(texts[:half])
    _, behind = timed(lambda: ours(texts[half:]))
    rest = sum(len(text.encode()) for text in texts[half:]) / 1e6
    theirs = {
        "gopher_quality": GopherQualityFilter(),
        "gopher_repetition": GopherRepetitionFilter(),
        "c4": C4QualityFilter(filter_no_terminal_punct=False),
        "fineweb": FineWebQualityFilter(),
    }
    print(f"{'filter':<20}{'agree %':>9}{'kept %':>8}{'datatrove MB/s':>16}{'ours alone':>12}")
    total = 0.0
    for name, of_theirs in theirs.items():
        found, seconds = timed(lambda f=of_theirs: [verdict(f, text) for text in texts])
        _, alone = timed(lambda n=name: ours(texts, (n,)))
        total += seconds
        kept = [each == "kept" for each in found]
        other = Counter(
            (their, ", ".join(rules.get(name, ["kept"])))
            for their, rules in zip(found, broken, strict=True)
            if (their == "kept") == (name in rules)
        )
        agree = 100 - 100 * sum(other.values()) / len(texts)
        share = 100 * sum(kept) / len(texts)
        print(f"{name:<20}{agree:>9.3f}{share:>8.2f}{size / seconds:>16.2f}{size / alone:>12.2f}")
        for (their, our), count in other.most_common():
            print(f"    {count} x datatrove: {their}; ours: {our}")
    theirs_rate, first_rate, late_rate = size / total, size / first, rest / behind
    print(f"all: datatrove {theirs_rate:.3f} MB/s, ours {first_rate:.2f} from nothing,", end=" ")
    print(f"{late_rate:.2f} behind half of them:", end=" ")
    print(f"{first_rate / theirs_rate:.1f} and {late_rate / theirs_rate:.1f} times as fast")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
