"""MosaicML's files, parsed number by number."""

import json
from itertools import pairwise

import numpy as np
import pytest
import small_sets
from exported import LENGTH, SEQUENCES, fragmented, packed

from corpusmill.loader import ShardReader
from corpusmill.shards import mds
from corpusmill.shards.export import export
from corpusmill.shards.manifest import read_manifest


def u4(data, at):
    return int.from_bytes(data[at : at + 4], "little")


def samples_of(folder):
    """(ids, boundaries) of every sample in the order of the index."""
    index = json.loads((folder / "index.json").read_bytes())
    assert index["version"] == 2
    for shard in index["shards"]:
        data = (folder / shard["raw_data"]["basename"]).read_bytes()
        assert (len(data), u4(data, 0)) == (shard["raw_data"]["bytes"], shard["samples"])
        places = [u4(data, 4 + 4 * i) for i in range(shard["samples"] + 1)]
        columns = json.loads(data[4 + 4 * len(places) : places[0]])
        assert columns == {name: shard[name] for name in columns}
        assert shard["column_names"] == ["boundaries", "tokens"]
        for begin, end in pairwise(places):
            yield sample_of(data[begin:end], shard["column_encodings"][1])


def sample_of(data, encoding):
    _kind, dtype, length = encoding.split(":")
    size = u4(data, 0)
    array, ids = data[4 : 4 + size], data[4 + size :]
    width = {4: 1, 5: 2, 6: 4}[array[0]]
    count = int.from_bytes(array[1 : 1 + width], "little")
    bounds = np.frombuffer(array[1 + width :], "<u4").tolist()
    assert (len(bounds), len(ids)) == (count, int(length) * np.dtype(dtype).itemsize)
    return np.frombuffer(ids, dtype).tolist(), bounds


@pytest.mark.parametrize(
    ("dtype", "file_bytes", "files"),
    [("uint16", 1 << 26, 2), ("uint32", 1 << 26, 2), ("uint16", 4 * LENGTH, 3), ("uint32", 1, 4)],
)
def test_every_sequence_is_a_sample_with_its_boundaries(
    tmp_path, monkeypatch, dtype, file_bytes, files
):
    monkeypatch.setattr(mds, "_FILE", file_bytes)

    made = export(read_manifest(fragmented(tmp_path / "set", dtype)), "mds", tmp_path)

    assert list(samples_of(made.folder)) == [*SEQUENCES[1], *SEQUENCES[5]]
    assert len(list(made.folder.glob("*.mds"))) == files


def test_samples_are_what_our_own_reader_shows(tmp_path):
    folder, _documents = packed(tmp_path / "set", sequence_length=600, documents=2000)
    items = sorted(ShardReader(folder), key=lambda item: item["sequence"])

    made = export(read_manifest(folder), "mds", tmp_path)

    shown = [(item["input_ids"].tolist(), item["boundaries"].tolist()) for item in items]
    assert list(samples_of(made.folder)) == shown


def test_a_long_list_of_boundaries_takes_a_wider_length(tmp_path):
    folder = small_sets.build(tmp_path / "set", [[[1]] * 300], sequence_length=600, count=1)

    [(_ids, bounds)] = samples_of(export(read_manifest(folder), "mds", tmp_path).folder)

    assert bounds == list(range(0, 601, 2))


def test_a_file_past_the_numbers_of_the_format_is_refused(monkeypatch):
    class Large(bytes):
        def __len__(self):
            return 1 << 32

    with pytest.raises(ValueError, match="below 4294967296"):
        mds._file([Large()], b"")
