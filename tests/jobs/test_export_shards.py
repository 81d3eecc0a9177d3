"""``corpusmill export-shards``: no JVM, one JSON line, and a second run that changes nothing."""

import json

import pytest
from exported import fragmented

from corpusmill import cli
from corpusmill.__main__ import main
from corpusmill.digests import digest


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    def trip(*_arguments):
        raise AssertionError("a session was asked for")

    monkeypatch.setattr(cli, "open_session", trip)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code = main(["export-shards", *map(str, words)])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return call


def test_it_tells_path_digest_and_counts_and_does_nothing_twice(call, tmp_path):
    folder = fragmented(tmp_path / "set")
    arguments = ("--manifest", folder / "manifest.json", "--format", "megatron", "--to", "exports")

    code, line = call(*arguments)
    again = call(*arguments)

    said = json.loads((tmp_path / "exports" / line["export"]).read_bytes())
    assert (code, line["status"], line["job"]) == (0, "done", "export-shards")
    assert line["digest"] == said["digest"] == digest(said["content"])
    assert line["set"] == json.loads((folder / "manifest.json").read_bytes())["digest"]
    counts = {"shards": 2, "files": 6, "sequences": 4, "tokens": 22, "documents": 5}
    assert line["counts"] == counts
    assert again[0] == 0
    assert (again[1]["status"], again[1]["counts"]) == ("unchanged", counts)


def test_without_a_folder_it_writes_below_the_output(call, tmp_path):
    line = call("--manifest", fragmented(tmp_path / "set"), "--format", "mds", "--output", "out")[1]

    assert line["export"].startswith(str(tmp_path / "out" / "exports" / "main-mds-"))


def test_a_wrong_shard_fails_by_name_and_is_exported_once_it_is_right(call, tmp_path):
    folder = fragmented(tmp_path / "set")
    path = next(folder.glob("shard-00005-*.bin"))
    right = path.read_bytes()
    path.write_bytes(bytes(len(right)))
    arguments = ("--manifest", folder, "--format", "olmo", "--to", "exports")

    code, line = call(*arguments)
    path.write_bytes(right)

    assert (code, line["status"]) == (1, "failed")
    assert path.name in line["message"]
    assert call(*arguments)[1]["status"] == "done"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--manifest", "absent", "--format", "olmo"], "absent"),
        (["--manifest", "absent", "--format", "parquet"], "megatron"),
        (["--format", "olmo"], "--manifest"),
    ],
)
def test_what_cannot_be_is_refused(call, words, told):
    code, line = call(*words)

    assert (code, line["status"]) == (2, "refused")
    assert told in line["message"]
