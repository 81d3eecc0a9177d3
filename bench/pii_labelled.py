"""What of labelled personal data is found: by ours, by Presidio, by plain patterns, by datatrove.

usage: python bench/pii_labelled.py FILE ... [--stock]

FILEs are JSON Lines of labelled texts (see docs/pii.md), each with a table of its own. A finder has
a line for each kind that it looks for. ``--stock`` adds Presidio's own engine and recognisers on
whole texts, at the recipe's threshold, with the list of public suffixes that ours has. datatrove is
taken where it can be imported: its spans are what its own expressions match and its own validators
let through; addresses in mail addresses apart, for those are gone when it looks for addresses.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

from corpusmill.labelled_files import labelled_rows
from corpusmill.pii.analyse import Analyser
from corpusmill.pii.evaluate import ALL, evaluate
from corpusmill.pii.figures_table import table
from corpusmill.pii.labelled import Labelled
from corpusmill.pii.recognisers import LANGUAGE, OfflineEmailRecognizer, build_words
from corpusmill.pii.rules import PiiRules, millionths
from corpusmill.pii.spans import Span, resolve_overlaps

Find = Callable[[str], list[Span]]

RULES = PiiRules()
PLAIN = {
    "EMAIL_ADDRESS": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "IP_ADDRESS": re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),
    "PHONE_NUMBER": re.compile(r"(?:\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\b"),
}


class Finder(NamedTuple):
    """What finds spans, and of which kinds."""

    find: Find
    kinds: Sequence[str]

    def of_row(self, row: Labelled) -> list[Span]:
        """What it finds in a labelled text."""
        return self.find(row.text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--stock", action="store_true", help="Presidio's own engine too")
    arguments = parser.parse_args()
    finders = dict(finders_of(arguments.stock))
    for file in arguments.files:
        print(f"\n{file.name}")
        found = {
            name: evaluate(labelled_rows([file]), finder.of_row, finder.kinds).figures
            for name, finder in finders.items()
        }
        report(found)
    return 0


def finders_of(stock: bool) -> Iterator[tuple[str, Finder]]:
    yield "ours", Finder(Analyser(RULES).find_spans, RULES.kinds)
    if stock:
        yield "presidio", Finder(presidio(), RULES.kinds)
    yield "patterns", Finder(patterns, tuple(PLAIN))
    if (formatter := datatrove()) is not None:
        yield "datatrove", Finder(formatter, ("EMAIL_ADDRESS", "IP_ADDRESS"))


def report(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Lines by kind, of each the finders; those of all kinds only where a finder looks for all."""
    heads: list[str] = []
    lines: dict[str, list[str]] = {kind: [] for kind in (*RULES.kinds, ALL)}
    for name, figures in found.items():
        above, below, *rows = table(figures)
        heads = [above, below]
        for kind, row in zip(figures["kinds"], rows, strict=True):
            if kind != ALL or len(rows) > len(RULES.kinds):
                lines[kind].append(f"{name:<11}{row}")
    print("\n".join(f"{'':<11}{head}" for head in heads))
    print("\n".join(line for of_kind in lines.values() for line in of_kind))


def presidio() -> Find:
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=[LANGUAGE])
    registry.remove_recognizer("EmailRecognizer")
    registry.add_recognizer(OfflineEmailRecognizer())
    engine = AnalyzerEngine(registry=registry, nlp_engine=build_words())

    def find(text: str) -> list[Span]:
        results = engine.analyze(
            text, LANGUAGE, entities=list(RULES.kinds), score_threshold=RULES.threshold
        )
        return resolve_overlaps(
            Span(found.entity_type, found.start, found.end, "presidio", millionths(found.score))
            for found in results
        )

    return find


def patterns(text: str) -> list[Span]:
    return resolve_overlaps(
        Span(kind, *match.span(), "pattern", 0)
        for kind, pattern in PLAIN.items()
        for match in pattern.finditer(text)
    )


def datatrove() -> Find | None:
    try:
        from datatrove.pipeline.formatters.pii import PIIFormatter
    except ImportError:
        return None
    formatter = PIIFormatter()
    mails, addresses = formatter.emails_replacer, formatter.ip_replacer

    def find(text: str) -> list[Span]:
        left = mails.regex.sub(lambda match: "x" * len(match[0]), text)
        found = [("EMAIL_ADDRESS", match) for match in mails.regex.finditer(text)]
        found += [
            ("IP_ADDRESS", match)
            for match in addresses.regex.finditer(left)
            if addresses.validator(match[0])
        ]
        return [Span(kind, *match.span(), "datatrove", 0) for kind, match in found]

    return find


if __name__ == "__main__":
    raise SystemExit(main())
