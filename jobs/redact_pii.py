"""Find personal data in kept documents and replace it; cut lines out where the recipe says so.

Reads    documents, languages, selection
Writes   pii_spans, edits, clean_documents
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.mill import KEYS, Mill, Outcome
from corpusmill.pii.transform import clean_documents, edits_of, find_pii, with_edits
from corpusmill.quality.transform import line_edits
from corpusmill.refusal import Stopped


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Analyse each newly kept document once, then write the findings, the edits, the clean text."""
    line_limits = mill.recipe.quality.line_limits
    reads = [mill.read(name) for name in ("documents", "languages", "selection")]
    documents, languages, selection = (read.rows for read in reads)
    kept = selection.where("kept").select(*KEYS).join(languages.select(*KEYS, "language"), KEYS)
    mill.touch("clean_documents")
    mill.touch("pii_spans")
    dropped = mill.warehouse.snapshot("pii_spans").rows.where("action = 'drop'").select(*KEYS)
    done = mill.warehouse.snapshot("clean_documents").rows.select(*KEYS).union(dropped)
    work = mill.work("clean_documents", kept, reads, done=done, beside=["pii_spans", "edits"])

    mill.publish_beside("pii_spans", find_pii(mill.attach(documents, work), mill.recipe.pii), work)
    found = mill.warehouse.snapshot("pii_spans").rows
    lost, of = found.where("action = 'drop'").count(), kept.count()
    if lost > mill.runtime.guards.pii_failed_share * of:
        failed_on = f"analysis failed on {lost} of {of} documents"
        raise Stopped(f"runtime.guards.pii_failed_share: {failed_on}")
    spans = found.join(work.ids.select(*KEYS), KEYS, "left_semi")
    lines = line_edits(mill.attach(documents, work), line_limits)
    mill.publish_beside("edits", lines.unionByName(edits_of(spans)), work)
    edits = mill.warehouse.snapshot("edits").rows.join(work.ids.select(*KEYS), KEYS, "left_semi")
    failed = spans.where("action = 'drop'").select("doc_id")
    edited = with_edits(work.ids.join(failed, "doc_id", "left_anti"), edits)
    weight = work.count + (0 if work.nothing else edits.count())
    clean = clean_documents(mill.attach_to(documents, edited, weight))
    mill.publish_work(clean, work, beside=["pii_spans", "edits"])
    return Outcome(counts={"computed": work.count, "dropped": lost})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("redact-pii", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
