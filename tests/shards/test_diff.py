"""Two sets side by side, against sets whose differences were put there by hand."""

import copy
import json

import pytest
import small_sets
from exported import sequence

from corpusmill.shards import diff as diffing
from corpusmill.shards.diff import diff, differing_values, token_sums
from corpusmill.shards.manifest import read_manifest, write_manifest
from corpusmill.shards.pack import Piece

X, Y = "1a" * 16, "2b" * 16
SHARDS = [[[1, 2, 3], [4]], [[5, 6, 7, 8, 9]], [[1, 1], [2, 2]]]


def made(folder, shards=SHARDS, **plan):
    return read_manifest(small_sets.build(folder, shards, **plan))


def one_shard(folder, ids, pieces):
    entry = small_sets.write(folder, 3, 16, len(ids), [sequence(ids, pieces, "uint16")])
    return read_manifest(small_sets.sign(folder, [entry], len(ids)))


def document(shard, number):
    return f"{shard:016x}{number:016x}"


def test_equal_sets_do_not_differ_and_none_of_their_files_is_opened(tmp_path):
    a, b = made(tmp_path / "a"), made(tmp_path / "b")
    for path in (*a.folder.glob("shard-*"), *b.folder.glob("shard-*")):
        path.unlink()

    assert diff(a, b) == {
        "differs": False,
        "content": {},
        "shards": {"a": 3, "b": 3, "equal": 3, "different": [], "only_a": [], "only_b": []},
        "first": None,
    }


def test_the_first_differing_id_is_told_with_the_documents_there(tmp_path):
    # shard 1 of a: 5 6 | 7 8 | 9 0; of b: 5 6 | 7 0 | 8 9 | 0 0 (the last id is padding)
    other = [SHARDS[0], [[5, 6, 7], [8, 9]], [[1, 1], [2, 3]]]

    found = diff(made(tmp_path / "a"), made(tmp_path / "b", other))

    assert found["differs"]
    assert found["shards"]["different"] == [1, 2]
    assert found["shards"]["equal"] == 1
    assert found["first"] == {
        "shard": 1,
        "a": {"sequence": 1, "offset": 1, "doc_id": document(1, 0), "repeat": 0},
        "b": {"sequence": 1, "offset": 1, "doc_id": document(1, 0), "repeat": 0},
        "unreadable": None,
    }
    assert found["content"]["totals.documents"] == {"a": 5, "b": 6}


def test_equal_beginnings_longer_than_what_is_compared_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(diffing, "_COMPARED", 3)
    a = made(tmp_path / "a", [[[1, 2, 3, 4, 5, 6, 7], [8]]])
    b = made(tmp_path / "b", [[[1, 2, 3, 4, 5, 6, 7], [9]]])

    first = diff(a, b)["first"]

    place = {"sequence": 4, "offset": 0, "doc_id": document(0, 1), "repeat": 0}
    assert (first["a"], first["b"]) == (place, place)


def test_a_set_that_goes_on_where_the_other_ends(tmp_path):
    a = made(tmp_path / "a", [[[1, 2, 3]]])
    b = made(tmp_path / "b", [[[1, 2, 3], [4, 5, 6]]])

    first = diff(a, b)["first"]

    assert first["a"] is None
    assert first["b"] == {"sequence": 2, "offset": 0, "doc_id": document(0, 1), "repeat": 0}


def test_a_shard_of_one_set_alone_differs_from_its_first_id_on(tmp_path):
    a, b = made(tmp_path / "a"), made(tmp_path / "b", SHARDS[:2])

    found, back = diff(a, b), diff(b, a)

    place = {"sequence": 0, "offset": 0, "doc_id": document(2, 0), "repeat": 0}
    assert (found["shards"]["only_a"], found["shards"]["only_b"]) == ([2], [])
    assert (found["first"]["shard"], found["first"]["a"], found["first"]["b"]) == (2, place, None)
    assert (back["shards"]["only_a"], back["shards"]["only_b"]) == ([], [2])
    assert (back["first"]["a"], back["first"]["b"]) == (None, place)


def test_sets_of_other_sequence_lengths_and_types_have_places_of_their_own(tmp_path):
    a = made(tmp_path / "a", [[[1, 2, 3, 4], [5]]], sequence_length=2)
    b = made(tmp_path / "b", [[[1, 2, 3, 4], [6]]], sequence_length=7, dtype="uint32")

    found = diff(a, b)

    who = {"doc_id": document(0, 1), "repeat": 0}
    assert found["first"]["a"] == {"sequence": 2, "offset": 1, **who}
    assert found["first"]["b"] == {"sequence": 0, "offset": 5, **who}
    assert found["content"]["plan.sequence_length"] == {"a": 2, "b": 7}
    assert found["content"]["plan.dtype"] == {"a": "uint16", "b": "uint32"}


