"""Fitted things: found again by their settings, refused when they are not what was pinned."""

from __future__ import annotations

import hashlib
import json

import pytest

from corpusmill.artefacts import Artefact, Shelf, WrongArtefact, given
from corpusmill.digests import digest
from corpusmill.refusal import Refused

SETTINGS = {"vocab_size": 300, "seed": 42}
ABC = hashlib.sha256(b"abc").hexdigest()


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "models")


@pytest.fixture
def fitted(tmp_path, shelf):
    """Write a fitted file beside the shelf."""

    def fit(data=b"abc", name="tokenizer.json"):
        shelf.folder.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return fit


def refusal_of(call, *arguments):
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("sha256", [None, ABC, ABC.upper()])
def test_a_given_file_is_taken_when_its_digest_is_right_or_not_said(fitted, sha256):
    file = fitted()

    assert given(str(file), sha256, "recipe.tokenizer") == Artefact(file, ABC)


def test_a_given_file_with_another_digest_is_refused_with_both(fitted):
    file = fitted(b"abd")

    message = refusal_of(given, str(file), ABC, "recipe.tokenizer")

    actual = hashlib.sha256(b"abd").hexdigest()
    assert message == (
        f"recipe.tokenizer.sha256: {file} has the digest {actual}, the recipe says {ABC}"
    )


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_given_file_that_is_not_there_is_refused_naming_the_key(tmp_path, name):
    path = str(tmp_path / name)

    assert refusal_of(given, path, None, "recipe.language") == (
        f"recipe.language.path: no such file: {path}"
    )


def test_an_empty_shelf_holds_nothing_and_is_not_made_by_looking(shelf):
    assert shelf.find("tokenizer", SETTINGS) is None
    assert not shelf.folder.exists()


def test_what_is_kept_is_found_by_its_kind_and_settings_alone(shelf, fitted):
    kept = shelf.keep("tokenizer", SETTINGS, fitted(), {"clean_documents": "id@3"})

    assert kept == Artefact(shelf.folder / f"tokenizer-{ABC[:16]}.json", ABC)
    assert kept.path.read_bytes() == b"abc"
    assert shelf.find("tokenizer", dict(reversed(SETTINGS.items()))) == kept
    assert shelf.find("tokenizer", {**SETTINGS, "seed": 43}) is None
    assert shelf.find("classifier", SETTINGS) is None


def test_the_pin_says_what_was_fitted_to_which_version(shelf, fitted):
    shelf.keep("tokenizer", SETTINGS, fitted(), {"clean_documents": "id@3"})

    pins = list(shelf.folder.glob("*.pin.json"))

    assert [pin.name for pin in pins] == [f"tokenizer-{digest(SETTINGS)[:16]}.pin.json"]
    assert json.loads(pins[0].read_text("utf-8")) == {
        "kind": "tokenizer",
        "settings": SETTINGS,
        "sha256": ABC,
        "file": f"tokenizer-{ABC[:16]}.json",
        "fitted_on": {"clean_documents": "id@3"},
    }


def test_keeping_the_same_again_changes_no_byte(shelf, fitted):
    shelf.keep("tokenizer", SETTINGS, fitted(), {"clean_documents": "id@3"})
    before = {path.name: path.read_bytes() for path in shelf.folder.iterdir()}

    shelf.keep("tokenizer", SETTINGS, fitted(), {"clean_documents": "id@3"})

    assert {path.name: path.read_bytes() for path in shelf.folder.iterdir()} == before
    assert len(before) == 2


def test_a_refit_moves_the_pin_and_leaves_the_old_artefact_for_old_manifests(shelf, fitted):
    old = shelf.keep("tokenizer", SETTINGS, fitted(), {})

    new = shelf.keep("tokenizer", SETTINGS, fitted(b"xyz"), {})

    assert shelf.find("tokenizer", SETTINGS) == new != old
    assert old.path.read_bytes() == b"abc"


def test_a_file_without_its_pin_was_never_finished_and_is_not_found(shelf, fitted):
    shelf.keep("tokenizer", SETTINGS, fitted(), {})
    next(shelf.folder.glob("*.pin.json")).unlink()

    assert shelf.find("tokenizer", SETTINGS) is None


def test_a_changed_artefact_is_refused_by_name(shelf, fitted):
    kept = shelf.keep("tokenizer", SETTINGS, fitted(), {})
    kept.path.write_bytes(b"abcd")

    message = refusal_of(shelf.find, "tokenizer", SETTINGS)

    assert str(kept.path) in message
    assert f"tokenizer-{digest(SETTINGS)[:16]}.pin.json" in message


def test_a_lost_artefact_is_refused_by_name(shelf, fitted):
    kept = shelf.keep("tokenizer", SETTINGS, fitted(), {})
    kept.path.unlink()

    message = refusal_of(shelf.find, "tokenizer", SETTINGS)

    assert str(kept.path) in message
    assert f"tokenizer-{digest(SETTINGS)[:16]}.pin.json" in message


def test_a_damaged_pin_is_refused_by_name(shelf, fitted):
    shelf.keep("tokenizer", SETTINGS, fitted(), {})
    pin = next(shelf.folder.glob("*.pin.json"))
    pin.write_bytes(pin.read_bytes()[:10])

    assert str(pin) in refusal_of(shelf.find, "tokenizer", SETTINGS)


def test_what_is_fitted_on_the_bench_is_kept_and_the_rest_is_swept_away(shelf):
    with shelf.bench() as bench:
        (bench / "examples.txt").write_bytes(b"a text")
        (bench / "classifier.bin").write_bytes(b"abc")
        kept = shelf.keep("classifier", SETTINGS, bench / "classifier.bin", {})

    assert not bench.is_relative_to(shelf.folder.parent)
    assert not bench.exists()
    assert shelf.find("classifier", SETTINGS) == kept
    assert len(list(shelf.folder.iterdir())) == 2


def test_a_refused_pin_can_be_made_good_by_keeping_again(shelf, fitted):
    kept = shelf.keep("tokenizer", SETTINGS, fitted(), {})
    kept.path.unlink()

    again = shelf.keep("tokenizer", SETTINGS, fitted(), {})

    assert again == shelf.find("tokenizer", SETTINGS) == kept


def test_a_worker_without_the_file_of_an_artefact_says_which_one(tmp_path):
    artefact = Artefact(tmp_path / "tokenizer.json", ABC)

    with pytest.raises(WrongArtefact, match=r"tokenizer\.json is not on this machine"):
        artefact.checked()


def test_an_artefact_named_without_a_folder_is_the_one_in_the_folder_of_the_process(
    tmp_path, monkeypatch
):
    (tmp_path / "lid.bin").write_bytes(b"abc")
    monkeypatch.chdir(tmp_path)

    assert given("lid.bin", None, "recipe.language").checked() == "lid.bin"
