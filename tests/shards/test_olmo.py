"""OLMo's files: ids without a header, and a table of documents."""

import csv
import gzip
import io

import numpy as np
import pytest
from exported import LENGTH, RUNS, fragmented, packed

from corpusmill.shards.export import export
from corpusmill.shards.manifest import read_manifest
from corpusmill.shards.olmo import gzip_stored


def rows_of(path):
    table = path.with_name(path.name.replace(".npy", ".csv.gz"))  # as OLMo-core finds it
    with gzip.open(table, "rt") as file:
        return [(int(s), int(e), key, src, int(loc)) for s, e, key, src, loc in csv.reader(file)]


@pytest.mark.parametrize("dtype", ["uint16", "uint32"])
def test_rows_cut_the_ids_into_documents_and_lead_back_to_the_shard(tmp_path, dtype):
    folder = fragmented(tmp_path / "set", dtype)
    made = export(read_manifest(folder), "olmo", tmp_path)

    for path in made.folder.glob("*.npy"):
        number = int(path.name[6:11])
        ids = np.fromfile(path, dtype).tolist()
        read = [(key, ids[s:e], *divmod(loc, LENGTH)) for s, e, key, _src, loc in rows_of(path)]
        assert read == [(run[0], run[2], *run[3:]) for run in RUNS[number]]
        for start, end, _key, src, loc in rows_of(path):
            canonical = np.fromfile(folder / src, dtype).tolist()
            assert canonical[loc : loc + end - start][:1] == ids[start : start + 1]
        assert rows_of(path)[-1][1] == len(ids)


def test_a_set_laid_end_to_end_gives_back_its_documents(tmp_path):
    folder, documents = packed(tmp_path / "set")

    made = export(read_manifest(folder), "olmo", tmp_path)

    for path, expected in zip(sorted(made.folder.glob("*.npy")), documents, strict=True):
        ids = np.fromfile(path, "uint16").tolist()
        assert [ids[start:end] for start, end, *_ in rows_of(path)] == expected


@pytest.mark.parametrize("size", [0, 1, 65_534, 65_535, 65_536, 200_000])
def test_any_reader_unpacks_the_table_and_no_build_of_zlib_shows(size):
    data = bytes(i * 7 % 251 for i in range(size))

    packed_data = gzip_stored(data)

    assert gzip.decompress(packed_data) == data
    assert gzip.GzipFile(fileobj=io.BytesIO(packed_data)).read() == data
    assert packed_data[:10] == bytes.fromhex("1f8b0800000000000 0ff".replace(" ", ""))
    assert len(packed_data) == 18 + 5 * max(1, -(-size // 65_535)) + size
