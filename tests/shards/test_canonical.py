"""Canonical shards as writers of other formats read them."""

import numpy as np
import pytest
from exported import RUNS, SEQUENCES, fragmented, packed

from corpusmill.shards import canonical
from corpusmill.shards.canonical import CanonicalShard
from corpusmill.shards.format import FormatError
from corpusmill.shards.manifest import read_manifest


def opened(folder):
    manifest = read_manifest(folder)
    return {
        shard["shard"]: CanonicalShard.open(manifest, shard) for shard in manifest.content["shards"]
    }


def joined(parts):
    return np.concatenate(list(parts)).tolist()


@pytest.mark.parametrize("dtype", ["uint16", "uint32"])
def test_tokens_are_those_of_documents_and_spans_say_whose(tmp_path, dtype):
    for number, shard in opened(fragmented(tmp_path, dtype)).items():
        tokens, spans = joined(shard.tokens()), shard.spans()

        assert tokens == [token for run in RUNS[number] for token in run[2]]
        assert [
            (
                span["doc_id"].tobytes().hex(),
                int(span["repeat"]),
                tokens[span["begin"] : span["end"]],
                *divmod(int(span["place"]), shard.sequence_length),
            )
            for span in spans
        ] == RUNS[number]
        assert [int(span["start"]) for span in spans] == {1: [0, 4, 0, 0], 5: [0]}[number]


def test_blocks_of_any_size_hold_all_sequences_in_order(tmp_path, monkeypatch):
    folder, _documents = packed(tmp_path)
    whole = [joined(shard.blocks()) for shard in opened(folder).values()]

    for size in (1, 64, 65, 200):
        monkeypatch.setattr(canonical, "_BLOCK", size)
        assert [joined(shard.blocks()) for shard in opened(folder).values()] == whole


def test_documents_laid_end_to_end_are_whole_spans(tmp_path):
    folder, documents = packed(tmp_path)

    for number, shard in opened(folder).items():
        tokens = joined(shard.tokens())
        spans = [tokens[span["begin"] : span["end"]] for span in shard.spans()]
        assert spans == documents[number]


def test_padding_is_told_from_tokens_by_the_map_alone(tmp_path):
    filled = {
        number: shard.filled().tolist() for number, shard in opened(fragmented(tmp_path)).items()
    }

    assert filled == {n: [bounds[-1] for _ids, bounds in rows] for n, rows in SEQUENCES.items()}


@pytest.mark.parametrize("part", ["bin", "docs"])
@pytest.mark.parametrize("damage", ["other bytes", "cut", "gone"])
def test_a_wrong_file_is_refused_by_name(tmp_path, part, damage):
    path = next(fragmented(tmp_path).glob(f"shard-00001-*.{part}"))
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes({"other bytes": data, "cut": data[:-1], "gone": b""}[damage])
    if damage == "gone":
        path.unlink()

    with pytest.raises(FormatError, match=path.name):
        list(opened(tmp_path)[1].tokens())
