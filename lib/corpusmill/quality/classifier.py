"""The quality classifier: fastText trained on labelled documents, reproducibly, and applied."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
from numpy.typing import NDArray

from corpusmill.artefacts import Artefact
from corpusmill.quality.rules import ClassifierRules

POSITIVE, NEGATIVE = "__label__1", "__label__0"
_PLAIN = r"[!-/;-?A-~]*"  # printable ASCII but digits, colons and at signs
# Runs of printable ASCII with one of the others in them (colons only in pairs), in linear time.
_PERSONAL = re.compile(rf"(?<![!-~]){_PLAIN}(?::(?!:){_PLAIN})*(?:[0-9@]|::)[!-~]*|\d")
PREFIX = 4000  # code points of a document that the model is shown


def line_of(text: str) -> str:
    """What fastText is shown of a text: its first ``PREFIX`` code points on one line.

    A model keeps the words it was trained on, in clear, so every run of ASCII with a digit,
    an ``@`` or a ``::`` is left out: addresses and numbers of all kinds. Names stay words.
    """
    return _PERSONAL.sub(" ", text[:PREFIX].replace("\n", " "))


def train(
    examples: Iterable[tuple[str, int]], rules: ClassifierRules, seed: int, folder: Path
) -> Path:
    """A model file in ``folder`` from (text, label 0 or 1), in the given order.

    The same examples in the same order give the same bytes: one thread, a fixed seed, and a process
    of its own whose memory starts as zeros. That last matters: with one thread fastText draws only
    the first tenth of its matrix and takes the rest as it finds it.
    """
    lines, path = folder / "examples.txt", folder / "classifier.bin"
    with lines.open("w", encoding="utf-8") as file:
        for text, label in examples:
            file.write(f"{POSITIVE if label else NEGATIVE} {line_of(text)}\n")
    settings = {
        "input": str(lines),
        "dim": rules.dim,
        "epoch": rules.epochs,
        "bucket": rules.buckets,
        "wordNgrams": 2,
        "minCount": 2,
        "thread": 1,
        "seed": seed,
        "verbose": 0,
    }
    command = [sys.executable, "-c", _TRAINING, json.dumps(settings), str(path)]
    done = subprocess.run(command, env={**os.environ, **_ZEROED}, capture_output=True, check=False)
    lines.unlink()
    if done.returncode:
        raise RuntimeError(f"fastText could not train: exit {done.returncode}")
    return path


_TRAINING = (
    "import fasttext, json, sys; "
    "fasttext.train_supervised(**json.loads(sys.argv[1])).save_model(sys.argv[2])"
)
# glibc: memory handed out is filled with the complement of 255, and large blocks come fresh.
_ZEROED = {"MALLOC_PERTURB_": "255", "MALLOC_MMAP_THRESHOLD_": "65536"}


@lru_cache(maxsize=4)
def load_classifier(model: Artefact) -> Any:
    """The model in a file, loaded once a process. Raises ``WrongArtefact``."""
    return fasttext.load_model(model.checked())


def score(model: Any, texts: Sequence[str]) -> NDArray[np.int32]:
    """How sure the model is of label 1, in millionths, for each text."""
    labels, scores = model.predict([line_of(text) for text in texts], k=2)
    sure = [
        float(dict(zip(names, values, strict=True)).get(POSITIVE, 0.0))
        for names, values in zip(labels, scores, strict=True)
    ]
    millionths = np.rint(np.array(sure) * 1_000_000)
    return np.array(np.clip(millionths, 0, 1_000_000), dtype=np.int32)
