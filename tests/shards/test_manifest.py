"""The manifest: canonical bytes, digest, and what is refused."""

import copy
import hashlib
import json

import pytest

from corpusmill.shards.format import FileEntry, ShardEntry, file_name
from corpusmill.shards.manifest import (
    ManifestError,
    canonical,
    content_digest,
    read_manifest,
    shard_parts,
    write_manifest,
)


def entry(shard, sequences=2, dropped=0):
    if not sequences:
        return ShardEntry(shard, 0, 0, 0, dropped, 0, None, None)
    files = [
        FileEntry(file_name(shard, 4, sha256, suffix), size, sha256)
        for suffix, size, sha256 in (("bin", sequences * 8, "ab" * 32), ("docs", 56, "cd" * 32))
    ]
    return ShardEntry(shard, sequences, sequences * 4 - 1, 1, dropped, 1, *files)


def content(*entries):
    parts = shard_parts(entries)
    return {
        "format": 2,
        "stage": "main",
        "recipe": {"seed": 42},
        "recipe_digest": "0" * 64,
        "plan": {
            "shards": 4,
            "sequence_length": 4,
            "rest": "pad",
            "packing": "concat",
            "oversize": "fragment",
            "seed": 42,
            "block": 2,
            "window": 2,
            "dtype": "uint16",
            "eos_id": 0,
            "vocab_size": 100,
        },
        "inputs": {"tokens": "1" * 64},
        "mix": {"tokens": parts["totals"]["tokens"] + parts["totals"]["dropped"]},
        **parts,
    }


def changed(path, value):
    """A good content with one place changed; ``path`` leads there."""
    result = copy.deepcopy(content(entry(0), entry(2)))
    place = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return result


def put_raw(folder, parts):
    path = folder / "manifest.json"
    path.write_text(json.dumps(parts))
    return path


def test_canonical_bytes_are_these():
    value = {"b": [1, True, None], "a": {"é\n": "中", "Z": -3}}

    data = canonical(value)

    assert data == '{"a":{"Z":-3,"é\\n":"中"},"b":[1,true,null]}\n'.encode()


@pytest.mark.parametrize(
    "value",
    [0.5, float("nan"), {1: 2}, {"a": [{"b": 1.0}]}, {None: 1}, {1, 2}, b"a", "\ud800", object()],
)
def test_what_has_no_single_text_is_refused(value):
    with pytest.raises(ValueError, match="value"):
        canonical(value)


def test_a_refusal_names_the_place():
    with pytest.raises(ValueError, match=r"value\.a\[1\]\.b is a float"):
        canonical({"a": [1, {"b": 1.0}]})


def test_the_digest_is_that_of_the_canonical_content_whatever_the_order_of_keys():
    good = content(entry(0))
    turned = dict(reversed(good.items()))

    digest = content_digest(turned)

    assert digest == hashlib.sha256(canonical(good)).hexdigest()


def test_a_written_manifest_is_read_from_its_path_and_from_its_folder(tmp_path):
    good = content(entry(0), entry(2))

    path = write_manifest(tmp_path / "set", good, {"tokens": {"version": 7}})

    by_path, by_folder = read_manifest(str(path)), read_manifest(tmp_path / "set")
    assert by_path == by_folder
    assert (by_path.content, by_path.lineage) == (good, {"tokens": {"version": 7}})
    assert (by_path.digest, by_path.folder) == (content_digest(good), tmp_path / "set")
    assert path.name == "manifest.json"
    assert path.read_bytes() == canonical(json.loads(path.read_bytes()))
    assert [p.name for p in path.parent.iterdir()] == ["manifest.json"]


def test_lineage_does_not_change_the_digest(tmp_path):
    one = write_manifest(tmp_path / "one", content(entry(0)), {"version": 1})
    other = write_manifest(tmp_path / "other", content(entry(0)), {"version": 2})

    assert read_manifest(one).digest == read_manifest(other).digest


def test_an_empty_set_is_a_set(tmp_path):
    path = write_manifest(tmp_path, content())

    assert read_manifest(path).content["shards"] == []


