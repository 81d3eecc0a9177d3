"""Replace personal data in kept documents; cut out lines and passages that the recipe wants gone.

Reads    documents, languages, selection
Writes   pii_spans, edits, clean_documents
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from corpusmill import cli
from corpusmill.artefacts import Artefact
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.dedup.transform import passage_edits
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.pii.transform import (
    clean_documents,
    dropped,
    edits_of,
    find_pii,
    with_edits,
)
from corpusmill.quality.transform import line_edits
from corpusmill.refusal import Refused, Stopped
from corpusmill.text.transform import without_documents


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Analyse each newly kept document once, then write the findings, the edits, the clean text."""
    line_limits, passages = mill.recipe.quality.line_limits, mill.recipe.dedup.passages
    reads = [mill.read(name) for name in ("documents", "languages", "selection")]
    documents, languages, selection = (read.rows for read in reads)
    kept = selection.where("kept").select(*KEYS).join(languages.select(*KEYS, "language"), KEYS)
    lists = _lists(mill, kept)
    mill.touch("clean_documents", "pii_spans", "edits")
    gone = dropped(mill.warehouse.snapshot("pii_spans").rows).select(*KEYS)
    done = mill.warehouse.snapshot("clean_documents").rows.select(*KEYS).union(gone)
    work = mill.work("clean_documents", kept, reads, done=done, beside=["pii_spans", "edits"])

    for name in without_documents(documents, mill.recipe.pii.sources) if work.count else ():
        mill.progress.say(f"recipe.pii.sources.{name}: no document is of this source")
    analysed = find_pii(mill.attach(documents, work), mill.resolved.pii)
    mill.publish_beside("pii_spans", analysed, work)
    found = mill.warehouse.snapshot("pii_spans").rows
    losses = {
        row.failed: row["count"] for row in dropped(found).groupBy("failed").count().collect()
    }
    lost = losses.get(True, 0)
    if lost and lost > mill.runtime.guards.pii_failed_share * (of := kept.count()):
        failed_on = f"analysis failed on {lost} of {of} documents"
        raise Stopped(f"runtime.guards.pii_failed_share: {failed_on}")
    spans = mill.narrow(found, work)
    lines = line_edits(mill.attach(documents, work), line_limits)
    cuts = passage_edits(mill.attach(documents, work), passages.repeats, lists)
    hidden = edits_of(mill.attach(documents, work), spans, mill.resolved.pii_key)
    mill.publish_beside("edits", lines.unionByName(cuts).unionByName(hidden), work)
    edits = mill.narrow(mill.warehouse.snapshot("edits").rows, work)
    edited = with_edits(work.ids.join(dropped(spans), KEYS, "left_anti"), edits)
    made = {} if work.nothing else _by_step(edits)
    weight = work.count + sum(step["edits"] for step in made.values())
    clean = clean_documents(mill.attach_to(documents, edited, weight))
    mill.publish_work(clean, work, beside=["pii_spans", "edits"])
    gone_in_all = sum(losses.values())
    counts = {"computed": work.count, "failed": lost, "dropped": gone_in_all, "edits": made}
    if passages.is_asked:
        written = mill.warehouse.snapshot("clean_documents").rows.join(work.ids, KEYS, "left_semi")
        counts["emptied"] = 0 if work.nothing else written.where("not text rlike '\\\\S'").count()
    return Outcome(counts=counts)


def _lists(mill: Mill, kept: DataFrame) -> list[tuple[FrequentRule, Artefact]]:
    """The lists of frequent passages with their rules; without documents none are needed."""
    pairs = list(zip(mill.recipe.dedup.passages.rules, mill.resolved.passages, strict=True))
    lists = [(rule, found) for rule, found in pairs if found is not None]
    if len(lists) < len(pairs) and not kept.isEmpty():
        raise Refused("recipe.dedup.passages.frequent: not counted yet; run count-passages first")
    return lists


def _by_step(edits: DataFrame) -> dict[str, dict[str, int]]:
    """How many edits each step asks for, and of how many characters."""
    asked = edits.groupBy("step").agg(
        F.count("*").alias("edits"), F.sum(F.col("end") - F.col("start")).alias("characters")
    )
    rows = sorted(asked.collect(), key=lambda row: row.step)
    return {row.step: {"edits": row.edits, "characters": row.characters} for row in rows}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("redact-pii", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
