"""Replace personal data in kept documents; cut out lines and passages that the recipe wants gone.

Reads    documents, languages, selection
Writes   pii_spans, edits, clean_documents
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from pyspark.sql import DataFrame, Row

from corpusmill import cli
from corpusmill.artefacts import Artefact
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.dedup.transform import passage_edits
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.pii import tally
from corpusmill.pii import transform as pii
from corpusmill.pii.tally import Tally
from corpusmill.quality.transform import line_edits
from corpusmill.refusal import Refused
from corpusmill.scratch import scratch
from corpusmill.text.transform import without_documents
from corpusmill.work import Work, left_to_do

_BESIDE = ("pii_spans", "edits")
Lists = list[tuple[FrequentRule, Artefact]]


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Analyse each newly kept document once, then write the findings, the edits, the clean text."""
    reads = [mill.read(name) for name in ("documents", "languages", "selection")]
    documents, languages, selection = (read.rows for read in reads)
    kept = selection.where("kept").select(*KEYS).join(languages.select(*KEYS, "language"), KEYS)
    lists = _lists(mill, kept)
    mill.touch("clean_documents", *_BESIDE)
    out = pii.dropped(mill.beside("clean_documents", "pii_spans").rows).select(*KEYS)
    done = mill.warehouse.snapshot("clean_documents").rows.select(*KEYS).union(out)
    work = left_to_do(mill, "clean_documents", kept, reads, done=done, beside=_BESIDE)
    if work.nothing:
        return Outcome({"computed": 0, "dropped": 0, "edits": {}, "emptied": 0, **tally.told([])})
    for name in without_documents(documents, mill.recipe.pii.sources) if work.count else ():
        mill.progress.say(f"recipe.pii.sources.{name}: no document is of this source")
    with scratch(mill.warehouse, "clean_documents") as tables:
        work = replace(work, ids=tables.hold("ids", work.ids))
        work.publish_beside("pii_spans", pii.find_pii(work.attach(documents), mill.resolved.pii))
        spans = work.narrow(mill.warehouse.snapshot("pii_spans").rows)
        found = [Tally(*row) for row in pii.tallies(spans).collect()]
        tally.check_failures(found, work.count, mill.runtime.guards.pii_failed_share)
        left = work
        if tally.drops(found):
            ids = tables.hold("left", work.ids.join(pii.dropped(spans), KEYS, "left_anti"))
            left = replace(work, ids=ids, count=ids.count())
        values = tally.surrogates(found)
        work.publish_beside("edits", _edits(documents, left, spans, values, lists), _BESIDE[:1])
        edits = work.narrow(mill.warehouse.snapshot("edits").rows)
        steps = {row.pop("step"): row for row in map(Row.asDict, pii.by_step(edits).collect())}
        weight = left.count + sum(step["edits"] for step in steps.values())
        edited = mill.attach_to(documents, pii.with_edits(left.ids, edits), weight)
        work.publish(pii.clean_documents(edited), _BESIDE)
        counts = {"computed": work.count, "dropped": work.count - left.count, "edits": steps}
        clean = work.narrow(mill.warehouse.snapshot("clean_documents").rows)
        is_cut = mill.recipe.dedup.passages.is_asked
        counts["emptied"] = clean.where("not text rlike '\\\\S'").count() if is_cut else 0
    return Outcome({**counts, **tally.told(found)})


def _edits(rows: DataFrame, work: Work, spans: DataFrame, values: int, lists: Lists) -> DataFrame:
    """Rows of ``edits``; only steps that have something to do look at texts."""
    mill, edits = work.mill, pii.edits_of(spans)
    if (key := mill.resolved.pii_key) and values:
        texts = mill.attach_to(rows, pii.with_surrogates(spans), values)
        edits = edits.unionByName(pii.surrogate_edits(texts, key))
    texts = work.attach(rows)
    if limits := mill.recipe.quality.line_limits:
        edits = edits.unionByName(line_edits(texts, limits))
    if (passages := mill.recipe.dedup.passages).is_asked:
        edits = edits.unionByName(passage_edits(texts, passages.repeats, lists))
    return edits


def _lists(mill: Mill, kept: DataFrame) -> Lists:
    """The lists of frequent passages with their rules; without documents none are needed."""
    pairs = list(zip(mill.recipe.dedup.passages.rules, mill.resolved.passages, strict=True))
    lists = [(rule, found) for rule, found in pairs if found is not None]
    if len(lists) < len(pairs) and not kept.isEmpty():
        raise Refused("recipe.dedup.passages.frequent: not counted yet; run count-passages first")
    return lists


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("redact-pii", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
