"""Names by a spaCy model: what Presidio finds, in pieces; refusals; texts that fail."""

from __future__ import annotations

import random
import re

import pytest
import spacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from spacy.training import Example

from corpusmill.artefacts import WrongArtefact
from corpusmill.pii.analyse import Analyser
from corpusmill.pii.names import LONGEST_TOKEN, model_digest, pieces
from corpusmill.pii.rules import NAMES, PiiPolicy, PiiRules, millionths
from corpusmill.pii.settle import described, settled
from corpusmill.pii.spans import AnalysisFailed
from corpusmill.refusal import Refused

pytestmark = pytest.mark.heavy

STOCK = ("PERSON", "LOCATION", "NRP")  # Presidio's engine ignores organisations
PEOPLE, PLACES = ("Ada Lovelace", "Jo Grün", "Ibn Sina"), ("Paris", "New Delhi", "Ulm")
LISTED = {
    "PERSON": PEOPLE,
    "GPE": PLACES,
    "FAC": ("Tower Bridge",),
    "NORP": ("Dutch",),
    "ORG": ("Acme Corp",),
    "MONEY": ("ten pounds",),
}
TEXT = "Ada Lovelace of Acme Corp met the Dutch on Tower Bridge in Ulm for ten pounds."


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """The folder of a model that knows a list of names."""
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler", name="ner")
    ruler.add_patterns(
        [{"label": label, "pattern": name} for label, names in LISTED.items() for name in names]
    )
    folder = tmp_path_factory.mktemp("listed")
    pipeline.to_disk(folder)
    return str(folder)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a model that has learned a few sentences."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    draw = random.Random(7)
    said = [sentence(draw) for _ in range(60)]
    examples = [
        Example.from_dict(pipeline.make_doc(text), {"entities": entities})
        for text, entities in said
    ]
    spacy.util.fix_random_seed(7)
    pipeline.initialize(lambda: examples)
    for _ in range(4):
        pipeline.update(examples)
    folder = tmp_path_factory.mktemp("trained")
    pipeline.to_disk(folder)
    return str(folder)


def sentence(draw):
    person, place = draw.choice(PEOPLE), draw.choice(PLACES)
    text = f"{person} went to {place} yesterday."
    at = len(person) + len(" went to ")
    return text, [(0, len(person), "PERSON"), (at, at + len(place), "GPE")]


def rules(model, kinds=NAMES, **more):
    return PiiRules(kinds=kinds, model=model, **more)


def found(text, model, kinds=NAMES):
    spans = Analyser(rules(model, kinds)).find_spans(text)
    return [(span.kind, text[span.start : span.end]) for span in spans]


def stock(model):
    """Presidio's own engine as it comes, but for the model."""
    configuration = NlpEngineProvider().nlp_configuration
    models = [{"lang_code": "en", "model_name": model}]
    provider = NlpEngineProvider(nlp_configuration={**configuration, "models": models})
    engine = AnalyzerEngine(nlp_engine=provider.create_engine())

    def analyse(text):
        results = engine.analyze(text, "en", entities=list(STOCK), score_threshold=0.4)
        said = [(r.entity_type, r.start, r.end, millionths(r.score)) for r in results]
        return sorted(said, key=lambda span: span[1:])

    return analyse


def test_labels_become_presidios_kinds_and_others_are_left_alone(listed):
    assert found(TEXT, listed) == [
        ("PERSON", "Ada Lovelace"),
        ("ORGANIZATION", "Acme Corp"),
        ("NRP", "Dutch"),
        ("LOCATION", "Tower Bridge"),
        ("LOCATION", "Ulm"),
    ]
    assert found(TEXT, listed, ("LOCATION",)) == [
        ("LOCATION", "Tower Bridge"),
        ("LOCATION", "Ulm"),
    ]


@pytest.mark.parametrize("model", ["listed", "trained"])
def test_findings_are_those_of_presidios_engine_on_whole_texts(request, model):
    folder = request.getfixturevalue(model)
    analyse, analyser = stock(folder), Analyser(rules(folder, STOCK))
    draw = random.Random(11)
    texts = [TEXT, "", "\n", "Nobody.", "\U0001f600 Jo Grün went to Ulm \U0001f600."]
    texts += ["\n\n".join(sentence(draw)[0] for _ in range(n)) for n in range(1, 60, 7)]

    spans = [analyser.find_spans(text) for text in texts]

    said = [[(s.kind, s.start, s.end, s.score) for s in one] for one in spans]
    assert said == [analyse(text) for text in texts]
    assert sum(map(len, said)) > 100


