"""The finding of personal data: MB/s of one core by kind and in all, and on hostile texts.

usage: python bench/pii.py 'data/*.jsonl.gz' [--every 1] [--hostile 1,2,4]

Times are of the process, so that other work on the machine counts less. A kind is read from
nothing, as by a new worker, and then over the second half behind the first: that is nearer to a
long job, which has met most years and dates. Each hostile text is read at each size (in MB): time
is linear where MB/s stay the same.
"""

from __future__ import annotations

import argparse
import glob
import gzip
import json
import random
import time
from collections.abc import Callable, Iterator

from corpusmill.pii import dialling, phones
from corpusmill.pii.analyse import Analyser
from corpusmill.pii.rules import DEFAULT, PiiRules

BATCH = 500
MB = 1_000_000


def repeated(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def numbers_in_a_line(size: int) -> str:
    """Years, dates, versions, phone and card numbers, and random digit groups; no line break."""
    draw = random.Random(size)
    known = ["1999", "2024-01-31", "1.2.3.4", "030 1234567", "+49 89 63648018", "212-555-0143"]
    signs = [" ", ", ", "-", ".", " / ", ":", " word "]
    pieces: list[str] = []
    length = 0
    while length < size:
        group = "".join(draw.choices("0123456789", k=draw.randint(1, 14)))
        pieces += [draw.choice([*known, group, group, group]), draw.choice(signs)]
        length += len(pieces[-1]) + len(pieces[-2])
    return "".join(pieces)[:size]


HOSTILE: dict[str, Callable[[int], str]] = {
    "a…@": lambda size: "a" * size + "@",
    "a…@example.com": lambda size: "a" * size + "@example.com",
    "random digits": lambda size: "".join(random.Random(size).choices("0123456789", k=size)),
    "random digit pairs": lambda size: " ".join(
        f"{random.Random(at).randrange(100):02}" for at in range(size // 3)
    ),
    **{unit: repeated(unit) for unit in ("7", "1.1.", "((((", "+1 ", "12-", "::::", "a@", "::a ")},
    **{unit: repeated(unit) for unit in ("AB12", "1 ", "x1", "a@b.c ", "1x2~", "a" * 40 + "::1 ")},
    "numbers in a line": numbers_in_a_line,
}


def texts_of(pattern: str, every: int) -> Iterator[str]:
    for name in sorted(glob.glob(pattern)):  # noqa: PTH207
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            for row, line in enumerate(lines):
                if row % every == 0:
                    yield json.loads(line)["text"]


def megabytes(texts: list[str]) -> float:
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / MB


def rate(analyser: Analyser, texts: list[str]) -> tuple[float, int]:
    """MB/s, and spans."""
    before, spans = time.process_time(), 0
    for at in range(0, len(texts), BATCH):
        found = analyser.find_in(texts[at : at + BATCH])
        spans += sum(len(each) for each in found if isinstance(each, list))
    return megabytes(texts) / (time.process_time() - before), spans


def forget() -> None:
    """As in a new worker: nothing met before; the library's own data stays read."""
    dialling.is_number.cache_clear()
    for each in (phones._holds_national, phones._may_match, phones._parts):
        each.cache_clear()


def print_rates(texts: list[str]) -> None:
    half = len(texts) // 2
    print(f"{len(texts)} documents, {megabytes(texts):.1f} MB")
    print(f"{'kind':<16}{'from nothing':>14}{'behind half':>14}{'spans':>9}   (MB/s)")
    for kinds in (*((kind,) for kind in DEFAULT), DEFAULT):
        analyser = Analyser(PiiRules(kinds=kinds))
        rate(analyser, texts[:20])
        forget()
        first, spans = rate(analyser, texts)
        forget()
        rate(analyser, texts[:half])
        behind, _ = rate(analyser, texts[half:])
        name = kinds[0] if len(kinds) == 1 else "all"
        print(f"{name:<16}{first:>14.1f}{behind:>14.1f}{spans:>9}")


def print_hostile(sizes: list[float]) -> None:
    analyser = Analyser(PiiRules())
    rate(analyser, ["jo@example.org +49 89 63648018"])
    print(f"{'hostile text':<48}" + "".join(f"{size:>9g} MB" for size in sizes) + "   (MB/s)")
    for name, make in HOSTILE.items():
        rates = []
        for size in sizes:
            forget()
            rates.append(rate(analyser, [make(int(size * MB))])[0])
        print(f"{name:<48}" + "".join(f"{each:>12.2f}" for each in rates), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", nargs="?", help="glob of .jsonl.gz files")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--hostile", default="", help="sizes in MB, such as 1,2,4")
    arguments = parser.parse_args()
    if arguments.input:
        print_rates(list(texts_of(arguments.input, arguments.every)))
    if arguments.hostile:
        print_hostile([float(size) for size in arguments.hostile.split(",")])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
