"""Documents to languages: thresholds, line feeds, one row a document."""

import hashlib

import fasttext
import pytest

from corpusmill.artefacts import Artefact
from corpusmill.contracts import contract
from corpusmill.langid.model import installed_model
from corpusmill.langid.rules import LanguageRules
from corpusmill.langid.transform import identify_language

MODEL = Artefact.of(installed_model())
DOCUMENT = "doc_id string, text_digest string, text string, source string"
TEXTS = {
    "en": "The mill stands by the river and grinds the corn of the whole village.",
    "de": "Die Mühle steht am Fluss\nund mahlt das Korn\n\ndes ganzen Dorfes.",
    "ru": "Мельница стоит у реки и мелет зерно для всей деревни.",
}


def documents(texts):
    return [
        (f"{n:032x}", hashlib.sha256(text.encode()).hexdigest(), text, "web")
        for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def bare():
    """Label and millionths by fastText's own binding."""
    loaded = fasttext.load_model(str(installed_model()))

    def ask(line):
        [(probability, label)] = loaded.f.predict(line + "\n", 1, 0.0, "strict")
        return label.removeprefix("__label__"), min(1_000_000, round(probability * 1_000_000))

    return ask


def test_each_document_gets_one_row_with_label_and_score(dealt, bare):
    rows = documents([*TEXTS.values()] * 4)

    found = identify_language(dealt(rows, DOCUMENT), MODEL, LanguageRules())

    assert found.columns == contract("languages").column_names
    expected = []
    for doc_id, digest, text, _ in rows:
        label, score = bare(text.replace("\n", " "))
        expected.append((doc_id, digest, label, label, score))
    assert sorted(tuple(row)[:5] for row in found.collect()) == expected
    assert [row[2] for row in expected[:3]] == list(TEXTS)


def test_a_label_below_the_threshold_is_unknown_and_kept_beside_it(dealt, bare):
    scores = sorted((bare(text.replace("\n", " "))[1], code) for code, text in TEXTS.items())
    middle = scores[1][0]
    rows = documents(TEXTS.values())

    at, above = (
        identify_language(
            dealt(rows, DOCUMENT),
            MODEL,
            LanguageRules(threshold=bound / 1_000_000),
        ).collect()
        for bound in (middle, middle + 1)
    )

    assert len({score for score, _ in scores}) == 3
    assert sorted(row.language for row in at) == sorted([scores[1][1], scores[2][1], "unknown"])
    assert sorted(row.language for row in above) == sorted([scores[2][1], "unknown", "unknown"])
    assert sorted(row.top_language for row in above) == sorted(TEXTS)


def test_the_model_is_shown_the_prefix_of_the_recipe(dealt):
    rows = documents([TEXTS["en"] + TEXTS["ru"] * 20])

    short, long = (
        identify_language(dealt(rows, DOCUMENT), MODEL, LanguageRules(prefix=n))
        for n in (len(TEXTS["en"]), 2_000)
    )

    assert [row.top_language for row in short.collect()] == ["en"]
    assert [row.top_language for row in long.collect()] == ["ru"]


def test_script_runner_up_and_labels_stand_beside_the_language(dealt):
    mixed = f"{TEXTS['en']} {TEXTS['de']}"
    rows = documents([TEXTS["ru"], mixed, "123 + 456 = 579"])

    found = identify_language(dealt(rows, DOCUMENT), MODEL, LanguageRules(threshold=0.0))

    ru, both, none = sorted(found.collect(), key=lambda row: row.doc_id)
    assert (ru.language, ru.script, ru.labels["ru"]) == ("ru", "Cyrl", ru.language_score)
    assert {both.top_language, both.runner_up} == {"de", "en"}
    assert both.labels[both.runner_up] == both.runner_up_score >= 10_000
    assert sorted(both.labels.values(), reverse=True)[:2] == [
        *(both.language_score, both.runner_up_score)
    ]
    assert (none.language, none.script) == ("unknown", None)


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_a_language_in_whose_script_nothing_is_written_is_unknown(dealt, share):
    yi = "ꀀꀁꀂ ꀃꀄꀅ ꀆꀇꀈ ꀉꀊꀋ ꀌꀍꀎ ꀏꀐꀑ"  # which lid.176 does not know
    rules = LanguageRules(threshold=0.0, script_share=share)

    [row] = identify_language(dealt(documents([yi]), DOCUMENT), MODEL, rules).collect()

    assert (row.language, row.script) == ("unknown" if share else row.top_language, "Yiii")
    assert row.top_language != "unknown"


def test_a_language_may_have_a_threshold_of_its_own(dealt):
    rules = LanguageRules(thresholds={"deu_Latn": 1.0, "ru": 0.0}, threshold=0.5)

    found = identify_language(dealt(documents(TEXTS.values()), DOCUMENT), MODEL, rules)

    rows = sorted(found.collect(), key=lambda row: row.doc_id)
    assert [row.language for row in rows] == ["en", "unknown", "ru"]
