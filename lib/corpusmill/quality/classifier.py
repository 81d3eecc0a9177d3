"""The quality classifier: fastText trained on labelled documents, reproducibly, and applied."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
from numpy.typing import NDArray

from corpusmill.quality.rules import ClassifierRules

POSITIVE, NEGATIVE = "__label__1", "__label__0"
PREFIX = 4000  # code points of a document that the model is shown


def line_of(text: str) -> str:
    """What fastText is shown of a text: one line of its first ``PREFIX`` code points."""
    return " ".join(text[:PREFIX].split())


def train(examples: Iterable[tuple[str, int]], rules: ClassifierRules, seed: int) -> Path:
    """A model file in a temporary folder from (text, label 0 or 1), in the given order.

    One thread and a fixed seed: the same examples in the same order give the same bytes.
    """
    folder = Path(tempfile.mkdtemp(prefix="corpusmill-"))
    lines = folder / "examples.txt"
    with lines.open("w", encoding="utf-8") as file:
        for text, label in examples:
            file.write(f"{POSITIVE if label else NEGATIVE} {line_of(text)}\n")
    model = fasttext.train_supervised(
        input=str(lines),
        dim=rules.dim,
        epoch=rules.epochs,
        bucket=rules.buckets,
        wordNgrams=2,
        minCount=2,
        thread=1,
        seed=seed,
        verbose=0,
    )
    lines.unlink()
    path = folder / "classifier.bin"
    model.save_model(str(path))
    return path


@lru_cache(maxsize=4)
def load_classifier(path: str) -> Any:
    """The model at a path, loaded once a process."""
    return fasttext.load_model(path)


def score(model: Any, texts: Sequence[str]) -> NDArray[np.int32]:
    """How sure the model is of label 1, in millionths, for each text."""
    labels, scores = model.predict([line_of(text) for text in texts], k=2)
    sure = [
        float(dict(zip(names, values, strict=True)).get(POSITIVE, 0.0))
        for names, values in zip(labels, scores, strict=True)
    ]
    return np.clip(np.rint(np.array(sure) * 1_000_000), 0, 1_000_000).astype(np.int32)