def test_shards_are_listed_by_number_without_empty_ones_but_with_what_they_dropped():
    parts = shard_parts([entry(3), entry(1, sequences=0, dropped=5), entry(0, dropped=2)])

    assert [shard["shard"] for shard in parts["shards"]] == [0, 3]
    assert parts["totals"] == {
        "shards": 2,
        "sequences": 4,
        "tokens": 14,
        "padding": 2,
        "dropped": 7,
        "documents": 2,
    }


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("format",), 1, "format is 1, of another release"),
        (("plan", "dtype"), "int8", r"plan\.dtype"),
        (("plan", "dtype"), [], r"plan\.dtype"),
        (("plan", "rest"), "wrap", r"plan\.rest"),
        (("plan", "packing"), "first_fit", r"plan\.packing"),
        (("plan", "oversize"), "drop", r"plan\.oversize"),
        (("plan", "seed"), "x", r"plan\.seed"),
        (("plan", "block"), 0, r"plan\.block"),
        (("plan",), None, r"plan\.shards"),
        (("shards",), {}, "shards is no list"),
        (("shards", 1), None, r"shards\[1\]\.shard"),
        (("shards", 1, "shard"), 0, r"shards\[1\]\.shard is out of order"),
        (("shards", 1, "shard"), 4, r"shards\[1\]\.shard is out of order"),
        (("shards", 0, "tokens"), 8, r"shards\[0\]: tokens and padding"),
        (("shards", 0, "tokens"), True, r"shards\[0\]\.tokens"),
        (("shards", 0, "bin"), None, r"shards\[0\]\.bin\.bytes"),
        (("shards", 0, "bin", "bytes"), 15, r"shards\[0\]\.bin\.bytes"),
        (("shards", 0, "docs", "bytes"), 57, r"shards\[0\]\.docs\.bytes"),
        (("shards", 0, "bin", "sha256"), "AB" * 32, r"shards\[0\]\.bin\.sha256"),
        (("shards", 0, "bin", "name"), "../../etc/passwd", r"shards\[0\]\.bin\.name"),
        (("shards", 0, "docs", "name"), "/etc/passwd", r"shards\[0\]\.docs\.name"),
        (("totals", "sequences"), 5, r"totals\.sequences"),
        (("totals", "dropped"), 1, r"mix\.tokens is not the sum"),
        (("mix",), None, r"mix\.tokens is missing"),
    ],
)
def test_a_content_that_contradicts_itself_is_neither_written_nor_read(
    tmp_path, path, value, named
):
    bad = changed(path, value)

    with pytest.raises(ManifestError, match=named):
        write_manifest(tmp_path, bad, {})
    assert list(tmp_path.iterdir()) == []

    raw = put_raw(tmp_path, {"content": bad, "lineage": {}, "digest": content_digest(bad)})
    with pytest.raises(ManifestError, match=named):
        read_manifest(raw)


@pytest.mark.parametrize("part", ["stage", "recipe", "inputs", "mix", "totals"])
def test_a_missing_part_is_named(tmp_path, part):
    bad = content(entry(0))
    del bad[part]

    with pytest.raises(ManifestError, match=f"lacks {part}"):
        write_manifest(tmp_path, bad)


def test_a_changed_content_does_not_fit_its_digest(tmp_path):
    path = write_manifest(tmp_path, content(entry(0)))
    parts = json.loads(path.read_bytes())
    parts["content"]["stage"] = "other"
    put_raw(tmp_path, parts)

    with pytest.raises(ManifestError, match="digest"):
        read_manifest(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"content":{}}',
        b"\xff",
        b"[" * 100_000,
        b'{"content":1,"lineage":{},"digest":""}',
    ],
)
def test_what_is_no_manifest_is_refused_by_path(tmp_path, data):
    (tmp_path / "manifest.json").write_bytes(data)

    with pytest.raises(ManifestError, match=r"manifest\.json"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("name", ["", "manifest.json", "no/such/folder"])
def test_a_missing_manifest_is_told(tmp_path, name):
    with pytest.raises(ManifestError, match="there is no manifest"):
        read_manifest(tmp_path / name)
