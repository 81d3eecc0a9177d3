"""Languages: how often they are right, how often they are claimed wrongly, and how fast.

usage: python bench/langid.py --known ntrex.jsonl.gz --small udhr.jsonl.gz --texts 'data/*.jsonl'

``known`` and ``small`` hold rows with text, lang (ISO 639-3) and split (train, dev); dev is read.
Plain is fastText's own answer to the whole text, with line feeds as spaces. To see what a prefix
loses, train rows of a language are laid end to end, twenty at a time, every ten. Speeds are of one
core, the sides in turn, three times, the best of each; ``texts`` are JSON Lines with a field text.
"""

from __future__ import annotations

import argparse
import glob
import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

import pyarrow as pa

from corpusmill.artefacts import Artefact
from corpusmill.langid.codes import canonical, language_of
from corpusmill.langid.model import installed_model, languages_of, load_model
from corpusmill.langid.rules import UNKNOWN, LanguageRules
from corpusmill.langid.transform import language_kernel

PREFIXES = (500, 1000, 1500, 2000, 3000, 4000, 1 << 30)
BATCH = 1000


def rows_of(path: Path, split: str = "dev") -> list[tuple[str, str]]:
    """Text and language of each row of a split."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["split"] == split]
    return [(row["text"], canonical(row["lang"])) for row in rows]


def plain(model: object, texts: Sequence[str]) -> list[str]:
    """FastText's own best labels."""
    labels, _ = model.predict([text.replace("\n", " ") for text in texts], k=1)
    return [language_of(found[0].removeprefix("__label__")) for found in labels]


def ours(artefact: Artefact, texts: Sequence[str], rules: LanguageRules) -> list[dict]:
    """The rows that the job would write."""
    kernel = language_kernel(artefact, rules)
    names = ["doc_id", "text_digest", "text"]
    found = []
    for at in range(0, len(texts), BATCH):
        part = list(texts[at : at + BATCH])
        batch = pa.RecordBatch.from_arrays([pa.array(part)] * 3, names=names)
        found += [row for out in kernel(batch) for row in out.to_pylist()]
    return found


def share(hits: Sequence[bool]) -> str:
    return f"{100 * sum(hits) / max(1, len(hits)):.2f} %"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=Path, required=True)
    parser.add_argument("--small", type=Path, required=True)
    parser.add_argument("--texts", required=True)
    parser.add_argument("--model", default=str(installed_model()))
    arguments = parser.parse_args()
    artefact = Artefact.of(Path(arguments.model))
    model, languages = load_model(artefact), languages_of(artefact)
    accuracy(artefact, model, [row for row in rows_of(arguments.known) if row[1] in languages])
    claims(artefact, rows_of(arguments.small), languages)
    prefixes(artefact, [r for r in rows_of(arguments.known, "train") if r[1] in languages])
    paths = sorted(glob.glob(arguments.texts))  # noqa: PTH207
    lines = [line for path in paths for line in Path(path).read_bytes().splitlines()]
    speed(artefact, model, [json.loads(line)["text"] for line in lines])
    return 0


def accuracy(artefact: Artefact, model: object, rows: list[tuple[str, str]]) -> None:
    """The languages that the model knows."""
    texts, truth = zip(*rows, strict=True)
    bare, found = plain(model, texts), ours(artefact, texts, LanguageRules())
    top = [row["top_language"] for row in found]
    sure = [row["language"] for row in found]
    unchecked = ours(artefact, texts, LanguageRules(script_share=0.0))
    lost = sum(
        a["language"] != b["language"] == t for a, b, t in zip(found, unchecked, truth, strict=True)
    )
    print(f"{len(rows)} rows of {len(set(truth))} languages that the model knows")
    print(f"  right, plain fastText               {share(equal(bare, truth))}")
    print(f"  right, top_language                 {share(equal(top, truth))}")
    print(f"  right, language (with thresholds)   {share(equal(sure, truth))}")
    print(f"  unknown                             {share([each == UNKNOWN for each in sure])}")
    named = [pair for pair in zip(sure, truth, strict=True) if pair[0] != UNKNOWN]
    print(f"  right of those named                {share([a == b for a, b in named])}")
    print(f"  right ones that the script check made unknown: {lost}")
    by_language = defaultdict(list)
    for t, b, o, s in zip(truth, bare, top, sure, strict=True):
        by_language[t].append((b == t, o == t, s == t, s == UNKNOWN, o))
    titles = "".join(f"{title:>10}" for title in ("plain", "top", "named", "unknown"))
    print(f"  {'worst 20':<10}{'rows':>6}{titles}  taken for")
    for language, rs in sorted(by_language.items(), key=lambda it: mean([r[1] for r in it[1]]))[
        :20
    ]:
        columns = "".join(f"{share([r[n] for r in rs]):>10}" for n in range(4))
        taken = Counter(r[4] for r in rs if not r[1]).most_common(3)
        others = ", ".join(f"{n} {other}" for other, n in taken)
        print(f"  {language:<10}{len(rs):>6}{columns}  {others}")


