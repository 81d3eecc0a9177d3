"""``corpusmill export-shards``: no JVM, one JSON line, and a second run that changes nothing."""

import json

import pytest
from exported import fragmented

from corpusmill.digests import digest


def test_it_tells_path_digest_and_counts_and_does_nothing_twice(alone, tmp_path):
    folder = fragmented(tmp_path / "set")
    arguments = ("--manifest", folder / "manifest.json", "--format", "megatron", "--to", "exports")

    code, line, _ = alone("export-shards", *arguments)
    again = alone("export-shards", *arguments)

    said = json.loads((tmp_path / "exports" / line["export"]).read_bytes())
    assert (code, line["status"], line["job"]) == (0, "done", "export-shards")
    assert line["digest"] == said["digest"] == digest(said["content"])
    assert line["set"] == json.loads((folder / "manifest.json").read_bytes())["digest"]
    counts = {"shards": 2, "files": 6, "sequences": 4, "tokens": 22, "documents": 5}
    assert line["counts"] == counts
    assert again[0] == 0
    assert (again[1]["status"], again[1]["counts"]) == ("unchanged", counts)


def test_without_a_folder_it_writes_below_the_output(alone, tmp_path):
    arguments = ("--manifest", fragmented(tmp_path / "set"), "--format", "mds")

    line = alone("export-shards", *arguments, "--output", "out")[1]

    assert line["export"].startswith(str(tmp_path / "out" / "exports" / "main-mds-"))


def test_a_wrong_shard_fails_by_name_and_is_exported_once_it_is_right(alone, tmp_path):
    folder = fragmented(tmp_path / "set")
    path = next(folder.glob("shard-00005-*.bin"))
    right = path.read_bytes()
    path.write_bytes(bytes(len(right)))
    arguments = ("--manifest", folder, "--format", "olmo", "--to", "exports")

    code, line, _ = alone("export-shards", *arguments)
    path.write_bytes(right)

    assert (code, line["status"]) == (1, "failed")
    assert path.name in line["message"]
    assert alone("export-shards", *arguments)[1]["status"] == "done"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--manifest", "absent", "--format", "olmo"], "absent"),
        (["--manifest", "absent", "--format", "parquet"], "megatron"),
        (["--format", "olmo"], "--manifest"),
    ],
)
def test_what_cannot_be_is_refused(alone, words, told):
    code, line, _ = alone("export-shards", *words)

    assert (code, line["status"]) == (2, "refused")
    assert told in line["message"]


def test_a_place_that_is_a_file_is_refused_by_its_option(alone, tmp_path):
    folder = fragmented(tmp_path / "set")
    (tmp_path / "file").write_text("")

    code, line, _ = alone("export-shards", "--manifest", folder, "--format", "mds", "--to", "file")

    assert (code, line["message"].startswith("--to: ")) == (2, True)
    assert "file" in line["message"]
