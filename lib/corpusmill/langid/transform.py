"""Documents to languages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from corpusmill.artefacts import Artefact
from corpusmill.batches import Kernel, map_batches
from corpusmill.contracts import arrow_schema, contract
from corpusmill.langid.codes import language_of, written_in
from corpusmill.langid.model import Guess, load_model, predict, shown
from corpusmill.langid.rules import UNKNOWN, LanguageRules
from corpusmill.text.codepoints import CodePoints
from corpusmill.text.scripts import SCRIPTS, count_scripts

Row = tuple[str, str, int, str | None, int | None]


def identify_language(documents: DataFrame, model: Artefact, rules: LanguageRules) -> DataFrame:
    """Rows of ``documents`` (doc_id, text_digest, text) as rows of ``languages``, one for one.

    The file of the fastText ``model`` has to be readable on every worker.
    """
    wanted = documents.select("doc_id", "text_digest", "text")
    return map_batches(wanted, partial(language_kernel, model, rules), contract("languages").ddl)


def language_kernel(artefact: Artefact, rules: LanguageRules) -> Kernel:
    """Batches with doc_id, text_digest and text to batches of ``languages``, in their order."""
    model, schema = load_model(artefact), arrow_schema("languages")

    def kernel(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        lines = [shown(text, rules.prefix) for text in batch.column("text").to_pylist()]
        guesses = predict(model, lines)
        scripts = count_scripts(CodePoints.of(lines))
        judged = [_judged(*both, rules) for both in zip(guesses, scripts, strict=True)]
        names = ("language", "top_language", "language_score", "runner_up", "runner_up_score")
        columns = {
            **dict(zip(names, zip(*judged, strict=True), strict=True)),
            "doc_id": batch.column("doc_id"),
            "text_digest": batch.column("text_digest"),
            "script": _most_used(scripts),
            "labels": guesses,
        }
        yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return kernel


def _judged(guesses: list[Guess], scripts: NDArray[np.int64], rules: LanguageRules) -> Row:
    """Language, best language and its score, and the best of another language."""
    label, score = guesses[0]
    top = language_of(label)
    others = ((code, n) for name, n in guesses[1:] if (code := language_of(name)) != top)
    runner_up = next(others, (None, None))
    sure = score >= rules.needed(top) and _is_written_in(label, scripts, rules.script_share)
    return top if sure else UNKNOWN, top, score, *runner_up


def _is_written_in(label: str, scripts: NDArray[np.int64], share: float) -> bool:
    """Whether enough letters are of a script that the language of a label is written in."""
    if not share:
        return True
    places, letters = _places(label), int(scripts.sum())
    enough = not places or int(scripts[list(places)].sum()) >= share * letters
    return letters > 0 and enough


@cache
def _places(label: str) -> tuple[int, ...]:
    return tuple(SCRIPTS.index(script) for script in written_in(label) if script in SCRIPTS)


def _most_used(scripts: NDArray[np.int64]) -> list[str | None]:
    """The script of most letters; of two, the first in the alphabet of their codes."""
    best = scripts.argmax(axis=1).tolist()
    letters = scripts.sum(axis=1).tolist()
    return [SCRIPTS[n] if count else None for n, count in zip(best, letters, strict=True)]
