"""Bring every raw document into its stored form.

Reads    raw_documents
Writes   documents
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pyspark.sql import DataFrame

from corpusmill import cli
from corpusmill.ingest.transform import shared_hashes, shared_keys
from corpusmill.mill import Mill, Outcome
from corpusmill.refusal import Refused
from corpusmill.text.transform import changes_by_kind, normalise_documents, without_documents
from corpusmill.work import left_to_do


def run(mill: Mill, _arguments: argparse.Namespace) -> Outcome:
    """Normalise what is new or changed."""
    raw = mill.read("raw_documents")
    work = left_to_do(mill, "documents", raw.rows.select("doc_id", "content_digest"), [raw])
    if work.count and _is_unsettled(raw.rows):
        raise Refused("table raw_documents is not settled yet; run ingest-documents again")
    rows = normalise_documents(work.attach(raw.rows, whole=True), mill.recipe.normalise)
    work.publish(rows, whole=True)
    documents = mill.warehouse.snapshot("documents").rows
    if work.count:
        for name in without_documents(documents, mill.recipe.normalise.sources):
            mill.progress.say(f"recipe.normalise.sources.{name}: no document is of this source")
    changed = changes_by_kind(documents).collect()
    counts = {"computed": work.count, "changed": dict(sorted(map(tuple, changed)))}
    return Outcome(counts=counts)


def _is_unsettled(raw: DataFrame) -> bool:
    [met] = shared_hashes(raw).collect()
    return met.n > 0 and not shared_keys(raw).isEmpty()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("normalise-documents", run, arguments, summary=__doc__)


if __name__ == "__main__":
    raise SystemExit(main())
