"""From labelled examples to a model and what it is worth on those held back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpusmill.artefacts import Artefact
from corpusmill.quality.classifier import Classifier, score, train
from corpusmill.quality.classifier_rules import ClassifierRules
from corpusmill.quality.examples import Example, Split, split
from corpusmill.quality.metrics import Measured, measure

_AT_ONCE = 1_000  # texts scored together


@dataclass(frozen=True)
class Fit:
    """A trained model, the examples on either side, and what was measured (None: too few)."""

    model: Artefact
    split: Split
    measured: Measured | None

    @property
    def figures(self) -> dict[str, int | None]:
        """Documents on either side, and how well a model tells them apart, in millionths."""
        found = self.measured
        return {
            "training": len(self.split.training),
            "held_back": len(self.split.held_back),
            "roc_auc": None if found is None else found.model.roc_auc,
            "length_roc_auc": None if found is None else found.length.roc_auc,
        }


def fit(
    examples: Sequence[Example],
    rules: ClassifierRules,
    seed: int,
    cuts: Iterable[int],
    folder: Path,
) -> Fit:
    """Train on the pages that are not held back, in the given order, and measure on the others.

    The same examples in the same order give the same bytes in ``folder`` and the same figures.
    """
    sides = split(examples, rules.held_back, seed)
    model = Artefact.of(train(((e.text, e.label) for e in sides.training), rules, seed, folder))
    return Fit(model, sides, _measured(sides.held_back, Classifier(model), cuts))


def _measured(
    examples: Sequence[Example], classifier: Classifier, cuts: Iterable[int]
) -> Measured | None:
    labels = np.array([example.label == 1 for example in examples], dtype=np.bool_)
    chars = np.array([example.chars for example in examples], dtype=np.int64)
    scores = [
        score(classifier, [example.text for example in examples[start : start + _AT_ONCE]])
        for start in range(0, len(examples), _AT_ONCE)
    ]
    found = np.concatenate([np.zeros(0, np.int64), *scores]).astype(np.int64)
    return measure(labels, found, chars, cuts)