def test_equal_ids_of_other_documents_are_told_by_the_document_maps(tmp_path):
    ids = [1, 2, 0, 3, 4, 0]
    a = one_shard(tmp_path / "a", ids, [Piece(X, 0, 0, 0, 3, 0), Piece(Y, 0, 0, 3, 3, 0)])
    b = one_shard(tmp_path / "b", ids, [Piece(X, 0, 0, 0, 3, 0), Piece(X, 1, 0, 3, 3, 0)])

    first = diff(a, b)["first"]

    assert first["shard"] == 3
    assert first["a"] == {"sequence": 0, "offset": 3, "doc_id": Y, "repeat": 0}
    assert first["b"] == {"sequence": 0, "offset": 3, "doc_id": X, "repeat": 1}


def test_padding_belongs_to_no_document(tmp_path):
    a = one_shard(tmp_path / "a", [1, 0, 0], [Piece(X, 0, 0, 0, 2, 0)])
    b = one_shard(tmp_path / "b", [1, 0, 9], [Piece(X, 0, 0, 0, 2, 0), Piece(Y, 0, 0, 2, 1, 0)])

    first = diff(a, b)["first"]

    assert first["a"] == {"sequence": 0, "offset": 2, "doc_id": None, "repeat": None}
    assert first["b"] == {"sequence": 0, "offset": 2, "doc_id": Y, "repeat": 0}


@pytest.mark.parametrize("part", ["bin", "docs"])
def test_a_missing_file_is_named_instead_of_a_place(tmp_path, part):
    a, b = made(tmp_path / "a"), made(tmp_path / "b", [SHARDS[0], [[5]], SHARDS[2]])
    gone = a.folder / a.content["shards"][1][part]["name"]
    gone.unlink()

    found = diff(a, b)

    told = f"{gone}: No such file or directory"
    assert found["first"] == {"shard": 1, "a": None, "b": None, "unreadable": told}
    assert found["shards"]["different"] == [1]


def test_a_file_that_was_cut_short_is_named(tmp_path):
    a, b = made(tmp_path / "a"), made(tmp_path / "b", [[[9]], *SHARDS[1:]])
    short = b.folder / b.content["shards"][0]["bin"]["name"]
    short.write_bytes(short.read_bytes()[:-1])

    assert diff(a, b)["first"]["unreadable"] == f"{short.name} ends inside a sequence"


def test_only_contents_that_differ_are_told_with_both_values(tmp_path):
    a = made(tmp_path / "a")
    content = copy.deepcopy(a.content)
    content["recipe"] = {"seed": 7, "quality": {"presets": ["c4"]}}
    content["inputs"] = {"tokens": "d1"}
    (tmp_path / "b").mkdir()
    write_manifest(tmp_path / "b", content)

    found = diff(a, read_manifest(tmp_path / "b"))

    assert found["first"] is None
    assert found["content"] == {
        "inputs": {"a": {}},
        "inputs.tokens": {"b": "d1"},
        "recipe": {"a": {}},
        "recipe.quality.presets": {"b": ["c4"]},
        "recipe.seed": {"b": 7},
    }
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ({"x": 1}, {"x": 1}, {}),
        ({"x": {"y": 1, "z": 2}}, {"x": {"y": 1, "z": 3}}, {"x.z": {"a": 2, "b": 3}}),
        ({"x": [1, 2]}, {"x": [2, 1]}, {"x": {"a": [1, 2], "b": [2, 1]}}),
        ({"x": None}, {}, {"x": {"a": None}}),
    ],
)
def test_values_are_compared_by_their_dotted_key(a, b, told):
    assert differing_values(a, b) == told


def test_sums_by_source_language_and_reason_are_those_of_all():
    keys = ("reason", "source_a", "language_a", "source_b", "language_b")
    counts = ("documents_a", "documents_b", "tokens_a", "tokens_b")
    cells = [
        dict(zip((*keys, *counts), row, strict=True))
        for row in [
            ("same", "web", "en", "web", "en", 3, 3, 30, 30),
            ("text changed", "web", "en", "web", "de", 1, 1, 10, 12),
            ("not delivered", None, None, "news", "de", 0, 2, 0, 9),
            ("duplicate.near", "web", None, None, None, 1, 0, 4, 0),
        ]
    ]

    sums = token_sums(cells)

    def entry(*numbers):
        return dict(zip((*counts, "delta"), numbers, strict=True))

    assert sums == {
        **entry(5, 6, 44, 51, 7),
        "source": {"news": entry(0, 2, 0, 9, 9), "web": entry(5, 4, 44, 42, -2)},
        "language": {
            "de": entry(0, 3, 0, 21, 21),
            "en": entry(4, 3, 40, 30, -10),
            "not known": entry(1, 0, 4, 0, -4),
        },
        "reason": {
            "duplicate.near": entry(1, 0, 4, 0, -4),
            "not delivered": entry(0, 2, 0, 9, 9),
            "same": entry(3, 3, 30, 30, 0),
            "text changed": entry(1, 1, 10, 12, 2),
        },
    }
