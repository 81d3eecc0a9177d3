"""An export as a whole: names, digests, document maps, and what a crash or a wrong file leaves."""

import json

import pytest
import small_sets
from exported import fragmented

from corpusmill.digests import digest, sha256_of
from corpusmill.shards import export as exporting
from corpusmill.shards.export import FORMATS, export
from corpusmill.shards.format import FormatError
from corpusmill.shards.manifest import read_manifest

BESIDE = {
    "megatron": ["bin", "idx"],
    "mds": ["mds"],
    "olmo": ["csv.gz", "npy"],
    "datatrove": ["ds", "ds.index", "ds.metadata"],
}


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=sorted(FORMATS))
def name(request):
    return request.param


@pytest.fixture
def manifest(tmp_path):
    return read_manifest(fragmented(tmp_path / "set"))


def test_the_export_lists_every_file_and_no_other(manifest, name, tmp_path):
    made = export(manifest, name, tmp_path / "out")

    said = json.loads((made.folder / "export.json").read_bytes())
    files = [file for shard in said["content"]["shards"] for file in shard["files"]]
    files += [said["content"]["index"]] if name == "mds" else []
    assert said["digest"] == digest(said["content"]) == made.digest
    assert {f["name"]: (f["bytes"], f["sha256"]) for f in files} == {
        path.name: (path.stat().st_size, sha256_of(path))
        for path in made.folder.iterdir()
        if path.name != "export.json"
    }
    suffixes = sorted(f["name"].split(".", 1)[1] for f in said["content"]["shards"][0]["files"])
    assert suffixes == sorted([*BESIDE[name], "docs"])
    assert made.content["totals"]["tokens"] == manifest.content["totals"]["tokens"]


def test_names_hold_the_digest_of_the_token_file(manifest, name, tmp_path):
    made = export(manifest, name, tmp_path / "out")

    for shard in made.content["shards"]:
        tokens, *others, docs = shard["files"]
        assert tokens["sha256"][:16] in tokens["name"]
        assert all(tokens["sha256"][:16] in file["name"] for file in others) or name == "mds"
        assert docs["sha256"][:16] in docs["name"]
        canonical = next(s for s in manifest.content["shards"] if s["shard"] == shard["shard"])
        assert docs == canonical["docs"]  # the map from places to documents goes along


def test_it_is_the_same_wherever_and_whenever_it_is_made(manifest, name, tmp_path):
    one, other = (export(manifest, name, tmp_path / place) for place in ("one", "other"))

    assert one.folder.name == other.folder.name
    assert bytes_of(one.folder) == bytes_of(other.folder)


def test_an_export_that_stands_is_left_and_a_damaged_one_made_whole(manifest, name, tmp_path):
    made = export(manifest, name, tmp_path)
    before = bytes_of(made.folder)
    stamps = {path.name: path.stat().st_mtime_ns for path in made.folder.iterdir()}

    assert export(manifest, name, tmp_path).stood
    assert {path.name: path.stat().st_mtime_ns for path in made.folder.iterdir()} == stamps
    victim = made.folder / made.content["shards"][0]["files"][0]["name"]
    victim.write_bytes(bytes(victim.stat().st_size))
    assert not export(manifest, name, tmp_path).stood
    assert bytes_of(made.folder) == before


def test_a_crash_leaves_no_export_json_and_the_same_command_goes_on(
    manifest, name, tmp_path, monkeypatch
):
    whole = bytes_of(export(manifest, name, tmp_path / "whole").folder)
    written = []

    def dies(made, folder):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(made.name)
        return original(made, folder)

    original = exporting._put
    monkeypatch.setattr(exporting, "_put", dies)
    with pytest.raises(KeyboardInterrupt):
        export(manifest, name, tmp_path / "out")
    [folder] = (tmp_path / "out").iterdir()
    assert sorted(bytes_of(folder)) == sorted(written)
    monkeypatch.setattr(exporting, "_put", original)

    assert bytes_of(export(manifest, name, tmp_path / "out").folder) == whole


def test_a_wrong_canonical_file_is_named_and_nothing_is_made_of_it(manifest, name, tmp_path):
    path = next(manifest.folder.glob("shard-00005-*.bin"))
    path.write_bytes(bytes(path.stat().st_size))

    with pytest.raises(FormatError, match=path.name):
        export(manifest, name, tmp_path / "out")

    [folder] = (tmp_path / "out").iterdir()
    assert not any("shard-00005" in name for name in bytes_of(folder))
    assert "export.json" not in bytes_of(folder)


def test_a_set_without_sequences_is_an_export_without_shards(name, tmp_path):
    made = export(read_manifest(small_sets.build(tmp_path / "set", [])), name, tmp_path)

    names = ["export.json", *(["index.json"] if name == "mds" else [])]
    assert (made.content["shards"], sorted(bytes_of(made.folder))) == ([], names)
