"""Labels read from fastText's own files, and refusals of what its reader would die of."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import fasttext
import pytest

from corpusmill.artefacts import Artefact
from corpusmill.langid.model import installed_model
from corpusmill.model_file import DamagedModel, labels_of
from corpusmill.quality.classifier import train
from corpusmill.quality.classifier_rules import ClassifierRules

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    examples = [("one two three", 1), ("four five six", 0)] * 30
    rules = ClassifierRules(dim=2, buckets=5)
    return train(examples, rules, 1, tmp_path_factory.mktemp("trained"))


def test_labels_are_those_that_fasttext_reads(trained: Path) -> None:
    assert sorted(labels_of(Artefact.of(trained))) == ["__label__0", "__label__1"]


def test_labels_of_a_quantized_model_are_those_that_fasttext_reads() -> None:
    path = installed_model()

    assert list(labels_of(Artefact.of(path))) == fasttext.load_model(str(path)).labels


def test_a_model_cut_short_anywhere_is_refused(trained: Path, tmp_path: Path) -> None:
    data, cut = trained.read_bytes(), tmp_path / "cut.bin"
    wrong = []

    for size in range(len(data)):
        cut.write_bytes(data[:size])
        try:
            labels_of(Artefact(cut, str(size)))
        except DamagedModel:
            continue
        wrong.append(size)

    assert wrong == []


DIM, NGRAMS, LOSS, KIND, BUCKETS, SHORTEST = 8, 28, 32, 36, 40, 44
ENTRIES, WORDS, LABELS = 64, 68, 72


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *((DIM, value) for value in (-1, 0, 3, 1_000_000)),
        *((NGRAMS, value) for value in (0, -5)),
        *((LOSS, value) for value in (0, 99)),
        *((KIND, value) for value in (1, 2, 9)),
        *((BUCKETS, value) for value in (0, -1)),
        (SHORTEST, -1),
        *((ENTRIES, value) for value in (0, -1, 1_000)),
        *((WORDS, value) for value in (-1, 0, 100_000_000)),
        *((LABELS, value) for value in (-1, 0, 1, 1_000)),
    ],
)
@pytest.mark.parametrize("kind", ["trained", "quantized"])
def test_a_model_whose_parts_do_not_fit_is_refused(
    trained: Path, tmp_path: Path, kind: str, place: int, value: int
) -> None:
    data = bytearray((trained if kind == "trained" else installed_model()).read_bytes())
    struct.pack_into("<i", data, place, value)
    wrong = tmp_path / "wrong"
    wrong.write_bytes(data)

    with pytest.raises(DamagedModel):
        labels_of(Artefact(wrong, f"{kind} {place} {value}"))


def test_a_model_of_other_buckets_than_it_has_rows_for_is_refused(
    trained: Path, tmp_path: Path
) -> None:
    data = bytearray(trained.read_bytes())
    struct.pack_into("<i", data, BUCKETS, 2_000_000_000)
    wrong = tmp_path / "wrong.bin"
    wrong.write_bytes(data)

    with pytest.raises(DamagedModel):
        labels_of(Artefact.of(wrong))


def test_a_quantized_model_cut_short_is_refused(tmp_path: Path) -> None:
    data, cut = installed_model().read_bytes(), tmp_path / "cut.ftz"

    for size in random.Random(1).sample(range(len(data)), 60):
        cut.write_bytes(data[:size])
        with pytest.raises(DamagedModel):
            labels_of(Artefact(cut, str(size)))


def test_bytes_after_the_last_part_are_refused(trained: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.bin"
    longer.write_bytes(trained.read_bytes() + b"\0")

    with pytest.raises(DamagedModel, match="more bytes"):
        labels_of(Artefact.of(longer))


@pytest.mark.parametrize("data", [b"", b"\0", b"a text, no model", b"PK\x03\x04" * 50])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(data)

    with pytest.raises(DamagedModel, match="no fastText model"):
        labels_of(Artefact.of(path))
