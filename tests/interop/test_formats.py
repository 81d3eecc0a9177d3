"""Exports read by the trainers' own packages: the same tokens, the same boundaries."""

import numpy as np
import pytest
from exported import packed

from corpusmill.loader import ShardReader
from corpusmill.shards.export import export
from corpusmill.shards.manifest import read_manifest

pytest.importorskip("torch", reason="`make interop` has an environment with torch")
pytestmark = pytest.mark.interop

LENGTH = 32


@pytest.fixture(scope="module", params=["uint16", "uint32"])
def made(request, tmp_path_factory):
    """A set, the documents of its shards, and the way to export it."""
    folder, documents = packed(tmp_path_factory.mktemp("set"), request.param)

    def write(name):
        return export(read_manifest(folder), name, folder).folder

    return folder, documents, write


def flat(documents):
    return [token for document in documents for token in document]


def bytes_of_an_id(folder):
    return {"uint16": 2, "uint32": 4}[read_manifest(folder).content["plan"]["dtype"]]


def test_megatron_core(made):
    from megatron.core.datasets.indexed_dataset import IndexedDataset

    _folder, documents, write = made

    for path, expected in zip(sorted(write("megatron").glob("*.bin")), documents, strict=True):
        prefix = str(path.with_suffix(""))
        dataset = IndexedDataset(prefix)
        assert [dataset[i].tolist() for i in range(len(dataset))] == expected
        assert dataset.document_indices.tolist() == list(range(len(expected) + 1))
        assert dataset.sequence_lengths.tolist() == list(map(len, expected))
        assert dataset.get(0, offset=1).tolist() == expected[0][1:]


def test_mosaicml_streaming(made):
    from streaming import StreamingDataset

    folder, _documents, write = made
    items = sorted(ShardReader(folder), key=lambda item: item["sequence"])

    dataset = StreamingDataset(local=str(write("mds")), shuffle=False, batch_size=1)

    assert len(dataset) == len(items)
    for sample, item in zip((dataset[i] for i in range(len(items))), items, strict=True):
        assert sample["tokens"].tolist() == item["input_ids"].tolist()
        assert sample["boundaries"].tolist() == item["boundaries"].tolist()
    assert len(list(dataset)) == len(items)


def test_olmo_core(made):
    from olmo_core.data.utils import iter_document_indices, load_array_slice

    folder, documents, write = made
    dtype = {2: np.uint16, 4: np.uint32}[bytes_of_an_id(folder)]

    for path, expected in zip(sorted(write("olmo").glob("*.npy")), documents, strict=True):
        places = iter_document_indices(path, use_array_if_local=False, dtype=dtype)
        read = [load_array_slice(path, start, end, dtype).tolist() for start, end in places]
        assert read == expected
        by_eos = iter_document_indices(path, eos_token_id=0, dtype=dtype)
        assert list(by_eos) == list(iter_document_indices(path))


def test_datatrove(made):
    from datatrove.utils.dataset import DatatroveFileDataset, DatatroveFolderDataset

    canonical, documents, write = made
    folder, size = write("datatrove"), bytes_of_an_id(canonical)
    windows = []

    for path, expected in zip(sorted(folder.glob("*.ds")), documents, strict=True):
        dataset = DatatroveFileDataset(str(path), LENGTH, token_size=size, return_positions=True)
        tokens = flat(expected)
        places = flat([list(range(len(document))) for document in expected])
        for number in range(len(dataset)):
            window = slice(number * (LENGTH + 1), (number + 1) * (LENGTH + 1))
            item = dataset[number]
            assert item["input_ids"].tolist() == tokens[window]
            restarted = np.array(places[window])
            head = int(np.argmin(restarted)) if 0 in restarted else len(restarted)
            restarted[:head] -= restarted[0]  # datatrove counts a cut document's rest from 0
            assert item["positions"].tolist() == restarted.tolist()
            windows.append(tokens[window])
    whole = DatatroveFolderDataset(str(folder), LENGTH, token_size=size)
    assert [whole[i]["input_ids"].tolist() for i in range(len(whole))] == windows


def test_datatrove_writes_the_same_index_and_metadata(made, tmp_path):
    from datatrove.pipeline.tokens.tokenizer import TokenizedFile

    folder, documents, write = made
    size = bytes_of_an_id(folder)

    for path, expected in zip(sorted(write("datatrove").glob("*.ds")), documents, strict=True):
        theirs = TokenizedFile(str(tmp_path), path.name, save_final_metadata=True, token_size=size)
        for document in expected:
            theirs.write(document, None)
        theirs.close()
        for suffix in ("", ".index"):
            name = f"{path.name}{suffix}"
            assert path.with_name(name).read_bytes() == (tmp_path / name).read_bytes()
        ours = path.with_name(f"{path.name}.metadata").read_text().split("\n")
        said = (tmp_path / f"{path.name}.metadata").read_text().split("\n")
        assert ours[1:] == said[1:]
