"""Models that call languages by code and script, as GlotLID and NLLB's do."""

import json
import os
import subprocess
import sys

import pyarrow as pa
import pytest

from corpusmill.artefacts import Artefact
from corpusmill.langid.model import languages_of
from corpusmill.langid.rules import LanguageRules
from corpusmill.langid.transform import language_kernel
from corpusmill.recipe import Recipe
from corpusmill.refusal import Refused
from corpusmill.resolve import resolve

TEXTS = {
    "eng_Latn": "the mill stands by the river and grinds the corn of the village",
    "deu_Latn": "die mühle steht am fluss und mahlt das korn des dorfes",
    "srp_Cyrl": "млин стоји поред реке и меље жито за цело село",
    "srp_Latn": "mlin stoji pored reke i melje žito za celo selo",
}


MISLABELLED = "zzyzx qwqwq zzyzx qwqwq"


@pytest.fixture(scope="module")
def glot(tmp_path_factory):
    """A model of four labels, trained here."""
    folder = tmp_path_factory.mktemp("glot")
    rows = [*TEXTS.items(), ("srp_Cyrl", MISLABELLED)]
    lines = [f"__label__{label} {text}\n" for label, text in rows] * 50
    (folder / "lines.txt").write_text("".join(lines), "utf-8")
    settings = {"dim": 8, "epoch": 50, "lr": 0.5, "bucket": 1000, "thread": 1, "verbose": 0}
    code = "import fasttext, json, sys; i, o, how = sys.argv[1:]; "
    code += "fasttext.train_supervised(i, **json.loads(how)).save_model(o)"
    places = [str(folder / name) for name in ("lines.txt", "glot.bin")]
    zeroed = {"MALLOC_PERTURB_": "255", "MALLOC_MMAP_THRESHOLD_": "65536"}  # see decision 003
    command = [sys.executable, "-c", code, *places, json.dumps(settings)]
    subprocess.run(command, env={**os.environ, **zeroed}, check=True)
    return folder / "glot.bin"


def rows_of(model, texts, **rules):
    batch = pa.RecordBatch.from_arrays(
        [pa.array(texts)] * 3, names=["doc_id", "text_digest", "text"]
    )
    kernel = language_kernel(Artefact.of(model), LanguageRules(**rules))
    return [row for out in kernel(batch) for row in out.to_pylist()]


def test_its_languages_have_the_usual_codes(glot):
    assert languages_of(Artefact.of(glot)) == {"en", "de", "sr"}

    found = rows_of(glot, list(TEXTS.values()))

    assert [row["language"] for row in found] == ["en", "de", "sr", "sr"]
    assert [row["script"] for row in found] == ["Latn", "Latn", "Cyrl", "Latn"]
    assert [dict(row["labels"])[label] for row, label in zip(found, TEXTS, strict=True)] == [
        row["language_score"] for row in found
    ]


def test_another_label_of_the_same_language_is_no_runner_up(glot):
    [row] = rows_of(glot, [f"{TEXTS['srp_Cyrl']} {TEXTS['srp_Latn']}"])

    assert {"srp_Cyrl", "srp_Latn"} <= dict(row["labels"]).keys()
    assert row["top_language"] == "sr"
    assert row["runner_up"] in (None, "en", "de")


def test_a_label_with_a_script_is_believed_in_that_script_only(glot):
    """Serbian is written in Latin letters too, but that is not what this label says."""
    [unchecked] = rows_of(glot, [MISLABELLED], script_share=0.0)
    [checked] = rows_of(glot, [MISLABELLED])

    assert max(dict(checked["labels"]), key=dict(checked["labels"]).get) == "srp_Cyrl"
    assert (checked["top_language"], checked["script"]) == ("sr", "Latn")
    assert (unchecked["language"], checked["language"]) == ("sr", "unknown")


@pytest.mark.parametrize("spelling", ["en", "eng", "eng_Latn"])
def test_a_recipe_names_its_languages_by_any_code(glot, tmp_path, spelling):
    rules = LanguageRules(model=str(glot), languages=(spelling,), thresholds={spelling: 0.9})

    assert rules.languages == ("en",)
    assert rules.needed("en") == 900_000
    resolve(Recipe(language=rules), tmp_path)


@pytest.mark.parametrize("key", ["languages", "thresholds"])
def test_a_language_that_it_cannot_name_is_refused(glot, tmp_path, key):
    given = ("fr", "en") if key == "languages" else {"fr": 0.5}
    rules = LanguageRules(model=str(glot), **{key: given})

    with pytest.raises(Refused, match=rf"recipe\.language\.{key}: the model knows no fr"):
        resolve(Recipe(language=rules), tmp_path)
