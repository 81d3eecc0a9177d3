"""A classifier trained on real blocks of pages beats their length, on pages it has not seen."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from corpusmill.quality.classifier_rules import ClassifierRules
from corpusmill.quality.examples import Example
from corpusmill.quality.fit import fit

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("seed", [42, 1, 2])
def test_main_text_is_told_from_boilerplate_better_than_by_length(
    shared_data: Path, tmp_path: Path, seed: int
) -> None:
    path = shared_data / "quality" / "web-blocks.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    blocks = [Example(r["text"], r["label"], len(r["text"]), "web", r["page"]) for r in rows]

    found = fit(blocks, ClassifierRules(held_back=0.2), seed, [], tmp_path)

    assert found.measured is not None
    assert found.measured.model.roc_auc > 800_000
    assert found.measured.model.roc_auc > found.measured.length.roc_auc + 30_000
    assert found.measured.model.average_precision > found.measured.length.average_precision