def test_a_long_text_is_read_in_pieces_cut_between_paragraphs(listed):
    text = f"{'filling ' * 150}Ada Lovelace\n\n" * 20

    places = list(pieces(text))

    assert len(places) > 1
    assert "".join(text[start:end] for start, end in places) == text
    assert all(text[:end].endswith("\n\n") for _, end in places)
    assert found(text, listed) == [("PERSON", "Ada Lovelace")] * 20


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("", []),
        ("ab " * 3_333 + "c", [10_000]),
        ("ab " * 3_333 + "cd", [9_999, 10_001]),
        ("a\n" + "bc " * 3_333, [2, 10_001]),
        ("a\n\n" + "b\n" * 5_000, [3, 10_003]),
        ("a" * 500 + " " + "b" * 500, [1_001]),
        ("a " + "b" * 1_001 + " c", [502, 1_002, 1_005]),
        ("(" * 1_200, [500, 1_000, 1_200]),
    ],
)
def test_pieces_end_at_the_best_place_that_fits(text, ends):
    assert [end for _, end in pieces(text)] == ends


def test_no_piece_has_a_token_that_takes_the_model_long(listed):
    text = f"Ada Lovelace {'(' * 20_000} Ulm"

    longest = max(len(run) for start, end in pieces(text) for run in text[start:end].split())

    assert longest == LONGEST_TOKEN
    assert found(text, listed) == [("PERSON", "Ada Lovelace"), ("LOCATION", "Ulm")]


def test_a_text_has_the_findings_it_has_alone(trained):
    draw = random.Random(5)
    texts = [sentence(draw)[0] for _ in range(30)]

    together = Analyser(rules(trained)).find_in(texts)

    assert together == [Analyser(rules(trained)).find_spans(text) for text in texts]
    assert together == Analyser(rules(trained)).find_in(texts[::-1])[::-1]


def test_a_text_on_which_the_model_breaks_down_or_is_too_long_fails_alone(listed, monkeypatch):
    analyser = Analyser(rules(listed, (*NAMES, "EMAIL_ADDRESS"), work_limit=40))
    texts = ["Ulm \ud800 poison", "Ulm " * 11, "Ulm", "jo@x.org"]

    first, second, third, fourth = analyser.find_in(texts)

    for failed in (first, second):
        assert isinstance(failed, AnalysisFailed)
        assert str(failed) == "SpacyRecognizer failed on a text"
        assert failed.__context__ is None
    assert [span.kind for span in third] == ["LOCATION"]
    assert [span.kind for span in fourth] == ["EMAIL_ADDRESS"]


def test_a_name_shares_its_characters_with_surer_findings(listed):
    text = "Paris paris@example.org"

    assert found(text, listed, ("EMAIL_ADDRESS", "LOCATION")) == [
        ("LOCATION", "Paris"),
        ("EMAIL_ADDRESS", "paris@example.org"),
    ]


def test_the_model_counts_by_its_bytes_wherever_it_lies(listed, tmp_path):
    copy = tmp_path / "copy"
    spacy.load(listed).to_disk(copy)
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "x.pyc").write_bytes(b"x")
    one, other = settled(rules(listed)), settled(rules(str(copy)))

    assert described(one, None) == described(other, None)
    assert described(one, None)["model"]["sha256"] == model_digest(listed)
    assert settled(rules(listed, model_sha256=model_digest(listed).upper())) == one

    (copy / "meta.json").write_text((copy / "meta.json").read_text() + "\n")

    assert described(settled(rules(str(copy))), None) != described(one, None)
    with pytest.raises(WrongArtefact, match="has not the digest"):
        Analyser(other)


def test_a_model_that_is_no_use_is_refused_with_what_is_wrong(listed, tmp_path):
    spacy.blank("en").to_disk(tmp_path / "bare")
    other = spacy.blank("en")
    other.add_pipe("entity_ruler", name="ner").add_patterns([{"label": "GENE", "pattern": "BRCA1"}])
    other.to_disk(tmp_path / "genes")
    spacy.load(listed).to_disk(tmp_path / "damaged")
    (tmp_path / "damaged" / "config.cfg").write_text("[nlp]\n")
    refusals = {
        str(tmp_path / "absent"): "no installed spaCy package, and no folder of a model",
        "en_core_web_absent": "no installed spaCy package, and no folder of a model",
        str(tmp_path / "bare"): "its pipeline has no ner",
        str(tmp_path / "genes"): "finds no PERSON, LOCATION, NRP, ORGANIZATION; its ner is for",
        str(tmp_path / "damaged"): "spaCy cannot load it",
        "numpy": "spaCy cannot load it",
    }

    for model, told in refusals.items():
        with pytest.raises(Refused, match=rf"^recipe\.pii\.model: {re.escape(model)}.*{told}"):
            settled(rules(model))
    with pytest.raises(Refused, match=r"^recipe\.pii\.model_sha256: .* the recipe says 00"):
        settled(rules(listed, model_sha256="00"))


def test_kinds_of_policies_are_asked_of_the_model_too(trained):
    policy = PiiPolicy(kinds=("NRP",))

    with pytest.raises(Refused, match="finds no NRP; it finds PERSON, LOCATION"):
        settled(PiiRules(model=trained, languages={"de": policy}))
    assert settled(PiiRules(model=trained)).model_sha256 == model_digest(trained)
