"""Train the quality classifier from labelled documents, once, and pin it.

Reads    documents, and the table labels (doc_id, label) where the warehouse has one
Writes   a model under <output>/models; with no labels, nothing: there is no classifier then
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from corpusmill import cli
from corpusmill.artefacts import Shelf
from corpusmill.labels import labelled_documents
from corpusmill.mill import Mill, Outcome
from corpusmill.quality.classifier import train
from corpusmill.resolve import classifier_settings


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Train unless the recipe names a model or one is pinned."""
    rules, resolved = mill.recipe.quality.classifier, mill.resolved
    if resolved.classifier is not None and not arguments.refit:
        return Outcome(extra={"classifier": resolved.classifier.sha256})
    documents = mill.read("documents")
    examples = labelled_documents(mill, documents.rows, rules)
    counts = {"negative": 0, "positive": 0}
    for _, label in examples:
        counts["positive" if label else "negative"] += 1
    if not min(counts.values()):
        mill.progress.say("no classifier: the recipe names no documents of both labels")
        return Outcome(counts=counts, extra={"classifier": None})
    fitted_on = {"documents": documents.pin, **counts}
    if mill.warehouse.table_id("labels") is not None:
        labels = mill.warehouse.snapshot("labels")
        fitted_on["labels"] = labels.pin
    shelf = Shelf(mill.output / "models")
    with shelf.bench() as folder:
        model = train(examples, rules, mill.recipe.seed, folder)
        kept = shelf.keep("classifier", classifier_settings(mill.recipe), model, fitted_on)
    return Outcome(counts=counts, extra={"classifier": kept.sha256}, status="done")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("train-quality-classifier", run, arguments, cli.refit_option, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
