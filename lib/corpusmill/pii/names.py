"""Names of people, places, groups and organisations: what Presidio makes of a spaCy model.

The model sees whole texts, for nothing cheap says where a name can stand, in pieces of at most
``LONGEST`` characters: cut behind the last blank line that fits, else the last line end, else the
last white space, else anywhere; and after each ``LONGEST_TOKEN`` characters without white space,
for spaCy splits them in time that grows with their square. A text of one piece has the findings
that Presidio has on it; in a longer one they may differ beside a cut, for the model reads some
words to both sides of a name.

What is found hangs on the text and the model alone: one piece at a time, on the CPU, and what a
text brings into the model's vocabulary is gone after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import spacy
from presidio_analyzer.nlp_engine import (
    NerModelConfiguration,
    NlpEngineProvider,
    SpacyNlpEngine,
)
from presidio_analyzer.predefined_recognizers import SpacyRecognizer
from spacy.language import Language
from spacy.util import get_package_path, is_package

from corpusmill.artefacts import WrongArtefact
from corpusmill.digests import digest, file_digest
from corpusmill.pii.rules import NAMES, PiiRules, millionths
from corpusmill.pii.spans import AnalysisFailed, Span
from corpusmill.refusal import Refused

LONGEST = 10_000  # characters; spaCy needs about a gigabyte of memory for ten times as many
LONGEST_TOKEN = 500  # characters between white space
_CUTS = ("\n\n", "\n", " ")  # best first
_TOO_LONG = re.compile(rf"\S{{{LONGEST_TOKEN}}}(?=\S)")
_KEY = "en"  # under which Presidio files the model, whatever its language
_NER = "ner"


class NameFinder:
    """Finds the names that the rules ask for, by the model that they name."""

    name = SpacyRecognizer.__name__

    def __init__(self, rules: PiiRules, model: str) -> None:
        """The model is loaded once a process. A worker may see another disk: raises
        ``WrongArtefact`` where the model there has not the digest of the rules."""
        found = model_digest(model)
        if rules.model_sha256 not in (None, found):
            raise WrongArtefact(f"{model} has not the digest {rules.model_sha256}")
        self._engine = _engine(model, found)
        self._kinds = [kind for kind in rules.kinds if kind in NAMES]
        self._recogniser = SpacyRecognizer(supported_entities=list(NAMES))
        self._work_limit = rules.work_limit

    def find(self, text: str) -> list[Span]:
        """The names in a text, by start. Raises AnalysisFailed beyond the rules' work limit, and
        whatever the model raises."""
        if len(text) > self._work_limit:
            raise AnalysisFailed(self.name)
        with self._engine.get_nlp(_KEY).memory_zone():
            return [span for piece in pieces(text) for span in self._names_in(text, *piece)]

    def _names_in(self, text: str, start: int, end: int) -> Iterator[Span]:
        piece = text[start:end]
        artifacts = self._engine.process_text(piece, _KEY)
        for found in self._recogniser.analyze(piece, self._kinds, artifacts):
            place = found.start + start, found.end + start
            yield Span(found.entity_type, *place, self.name, millionths(found.score))


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) of pieces that make up the text, none longer than ``LONGEST``.

    None has more than ``LONGEST_TOKEN`` characters without white space.
    """
    start = 0
    while start < len(text):
        limit = start + LONGEST
        end = _cut(text, start, limit) if limit < len(text) else len(text)
        token = _TOO_LONG.search(text, start, end)
        end = token.end() if token else end
        yield start, end
        start = end


def checked_digest(rules: PiiRules, model: str) -> str:
    """The digest of the model of the rules.

    Raises ``Refused`` where there is no such model, it is another one than the rules say, it cannot
    be loaded, or it does not find what the rules ask for.
    """
    sha256 = model_digest(model)
    if rules.model_sha256 is not None and rules.model_sha256.lower() != sha256:
        said = f"has the digest {sha256}, the recipe says {rules.model_sha256}"
        raise Refused(f"recipe.pii.model_sha256: {model} {said}")
    known = _kinds(model, sha256)
    if unknown := [kind for kind in rules.names_asked if kind not in known]:
        finds = f"it finds {', '.join(known)}" if known else f"its {_NER} is for other labels"
        raise Refused(f"recipe.pii.model: {model} finds no {', '.join(unknown)}; {finds}")
    return sha256


def model_digest(model: str) -> str:
    """SHA-256 hex over names and bytes of all files of a model. Raises ``Refused``."""
    folder = _folder(model)
    files = [
        file
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.relative_to(folder).parts
    ]
    return digest({file.relative_to(folder).as_posix(): file_digest(file) for file in files})


def _folder(model: str) -> Path:
    """Where an installed package is, or the folder that ``nlp.to_disk`` wrote."""
    folder = Path(model).expanduser()
    if is_package(model):
        try:
            return get_package_path(model)
        except Exception:
            raise Refused(f"recipe.pii.model: the package {model} cannot be imported") from None
    if not (folder / "config.cfg").is_file():
        raise Refused(
            f"recipe.pii.model: {model}: no installed spaCy package, and no folder of a model"
        )
    return folder


@cache
def _kinds(model: str, _sha256: str) -> tuple[str, ...]:
    """The kinds that the labels of a model stand for, in the order of ``NAMES``."""
    try:
        pipeline = _load(model)
    except Exception as error:
        what = f"spaCy cannot load it ({type(error).__name__})"
        raise Refused(f"recipe.pii.model: {model}: {what}") from None
    if _NER not in pipeline.pipe_names:
        raise Refused(f"recipe.pii.model: {model}: its pipeline has no {_NER}")
    kinds = _configuration().model_to_presidio_entity_mapping or {}
    labels = pipeline.pipe_labels.get(_NER, [])
    found = {kinds.get(label, label) for label in labels}
    return tuple(kind for kind in NAMES if kind in found)


@cache
def _engine(model: str, _sha256: str) -> SpacyNlpEngine:
    """Presidio's engine with the model; its own way of loading asks for a GPU and downloads."""
    engine = SpacyNlpEngine(ner_model_configuration=_configuration())
    engine.nlp = {_KEY: _load(model)}  # type: ignore[assignment]
    return engine


def _load(model: str) -> Language:
    return spacy.load(model if is_package(model) else _folder(model))


def _configuration() -> NerModelConfiguration:
    """Presidio's labels and scores, organisations included: who wants none does not ask."""
    shipped = NlpEngineProvider().nlp_configuration["ner_model_configuration"]
    ignored = [label for label in shipped["labels_to_ignore"] if label not in NAMES]
    return NerModelConfiguration.from_dict({**shipped, "labels_to_ignore": ignored})


def _cut(text: str, start: int, limit: int) -> int:
    """Where the piece that begins at ``start`` ends, at most at ``limit``."""
    for sign in _CUTS:
        at = text.rfind(sign, start, limit)
        if at >= 0:
            return at + len(sign)
    return limit
