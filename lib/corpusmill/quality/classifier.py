"""Classifiers: fastText trained on labelled documents, reproducibly, and models applied."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
import regex
from numpy.typing import NDArray

from corpusmill.artefacts import Artefact
from corpusmill.quality.classifier_rules import LABEL, TEXT, WORDS, ClassifierRules

_OTHER = "__label__0"
_PLAIN = r"[!-/;-?A-~]*"  # printable ASCII but digits, colons and at signs
# Runs of printable ASCII with one of the others in them (colons only in pairs), in linear time.
_PERSONAL = re.compile(rf"(?<![!-~]){_PLAIN}(?::(?!:){_PLAIN})*(?:[0-9@]|::)[!-~]*")
_DIGIT = regex.compile(r"\p{Nd}")
_MARK = regex.compile(r"[\p{P}\p{S}]")
PREFIX = 4000  # code points of a document that a model of ours is shown


class TrainingFailed(Exception):
    """FastText would not train; the message has no text."""


@dataclass(frozen=True)
class Classifier:
    """A model and how it is asked: the label that counts, and what it is shown of a text."""

    model: Artefact
    good: str = LABEL
    shown: str = WORDS


def line_of(text: str) -> str:
    """What a model of ours is shown of a text: its first ``PREFIX`` code points on one line.

    Punctuation stands apart, so that a word at the end of a sentence is the same word.
    A model keeps the words it was trained on, in clear, so every run of ASCII with a digit,
    an ``@`` or a ``::`` is left out: addresses and numbers of all kinds. Names stay words.
    """
    plain = _DIGIT.sub(" ", _PERSONAL.sub(" ", text[:PREFIX].replace("\n", " ")))
    return str(_MARK.sub(r" \g<0> ", plain))


def whole_line_of(text: str) -> str:
    """What the authors of published models show them: the whole text on one line."""
    return " ".join(text.strip().splitlines())


def train(
    examples: Iterable[tuple[str, int]], rules: ClassifierRules, seed: int, folder: Path
) -> Path:
    """A model file in ``folder`` from (text, label 0 or 1), in the given order.

    The same examples in the same order give the same bytes: one thread, a fixed seed, and a process
    of its own whose memory starts as zeros. That last matters: with one thread fastText draws only
    the first tenth of its matrix and takes the rest as it finds it. Raises ``TrainingFailed``.
    """
    lines, path = folder / "examples.txt", folder / "classifier.bin"
    with lines.open("w", encoding="utf-8") as file:
        for text, label in examples:
            file.write(f"{LABEL if label else _OTHER} {line_of(text)}\n")
    settings = {
        "input": str(lines),
        "dim": rules.dim,
        "epoch": rules.epochs,
        "bucket": rules.buckets,
        "wordNgrams": rules.word_ngrams,
        "minCount": rules.min_count,
        "lr": rules.learning_rate,
        "thread": 1,
        "seed": seed,
        "verbose": 0,
    }
    command = [sys.executable, "-c", _TRAINING, json.dumps(settings), str(path)]
    done = subprocess.run(command, env={**os.environ, **_ZEROED}, capture_output=True, check=False)
    lines.unlink()
    if done.returncode:
        raise TrainingFailed(
            f"fastText cannot train with these settings (exit {done.returncode}); smaller dim and"
            " buckets need less memory"
        )
    if not int(done.stdout.split()[-1]):
        raise TrainingFailed("no word of the examples comes min_count times")
    return path


_TRAINING = (
    "import fasttext, json, sys; "
    "model = fasttext.train_supervised(**json.loads(sys.argv[1])); "
    "model.save_model(sys.argv[2]); "
    "print(len({*model.words} - {'</s>'}))"  # the end of a line is a word to fastText
)
# glibc: memory handed out is filled with the complement of 255, and large blocks come fresh.
_ZEROED = {"MALLOC_PERTURB_": "255", "MALLOC_MMAP_THRESHOLD_": "65536"}


@lru_cache(maxsize=32)
def load_model(model: Artefact) -> Any:
    """The model in a file, loaded once a process. Raises ``WrongArtefact``."""
    return fasttext.load_model(model.checked())


def score(classifier: Classifier, texts: Sequence[str]) -> NDArray[np.int32]:
    """How sure the model is of its good label, in millionths, for each text.

    Of two labels the likelier one is asked, and the other is what it leaves of one: fastText states
    each probability a hundred-thousandth too high, and published cuts were found so.
    """
    show = whole_line_of if classifier.shown == TEXT else line_of
    labels, scores = load_model(classifier.model).predict([show(text) for text in texts], k=-1)
    sure = [
        _sure(classifier.good, names, values.tolist())
        for names, values in zip(labels, scores, strict=True)
    ]
    millionths = np.rint(np.array(sure) * 1_000_000)
    return np.array(np.clip(millionths, 0, 1_000_000), dtype=np.int32)


def _sure(good: str, labels: Sequence[str], scores: Sequence[float]) -> float:
    """The probability of a label, from all of them, likeliest first."""
    if len(labels) == 2 and good == labels[1]:
        return 1 - scores[0]
    return dict(zip(labels, scores, strict=True)).get(good, 0.0)
