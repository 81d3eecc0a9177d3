"""Fields of items and batches, against values written out by hand and plain loops."""

import numpy as np
import pytest
from exported import packed
from small_sets import build

from corpusmill.loader import FIELDS, ShardReader, ShardStream, collate


@pytest.fixture
def folder(tmp_path):
    """Sequences [1 2 3 0 4], [0 5 6 7 0] and, filled up, [8 9 0] and two of padding."""
    return build(tmp_path, [[[1, 2, 3], [4], [5, 6, 7], [8, 9]]], sequence_length=5)


def in_order(reader):
    return sorted(reader, key=lambda item: item["sequence"])


def test_all_fields_of_whole_and_of_padded_sequences(folder):
    items = in_order(ShardReader(folder, fields=FIELDS))

    assert [item["boundaries"].tolist() for item in items] == [[0, 4, 5], [0, 1, 5], [0, 3]]
    assert [item["cu_seqlens"].tolist() for item in items] == [[0, 4, 5], [0, 1, 5], [0, 3, 5]]
    assert [item["position_ids"].tolist() for item in items] == [
        [0, 1, 2, 3, 0],
        [0, 0, 1, 2, 3],
        [0, 1, 2, 0, 1],
    ]
    assert [item["loss_mask"].tolist() for item in items] == [
        [True] * 5,
        [True] * 5,
        [True, True, True, False, False],
    ]
    assert {item["cu_seqlens"].dtype for item in items} == {np.dtype(np.int32)}
    assert {item["position_ids"].dtype for item in items} == {np.dtype(np.int64)}


def test_items_hold_what_is_asked_for_and_no_more(folder):
    assert set(ShardReader(folder, fields=())[0]) == {"input_ids", "sequence"}
    assert set(ShardReader(folder, fields=("cu_seqlens",))[0]) == {
        *("input_ids", "sequence", "cu_seqlens")
    }
    with pytest.raises(ValueError, match="'labels'; allowed: boundaries"):
        ShardReader(folder, fields=("labels",))


def test_ids_come_in_the_stored_type_on_request(folder):
    stored, wide = ShardReader(folder, dtype=None)[0], ShardReader(folder)[0]

    assert (stored["input_ids"].dtype, wide["input_ids"].dtype) == (np.uint16, np.int64)
    assert stored["input_ids"].tolist() == wide["input_ids"].tolist()
    assert stored["input_ids"].flags.writeable


def test_an_index_and_a_stream_show_the_same(tmp_path):
    folder, _documents = packed(tmp_path)
    reader = ShardReader(folder, 1, 2, fields=FIELDS)

    for place, item in enumerate(ShardStream(folder, 1, 2, fields=FIELDS)):
        other = reader[place]
        assert {n: np.asarray(v).tolist() for n, v in item.items()} == {
            n: np.asarray(v).tolist() for n, v in other.items()
        }


def test_boundaries_are_where_the_documents_are(tmp_path):
    folder, documents = packed(tmp_path)
    ids = [token for shard in documents for document in shard for token in document]
    rebuilt = []

    for item in in_order(ShardReader(folder)):
        rebuilt += item["input_ids"][: item["boundaries"][-1]].tolist()
        inner = item["boundaries"][1:-1]
        assert (item["input_ids"][inner - 1] == 0).all()  # the id before a beginning is an EOS

    assert rebuilt == ids


def test_changing_an_item_changes_no_other(folder):
    reader = ShardReader(folder)
    for _epoch in range(2):
        for item in reader:
            item["boundaries"][:] = -1
            item["input_ids"][:] = -1

    assert next(item["boundaries"].tolist() for item in in_order(reader)) == [0, 4, 5]
    assert reader[0]["boundaries"][0] == 0


def test_a_batch_is_stacked_and_cu_seqlens_run_through_it(folder):
    batch = collate(in_order(ShardReader(folder, fields=FIELDS)))

    assert batch["input_ids"].shape == batch["position_ids"].shape == (3, 5)
    assert batch["sequence"].tolist() == [0, 1, 2]
    assert batch["cu_seqlens"].tolist() == [0, 4, 5, 6, 10, 13, 15]
    assert batch["cu_seqlens"].dtype == np.int32
    assert [bounds.tolist() for bounds in batch["boundaries"]] == [[0, 4, 5], [0, 1, 5], [0, 3]]
    assert set(collate([ShardReader(folder, fields=())[0]])) == {"input_ids", "sequence"}
