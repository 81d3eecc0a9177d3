"""Cuts are fitted once on what was scored, pinned by the classifier, and fitted again when told."""

from __future__ import annotations

import json

import pytest

from corpusmill.buckets import pinned_cuts
from corpusmill.config import decode
from corpusmill.mill import Mill
from corpusmill.recipe import Recipe, Runtime
from corpusmill.warehouse import Snapshot

DOCUMENTS = "doc_id string, text_digest string, chars bigint"
QUALITY = "doc_id string, text_digest string, classifier_scores map<string,int>"


@pytest.fixture
def mill(tmp_path, model_with):
    """A mill whose recipe names a classifier, one of several files."""

    def made(number=0, classifier=True):
        model = model_with("__label__1", *(f"__label__x{n}" for n in range(number)))
        rules = {"classifiers": {"quality": {"path": str(model)}}} if classifier else {}
        return Mill(
            recipe=decode(Recipe, {"quality": rules}, "recipe"),
            runtime=Runtime(output=str(tmp_path / "output")),
            open_spark=lambda: pytest.fail("a session was asked for"),
        )

    return made


@pytest.fixture
def tables(dealt):
    """Snapshots of documents (score by characters) of a version."""

    def made(pairs, version=1):
        documents = [(str(n), "t", chars) for n, (_, chars) in enumerate(pairs)]
        scores = [(str(n), "t", {"quality": score}) for n, (score, _) in enumerate(pairs)]
        scores += [("gone", "t", {"quality": 0}), ("0", "older", {"quality": 0}), ("1", "t", {})]
        frames = {"documents": (documents, DOCUMENTS), "quality": (scores, QUALITY)}
        return [
            Snapshot(name, version, dealt(*frame), lambda name=name: f"id of {name}")
            for name, frame in frames.items()
        ]

    return made


PAIRS = [(7, 10), (9, 10), (7, 10), (100, 10)]
CUTS = [7] * 10 + [9] * 5 + [100] * 4
OTHERS = [(5, 10)]


def test_cuts_are_fitted_pinned_and_reused_until_told(mill, tables, tmp_path):
    first = pinned_cuts(mill(), *tables(PAIRS), refit=False)
    digest = mill().resolved.bucket_digest
    again = pinned_cuts(mill(), *tables(OTHERS, version=2), refit=False)
    same = mill().resolved.bucket_digest
    refitted = pinned_cuts(mill(), *tables(OTHERS, version=2), refit=True)

    assert first == again == {"quality": CUTS}
    assert digest == same != mill().resolved.bucket_digest
    assert refitted == {"quality": [5] * 19}
    [pin] = (tmp_path / "output" / "models").glob("buckets-*.pin.json")
    said = json.loads(pin.read_text("utf-8"))
    assert said["fitted_on"] == {"documents": "id of documents@2", "quality": "id of quality@2"}
    assert said["sha256"] == mill().resolved.bucket_digest


def test_another_classifier_has_cuts_of_its_own(mill, tables):
    pinned_cuts(mill(0), *tables(PAIRS), refit=False)

    assert mill(1).resolved.bucket_digest is None
    assert pinned_cuts(mill(1), *tables(OTHERS), refit=False) == {"quality": [5] * 19}
    assert pinned_cuts(mill(0), *tables(OTHERS), refit=False) == {"quality": CUTS}


def test_there_are_no_cuts_without_a_classifier_or_anything_scored(mill, tables, tmp_path):
    assert pinned_cuts(mill(classifier=False), *tables(PAIRS), refit=False) == {}
    assert pinned_cuts(mill(), *tables([]), refit=True) == {}
    assert mill().resolved.bucket_digest is None
    assert not (tmp_path / "output").exists()
