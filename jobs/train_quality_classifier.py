"""Train the classifiers that the recipe names and gives no model for, once, and pin them.

Reads    documents, raw_documents, the table labels where the warehouse has one (doc_id, label, and
         if need be page and classifier), and labelled tables that the recipe names
Writes   a model and its card under <output>/models; with no labels, nothing: there is no classifier
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpusmill import cli
from corpusmill.artefacts import Artefact, Shelf
from corpusmill.digests import canonical
from corpusmill.invocation import refit_option
from corpusmill.labels import Labelled, labelled_documents
from corpusmill.mill import Mill, Outcome
from corpusmill.quality.card import card_of, markdown_of
from corpusmill.quality.classifier import TrainingFailed
from corpusmill.quality.fit import Fit, fit
from corpusmill.refusal import Refused
from corpusmill.resolve import classifier_settings, engines

_ENGINE = "fasttext-numpy2-wheel"


def run(mill: Mill, arguments: argparse.Namespace) -> Outcome:
    """Train each unless the recipe names its model or one is pinned."""
    models: dict[str, str | None] = {}
    counts: dict[str, dict[str, Any]] = {}
    cards: dict[str, str] = {}
    known = mill.resolved.classifiers
    for name, rules in mill.recipe.quality.classifiers.items():
        standing = known[name]
        if standing is not None and (rules.path is not None or not arguments.refit):
            models[name] = standing.model.sha256
            continue
        labelled = labelled_documents(mill, name, rules)
        if not labelled.examples:
            mill.progress.say(f"no classifier {name}: there are no documents of both labels")
            models[name], counts[name] = None, labelled.counts
            continue
        kept, fitted, card = _fitted(mill, name, labelled)
        models[name], cards[name] = kept.sha256, str(card)
        counts[name] = {**labelled.counts, **fitted.figures}
        _tell(mill, name, fitted)
    status = "done" if cards else None
    return Outcome(counts=counts, extra={"classifiers": models, "cards": cards}, status=status)


def _fitted(mill: Mill, name: str, labelled: Labelled) -> tuple[Artefact, Fit, Path]:
    """The classifier on the shelf, what is known of it, and where its card lies."""
    recipe, shelf = mill.recipe, Shelf(mill.output / "models")
    settings = classifier_settings(recipe, name)
    cuts = [round(cut * 1_000_000) for of, cut in recipe.cuts.items() if of == name]
    rules = recipe.quality.classifiers[name]
    with shelf.bench() as folder:
        try:
            fitted = fit(labelled.examples, rules, recipe.seed, cuts, folder)
        except TrainingFailed as error:
            raise Refused(f"recipe.quality.classifiers.{name}: {error}") from None
        engine = f"{_ENGINE} {engines()[_ENGINE]}"
        made_of = {"tables": labelled.pins, "labelled": labelled.counts, "engine": engine}
        card = card_of(name, fitted, settings, made_of)
        data = {"json": canonical(card), "md": markdown_of(card).encode()}
        beside = {f"{name}.card.{kind}": text for kind, text in data.items()}
        kept = shelf.keep("classifier", settings, fitted.model.path, made_of, beside)
    return kept, fitted, shelf.beside(kept, f"{name}.card.json")


def _tell(mill: Mill, name: str, fitted: Fit) -> None:
    for source, side in fitted.split.whole.items():
        mill.progress.say(f"{name}: all of {source} is {side.replace('_', ' ')}")
    measured = fitted.measured
    if measured is None:
        mill.progress.say(f"{name}: not measured, for too few documents of a label are held back")
        return
    found, length = (f"{r.roc_auc / 1e6:.4f}" for r in (measured.model, measured.length))
    mill.progress.say(f"{name}: ROC-AUC {found} (length of the text alone: {length})")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the job."""
    return cli.start("train-quality-classifier", run, arguments, refit_option, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
