"""datatrove's files, parsed number by number."""

import struct

import pytest
from exported import RUNS, fragmented, packed

from corpusmill.shards.datatrove import metadata
from corpusmill.shards.export import export
from corpusmill.shards.manifest import read_manifest


def documents_of(path, letter="H"):
    data, index = path.read_bytes(), path.with_name(f"{path.name}.index").read_bytes()
    ids = struct.unpack(f"<{len(data) // struct.calcsize(letter)}{letter}", data)
    ends = struct.unpack(f"<{len(index) // 8}Q", index)
    assert ends[-1] == len(ids)
    return [list(ids[a:b]) for a, b in zip((0, *ends), ends, strict=False)]


@pytest.mark.parametrize(("dtype", "letter"), [("uint16", "H"), ("uint32", "I")])
def test_the_index_cuts_the_ids_into_documents_without_padding(tmp_path, dtype, letter):
    made = export(read_manifest(fragmented(tmp_path / "set", dtype)), "datatrove", tmp_path)

    read = {int(p.name[6:11]): documents_of(p, letter) for p in made.folder.glob("*.ds")}

    assert read == {n: [run[2] for run in runs] for n, runs in RUNS.items()}


def test_a_set_laid_end_to_end_gives_back_its_documents(tmp_path):
    folder, documents = packed(tmp_path / "set")

    made = export(read_manifest(folder), "datatrove", tmp_path)

    assert [documents_of(path) for path in sorted(made.folder.glob("*.ds"))] == documents


@pytest.mark.parametrize(
    "tokens", [0, 7, 99, 999, 1_015, 12_345, 999_499, 10**6, 10**9 + 5, 10**14]
)
def test_metadata_has_datatroves_three_lines(tokens):
    humanize = pytest.importorskip("humanize")

    lines = metadata(tokens, 2).split("\n")

    assert lines == ["Unknown Tokenizer|2", str(tokens), humanize.metric(tokens, unit="T")]
