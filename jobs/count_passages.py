"""Count which passages stand in many of the kept documents, once, and pin the lists.

Reads    documents, selection
Writes   a list for each entry of recipe.dedup.passages.frequent under <output>/models
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill import cli
from corpusmill.artefacts import Shelf
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.dedup.passages import frequent_of, load_passages
from corpusmill.dedup.transform import count_passages
from corpusmill.invocation import refit_option
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.refusal import Stopped
from corpusmill.resolve import PASSAGES, passage_settings
from corpusmill.scratch import scratch

_AT_ONCE = 1_000_000  # rows, 24 MB


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Count for the entries that have no list yet, in one pass over the kept texts."""
    rules, have = mill.recipe.dedup.passages.rules, mill.resolved.passages
    pairs = zip(rules, have, strict=True)
    todo = [rule for rule, found in pairs if found is None or arguments.refit]
    if todo:
        _fit(mill, todo)
    lists = [found for found in mill.resolved.passages if found is not None]
    return Outcome(
        counts={"frequent": [len(load_passages(found)) for found in lists]},
        extra={"passages": [found.sha256 for found in lists]},
        status="done" if todo and lists else None,
    )


def _fit(mill: Mill, rules: Sequence[FrequentRule]) -> None:
    documents, selection = reads = [mill.read(name) for name in ("documents", "selection")]
    kept = selection.rows.where("kept").select(*KEYS)
    count, bound = kept.count(), mill.runtime.guards.frequent_passages
    if not count:
        mill.progress.say("no lists of frequent passages: there is no text to count in")
        return
    texts = mill.attach_to(documents.rows, kept, count)
    with scratch(mill.warehouse, "passages") as tables:
        rows = _collected(tables.keep("found", count_passages(texts, rules)), bound)
    fitted_on = {**{read.name: read.pin for read in reads}, "documents_kept": count}
    shelf = Shelf(mill.output / "models")
    with shelf.bench() as folder:
        for entry, rule in enumerate(rules):
            file = folder / f"{entry}.npy"
            frequent_of(rows.filter(pc.equal(rows.column("entry"), entry))).save(file)
            shelf.keep(PASSAGES, passage_settings(rule), file, fitted_on)


def _collected(found: DataFrame, bound: int) -> pa.Table:
    """All rows, a slice of them after the other: Spark holds what it hands over a second time."""
    count = found.count()
    if count > bound:
        raise Stopped(
            f"runtime.guards.frequent_passages: {count} passages, more than {bound}; raise "
            "documents or min_chars of recipe.dedup.passages.frequent"
        )
    slices = count // _AT_ONCE + 1
    return pa.concat_tables(
        found.where(F.pmod("hash", F.lit(slices)) == number).toArrow() for number in range(slices)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("count-passages", run, arguments, refit_option, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
