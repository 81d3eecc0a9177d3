"""Measure what the recipe's search for personal data finds of it in labelled texts.

Reads    JSON Lines files of {"id", "text", "spans": [{"type", "start", "end"}]}; no table
Writes   <output>/reports/pii-evaluation-<digest>.json: figures, and examples by id and place
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpusmill import cli
from corpusmill.digests import canonical, digest, file_digest
from corpusmill.invocation import count
from corpusmill.labelled_files import labelled_files, labelled_rows
from corpusmill.mill import Mill, Outcome
from corpusmill.pii.evaluate import evaluate
from corpusmill.pii.figures_table import group_table, table
from corpusmill.pii.labelled import Labelled
from corpusmill.pii.settle import described, key_of, settled
from corpusmill.pii.spans import Span
from corpusmill.pii.transform import analyser_of
from corpusmill.refusal import Refused
from corpusmill.resolve import engines
from corpusmill.stages import STAGES


def options(parser: argparse.ArgumentParser) -> None:
    """What only this job takes."""
    parser.add_argument(
        "--labelled", action="append", required=True, metavar="GLOB", help="files of labelled texts"
    )
    parser.add_argument(
        "--label", action="append", default=[], metavar="TYPE=KIND", help="what a label type is"
    )
    text = "misses and false alarms told of each kind, by id and place (default 5)"
    parser.add_argument("--examples", type=count, default=5, metavar="N", help=text)


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Analyse each text as a run would, compare, tell, write the report."""
    rules = settled(mill.recipe.pii)
    kinds = rules.kinds_asked
    named = _named(arguments.label, kinds)
    files = labelled_files(arguments.labelled)
    texts = sum(1 for _ in labelled_rows(files))  # all are read once before the long work
    if not texts:
        raise Refused(f"--labelled {' '.join(arguments.labelled)}: holds no text")

    def find(row: Labelled) -> list[Span]:
        return analyser_of(rules.of(row.source or "", row.language or "")).find_spans(row.text)

    found = evaluate(labelled_rows(files), find, kinds, named, arguments.examples)
    for line in (*table(found.figures), *group_table(found.figures)):
        mill.progress.show(line)
    made_of = {
        "rules": described(rules, key_of(rules)),
        "engines": {name: engines()[name] for name in STAGES["pii_spans"].engines},
        "labels": named,
        "files": [{"name": file.name, "sha256": file_digest(file)} for file in files],
    }
    path, is_new = _kept(mill, {**made_of, "figures": found.figures, "examples": found.cases})
    mill.progress.say(f"{texts:,} texts, analysis failed on {len(found.failed):,}: {path}")
    extra = {"report": str(path), "examples": found.cases}
    return Outcome(found.figures, extra, status="done" if is_new else "unchanged")


def _named(texts: Sequence[str], kinds: Sequence[str]) -> dict[str, str]:
    """``--label`` options as a mapping."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, kind = text.partition("=")
        if not (name and equals and kind):
            raise Refused(f"--label {text}: write it as TYPE=KIND")
        if kind not in kinds:
            raise Refused(f"--label {text}: recipe.pii.kinds are {', '.join(kinds)}")
        if found.setdefault(name, kind) != kind:
            raise Refused(f"--label {text}: {name} is {found[name]} already")
    return found


def _kept(mill: Mill, report: dict[str, Any]) -> tuple[Path, bool]:
    """Where the report lies, and whether it did not before."""
    path = mill.output / "reports" / f"pii-evaluation-{digest(report)[:16]}.json"
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical(report))
    return path, is_new


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("evaluate-pii", run, arguments, options, __doc__, by_recipe=False)


if __name__ == "__main__":
    raise SystemExit(main())
