"""Documents to quality rows: signals asked for, broken rules, classifier scores."""

import hashlib
import random

import pytest

from corpusmill.artefacts import Artefact
from corpusmill.contracts import contract
from corpusmill.quality.classifier import load_classifier, score, train
from corpusmill.quality.filters import FILTERS, SIGNALS, measure_all
from corpusmill.quality.presets import filters_of
from corpusmill.quality.rules import ClassifierRules, QualityRules
from corpusmill.quality.transform import line_edits, score_quality

DOCUMENT = "doc_id string, text_digest string, language string, text string"


def documents(texts):
    return [
        (f"{n:032x}", hashlib.sha256(text.encode()).hexdigest(), "en" if n % 3 else "de", text)
        for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    words = ["one", "two", "three", "four", "five", "six"]
    draw = random.Random(1)
    pairs = [
        (" ".join(draw.choices(words[:4] if n % 2 else words[2:], k=9)), n % 2) for n in range(60)
    ]
    return Artefact.of(train(pairs, ClassifierRules(), 1, tmp_path_factory.mktemp("trained")))


def by_id(frame):
    assert frame.columns == contract("quality").column_names
    return {row.doc_id: row.asDict() for row in frame.collect()}


@pytest.mark.parametrize(
    "presets",
    [
        ("gopher_quality", "gopher_repetition"),
        ("fineweb",),
        ("c4", "gopher_quality"),
        tuple(FILTERS),
    ],
    ids=lambda presets: "-".join(presets),
)
def test_each_document_gets_its_signals_and_those_not_asked_for_are_null(dealt, babble, presets):
    rows = documents(babble[:60])

    found = by_id(score_quality(dealt(rows, DOCUMENT), QualityRules(presets), None))

    assert len(found) == len(rows)
    limits = QualityRules(presets).filters
    asked = {name for each in filters_of(presets) for name, _ in FILTERS[each].signals}
    for doc_id, digest, language, text in rows:
        signals, [broken] = measure_all([text], [language], limits)
        row = found[doc_id]
        assert row["text_digest"] == digest
        assert row["broken_rules"] == broken
        assert row["classifier_scores"] == {}
        assert {n: row[n] for n in asked} == {n: int(signals[n][0]) for n in asked}
        assert all(row[name] is None for name, _ in SIGNALS if name not in asked)


def test_signals_and_broken_rules_of_one_document_by_hand(dealt):
    text = "# one two # three"

    found = by_id(
        score_quality(dealt(documents([text]), DOCUMENT), QualityRules(("gopher_quality",)), None)
    )

    [row] = found.values()
    assert row["words"] == 3
    assert row["mean_word_length"] == 11_000_000 // 3
    assert row["hashes_per_word"] == 2_000_000 // 5
    assert row["duplicate_lines"] is None
    assert {"gopher_quality"} == set(row["broken_rules"])
    assert len(row["broken_rules"]["gopher_quality"]) >= 2


def test_no_presets_leave_every_signal_null(dealt):
    found = by_id(score_quality(dealt(documents(["one two"]), DOCUMENT), QualityRules(()), None))

    [row] = found.values()
    assert [row[name] for name, _ in SIGNALS] == [None] * len(SIGNALS)
    assert (row["broken_rules"], row["classifier_scores"]) == ({}, {})


def test_scores_of_the_classifier_stand_under_its_name(dealt, classifier):
    texts = ["one two one", "five six", "", "three\nfour", "unheard of"]
    rows = documents(texts)

    found = by_id(score_quality(dealt(rows, DOCUMENT), QualityRules(("c4",)), classifier))

    expected = score(load_classifier(classifier), texts).tolist()
    assert [found[row[0]]["classifier_scores"] for row in rows] == [
        {"quality": v} for v in expected
    ]
    assert len(set(expected)) > 2


def test_lines_to_remove_become_edits_of_their_documents(dealt):
    stays = "This line stays here"
    rows = documents([f"Home\n{stays}\nEnd", stays, f"{stays}.[1]", "", "Home"])

    found = line_edits(
        dealt(rows, DOCUMENT), QualityRules(("none",), remove_lines=("c4",)).line_limits
    )

    assert found.columns == contract("edits").column_names
    edits = sorted(
        (row.doc_id, row.start, row.end, row.step, row.replacement) for row in found.collect()
    )
    assert edits == [
        (rows[0][0], 0, 5, "lines", ""),
        (rows[0][0], 25, 29, "lines", ""),
        (rows[2][0], 21, 24, "lines", ""),
        (rows[4][0], 0, 4, "lines", ""),
    ]
    assert {row.text_digest for row in found.collect()} == {rows[n][1] for n in (0, 2, 4)}


def test_no_line_rules_make_no_edits(dealt):
    assert line_edits(dealt(documents(["Home"]), DOCUMENT), QualityRules().line_limits).count() == 0