def claims(artefact: Artefact, rows: list[tuple[str, str]], known: frozenset[str]) -> None:
    """Languages that the model does not know, and which it may therefore not name."""
    for title, part in (
        ("knows", [row for row in rows if row[1] in known]),
        ("does not know", [row for row in rows if row[1] not in known]),
    ):
        texts, truth = zip(*part, strict=True)
        print(f"{len(part)} rows of {len(set(truth))} small languages that the model {title}")
        for check in (0.0, 0.1):
            found = ours(artefact, texts, LanguageRules(script_share=check))
            named = [(r["language"], t) for r, t in zip(found, truth, strict=True)]
            false = [language not in (UNKNOWN, t) for language, t in named]
            print(
                f"  script_share {check}: unknown {share([n == UNKNOWN for n, _ in named])}, "
                f"their own {share([n == t for n, t in named])}, false claims {share(false)}"
            )
        wrong = Counter(f"{t} as {n}" for n, t in named if n not in (UNKNOWN, t))
        print(f"  most often: {', '.join(f'{n} {text}' for text, n in wrong.most_common(12))}")


def prefixes(artefact: Artefact, rows: list[tuple[str, str]]) -> None:
    """What the model loses when it is shown the beginning only."""
    by_language = defaultdict(list)
    for text, language in rows:
        by_language[language].append(text)
    documents = [
        ("\n".join(texts[at : at + 20]), language)
        for language, texts in sorted(by_language.items())
        for at in range(0, len(texts) - 19, 10)
    ]
    texts, truth = zip(*documents, strict=True)
    print(f"{len(texts)} documents of {sum(map(len, texts)) // len(texts)} characters")
    for prefix in PREFIXES:
        found = ours(artefact, texts, LanguageRules(prefix=prefix))
        top, sure = ([row[name] for row in found] for name in ("top_language", "language"))
        name = "whole" if prefix == PREFIXES[-1] else prefix
        print(f"  {name:>8}  top {share(equal(top, truth))}  named {share(equal(sure, truth))}")


def speed(artefact: Artefact, model: object, texts: list[str]) -> None:
    """MB of UTF-8 a second, of the whole texts, whatever part of them is shown."""
    rules = LanguageRules()
    size = sum(len(text.encode()) for text in texts) / 1e6

    def bare() -> None:
        model.predict([text[: rules.prefix].replace("\n", " ") for text in texts], k=1)

    def whole() -> None:
        model.predict([text.replace("\n", " ") for text in texts], k=1)

    sides: dict[str, Callable[[], object]] = {
        "fastText, whole texts": whole,
        f"fastText, first {rules.prefix}": bare,
        "identify-language": lambda: ours(artefact, texts, rules),
    }
    best = dict.fromkeys(sides, 1e9)
    for _ in range(3):
        for name, run in sides.items():
            started = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - started)
    print(f"{size:.1f} MB in {len(texts)} texts; MB/s of one core")
    for name, seconds in best.items():
        print(f"  {name:<24}{size / seconds:>8.1f}")


def equal(found: Sequence[str], truth: Sequence[str]) -> list[bool]:
    return [a == b for a, b in zip(found, truth, strict=True)]


if __name__ == "__main__":
    raise SystemExit(main())
