"""One spelling of a language for what models and people write."""

import pytest

from corpusmill.artefacts import Artefact
from corpusmill.langid.codes import canonical, language_of, written_in
from corpusmill.langid.model import installed_model, load_model


@pytest.mark.parametrize(
    ("code", "others"),
    [
        ("en", ["eng", "eng_Latn", "en-GB", "EN"]),
        ("de", ["deu", "deu_Latn", "ger"]),
        ("zh", ["zho", "cmn", "cmn_Hani", "zho_Hans", "zh-Hant"]),
        ("ar", ["ara", "arb_Arab"]),
        ("et", ["est", "ekk_Latn"]),
        ("lv", ["lav", "lvs_Latn"]),
        ("fa", ["fas", "pes_Arab"]),
        ("no", ["nob", "nb", "nob_Latn"]),
        ("nn", ["nno_Latn"]),
        ("sr", ["srp_Cyrl", "srp_Latn"]),
        ("sh", ["hbs", "hbs_Latn"]),
        ("tl", ["tgl", "fil", "fil_Latn"]),
        ("sq", ["sqi", "als", "als_Latn"]),
        ("arz", ["arz_Arab"]),
        ("yue", ["yue_Hani"]),
        ("ceb", ["ceb_Latn"]),
        ("he", ["heb_Hebr", "iw"]),
    ],
)
def test_all_codes_of_a_language_are_one(code, others):
    assert {canonical(other) for other in (code, *others)} == {code}


def test_what_is_no_code_stands_for_itself():
    assert [canonical(label) for label in ("", "spam", "not a code", "1")] == [
        *("", "spam", "not a code", "1")
    ]


def test_the_languages_of_the_packaged_model_stay_apart():
    labels = [label[9:] for label in load_model(Artefact.of(installed_model())).labels]

    assert len({language_of(label) for label in labels}) == len(labels) == 176
    assert {label for label in labels if language_of(label) != label} == {"als"}
    assert (language_of("als"), language_of("als_Latn")) == ("gsw", "sq")


@pytest.mark.parametrize(
    ("label", "scripts"),
    [
        ("en", "Latn"),
        ("ru", "Cyrl"),
        ("sr", "Cyrl Latn"),
        ("srp_Cyrl", "Cyrl"),
        ("ja", "Hani Hira Kana"),
        ("jpn_Jpan", "Hani Hira Kana"),
        ("ko", "Hang Hani"),
        ("zh", "Bopo Hani"),
        ("azb", "Arab"),
        ("xal", "Cyrl"),
        ("dv", "Thaa"),
        ("spam", ""),
    ],
)
def test_a_label_names_its_script_or_has_those_of_its_language(label, scripts):
    assert written_in(label) == frozenset(scripts.split())
