"""The cuts of quality buckets: fitted once on versions of the tables, pinned, then reused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from pyspark.sql import functions as F

from corpusmill.artefacts import Artefact, Shelf
from corpusmill.digests import canonical
from corpusmill.mill import KEYS, Mill
from corpusmill.quality.buckets import fit_cuts
from corpusmill.resolve import bucket_settings
from corpusmill.warehouse import Snapshot

Cuts = dict[str, list[int]]


def pinned_cuts(mill: Mill, documents: Snapshot, quality: Snapshot, refit: bool) -> Cuts:
    """Classifier name to its cuts, those on the shelf unless they are to be fitted again.

    Empty where there is no classifier, or nothing it has scored.
    """
    resolved = mill.resolved
    settings = bucket_settings(resolved.classifiers)
    if settings is None:
        return {}
    if resolved.buckets is not None and not refit:
        return _read(resolved.buckets)
    cuts = _fitted(documents, quality)
    if not cuts:
        return {}
    shelf = Shelf(mill.output / "models")
    with shelf.bench() as folder:
        file = folder / "buckets.json"
        file.write_bytes(canonical(cuts))
        fitted_on = {"documents": documents.pin, "quality": quality.pin}
        return _read(shelf.keep("buckets", settings, file, fitted_on))


def _fitted(documents: Snapshot, quality: Snapshot) -> Cuts:
    """A pass over ids, lengths and scores; the driver holds each distinct score once."""
    scored = quality.rows.select(*KEYS, F.explode("classifier_scores").alias("name", "score"))
    sized = scored.join(documents.rows.select(*KEYS, "chars"), KEYS)
    counted = sized.groupBy("name", "score").agg(F.sum("chars").alias("chars")).toArrow()
    found = {}
    for name in sorted(set(counted.column("name").to_pylist())):
        own = counted.filter(pc.equal(counted.column("name"), name))
        scores, chars = (own.column(part).to_numpy() for part in ("score", "chars"))
        found[name] = fit_cuts(scores.astype(np.int64), chars)
    return {name: cuts for name, cuts in found.items() if cuts}


def _read(artefact: Artefact) -> Cuts:
    return dict(json.loads(Path(artefact.checked()).read_text("utf-8")))
