"""The reader: coverage for every world size, the same order for all, and resuming anywhere."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from small_sets import build

from corpusmill.loader import ShardReader, maps
from corpusmill.shards.format import FormatError
from corpusmill.shards.manifest import ManifestError

WORLDS = [1, 2, 3, 4, 8, 16]
LENGTHS = [3, 0, 5, 1, 4, 2, 6, 3, 1, 1, 2, 7, 0, 5, 2, 1]  # 43 sequences, two shards empty
TOTAL = sum(LENGTHS)

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """43 sequences over 16 shards; the first id of each is its number in the set plus one."""
    ids = iter(range(1, TOTAL + 1))
    shards = [[[next(ids)] for _ in range(length)] for length in LENGTHS]
    return build(tmp_path_factory.mktemp("numbered"), shards)


def shown(reader):
    return [item["sequence"] for item in reader]


def epoch(folder, world_size, order="global", rest="wrap"):
    return [shown(ShardReader(folder, rank, world_size, order, rest)) for rank in range(world_size)]


def dealt_back(ranks):
    """What the ranks read, step by step."""
    return [number for step in zip(*ranks, strict=True) for number in step]


def test_an_item_has_the_ids_the_document_bounds_and_its_number(tmp_path):
    build(tmp_path, [[[1, 2, 3], [4], [5, 6, 7]]], sequence_length=5)

    items = sorted(ShardReader(tmp_path), key=lambda item: item["sequence"])

    assert [item["input_ids"].tolist() for item in items] == [[1, 2, 3, 0, 4], [0, 5, 6, 7, 0]]
    assert [item["boundaries"].tolist() for item in items] == [[0, 4, 5], [0, 1, 5]]
    assert all(
        item[name].dtype == np.int64 for item in items for name in ("input_ids", "boundaries")
    )


def test_the_bounds_end_where_padding_begins(tmp_path):
    build(tmp_path, [[[1, 2], [3]]], sequence_length=8)

    (item,) = ShardReader(tmp_path)

    assert item["input_ids"].tolist() == [1, 2, 0, 3, 0, 0, 0, 0]
    assert item["boundaries"].tolist() == [0, 3, 5]


def test_the_ids_of_every_item_are_those_of_its_sequence(numbered):
    items = list(ShardReader(numbered))

    assert [item["input_ids"].tolist() for item in items] == [[i["sequence"] + 1, 0] for i in items]


def test_an_item_is_a_copy_that_may_be_changed(numbered):
    reader = ShardReader(numbered)

    reader[0]["input_ids"][:] = 99

    assert reader[0]["input_ids"][0] != 99


@pytest.mark.parametrize("world_size", WORLDS)
@pytest.mark.parametrize("order", ["global", "per-rank"])
def test_ranks_together_read_every_sequence_once_when_nothing_is_evened(
    numbered, world_size, order
):
    read = [number for rank in epoch(numbered, world_size, order, "keep") for number in rank]

    assert sorted(read) == list(range(TOTAL))


@pytest.mark.parametrize("world_size", [*WORLDS, 64])
def test_wrapping_reads_every_sequence_and_repeats_fewer_than_there_are_ranks(numbered, world_size):
    ranks = epoch(numbered, world_size)

    read = dealt_back(ranks)
    assert set(read) == set(range(TOTAL))
    assert len(read) - TOTAL < world_size
    assert read[TOTAL:] == read[: len(read) - TOTAL]


@pytest.mark.parametrize("world_size", WORLDS)
def test_dropping_repeats_none_and_leaves_out_fewer_than_there_are_ranks(numbered, world_size):
    read = dealt_back(epoch(numbered, world_size, rest="drop"))

    assert len(set(read)) == len(read)
    assert TOTAL - len(read) < world_size


@pytest.mark.parametrize("world_size", WORLDS)
def test_the_global_order_is_the_same_for_every_world_size(numbered, world_size):
    alone = shown(ShardReader(numbered))

    together = dealt_back(epoch(numbered, world_size))

    assert together[:TOTAL] == alone
    assert alone != sorted(alone)


@pytest.mark.parametrize("rest", ["wrap", "drop"])
@pytest.mark.parametrize("world_size", WORLDS)
def test_ranks_of_per_rank_order_have_one_length_and_keep_to_their_shards(
    numbered, world_size, rest
):
    shard_of_sequence = np.repeat(np.arange(16), LENGTHS)

    ranks = epoch(numbered, world_size, "per-rank", rest)

    assert len({len(rank) for rank in ranks}) == 1
    for number, rank in enumerate(ranks):
        owns_any = any(LENGTHS[number::world_size])
        assert not owns_any or {*(shard_of_sequence[rank] % world_size)} <= {number}


def test_another_seed_gives_another_order(tmp_path):
    shards = [[[1]] * 50]
    one = build(tmp_path / "one", shards, seed=1)
    other = build(tmp_path / "other", shards, seed=2)

    assert shown(ShardReader(one)) != shown(ShardReader(other))


def test_it_is_indexed_like_a_list(numbered):
    reader = ShardReader(numbered, 1, 3)
    whole = shown(reader)

    assert [reader[i]["sequence"] for i in range(len(reader))] == whole
    assert [reader[i - len(reader)]["sequence"] for i in range(len(reader))] == whole
    assert reader[np.int64(2)]["sequence"] == whole[2]
    for outside in (len(reader), -len(reader) - 1):
        with pytest.raises(IndexError):
            reader[outside]


@pytest.mark.parametrize("order", ["global", "per-rank"])
@pytest.mark.parametrize("world_size", [1, 3, 8])
def test_resuming_at_any_step_equals_never_having_stopped(numbered, order, world_size):
    whole = shown(ShardReader(numbered, 2 % world_size, world_size, order))

    for steps in range(len(whole) + 1):
        stopped = ShardReader(numbered, 2 % world_size, world_size, order)
        stream = iter(stopped)
        before = [next(stream)["sequence"] for _ in range(steps)]
        state = json.loads(json.dumps(stopped.state_dict()))
        resumed = ShardReader(numbered, 2 % world_size, world_size, order)
        resumed.load_state_dict(state)

        assert before + shown(resumed) == whole
        assert shown(resumed) == whole  # and the next epoch is a whole one


@pytest.mark.parametrize(("old", "new"), [(4, 8), (8, 4), (4, 2), (1, 4), (3, 1), (16, 2)])
def test_a_state_of_one_world_size_resumes_at_another(numbered, old, new):
    readers = [ShardReader(numbered, rank, old) for rank in range(old)]
    streams = [iter(reader) for reader in readers]
    steps = new if old * new < TOTAL else 1
    before = [next(stream)["sequence"] for _ in range(steps) for stream in streams]

    resumed = [ShardReader(numbered, rank, new) for rank in range(new)]
    for reader in resumed:
        reader.load_state_dict(readers[0].state_dict())
    after = dealt_back([shown(reader) for reader in resumed])

    assert (before + after)[:TOTAL] == shown(ShardReader(numbered))


def test_a_finished_epoch_is_finished_at_any_world_size(numbered):
    finished = ShardReader(numbered, 0, 3)
    list(finished)

    for world_size in WORLDS:
        resumed = ShardReader(numbered, 0, world_size)
        resumed.load_state_dict(finished.state_dict())
        assert shown(resumed) == []


def test_a_count_that_the_new_ranks_do_not_reach_together_is_refused(numbered):
    reader = ShardReader(numbered, 0, 3)
    next(iter(reader))

    with pytest.raises(ValueError, match="2 ranks do not reach 3 sequences together"):
        ShardReader(numbered, 0, 2).load_state_dict(reader.state_dict())


def test_states_of_another_set_order_or_per_rank_world_are_refused(numbered, tmp_path):
    other = build(tmp_path, [[[1]] * 50])
    per_rank = ShardReader(numbered, 0, 4, "per-rank")

    with pytest.raises(ValueError, match="another shard set"):
        ShardReader(numbered).load_state_dict(ShardReader(other).state_dict())
    with pytest.raises(ValueError, match="'per-rank' order"):
        ShardReader(numbered, 0, 4).load_state_dict(per_rank.state_dict())
    with pytest.raises(ValueError, match="world size 4"):
        ShardReader(numbered, 0, 2, "per-rank").load_state_dict(per_rank.state_dict())


@pytest.mark.parametrize("position", [-1, 44, "3", None, True, 1.0])
def test_a_position_that_cannot_be_is_refused(numbered, position):
    reader = ShardReader(numbered)
    state = {**reader.state_dict(), "position": position}

    with pytest.raises(ValueError, match="position"):
        reader.load_state_dict(state)


@pytest.mark.parametrize(
    ("rank", "world_size", "order", "rest"),
    [
        (0, 0, "global", "wrap"),
        (0, -1, "global", "wrap"),
        (2, 2, "global", "wrap"),
        (-1, 2, "global", "wrap"),
        (0, 17, "per-rank", "wrap"),
        (0, 1, "random", "wrap"),
        (0, 1, "global", "pad"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(numbered, rank, world_size, order, rest):
    with pytest.raises(ValueError, match="allowed"):
        ShardReader(numbered, rank, world_size, order, rest)


@pytest.mark.parametrize("order", ["global", "per-rank"])
def test_an_empty_set_reads_as_nothing(tmp_path, order):
    reader = ShardReader(build(tmp_path, []), 1, 4, order)

    assert (len(reader), shown(reader)) == (0, [])
    with pytest.raises(IndexError):
        reader[0]


def test_no_more_than_a_bounded_number_of_shards_is_open(numbered, monkeypatch):
    monkeypatch.setattr(maps, "OPEN_SHARDS", 3)
    monkeypatch.setattr(maps, "HEAD_BYTES", 64)
    mapped = []
    original = maps.Maps._map
    monkeypatch.setattr(maps.Maps, "_map", lambda *a: mapped.append(1) or original(*a))
    reader = ShardReader(numbered, order="per-rank")

    assert not reader._maps._open  # lazily: nothing is open before it is needed
    for item in reader:
        assert item["input_ids"][0] == item["sequence"] + 1
        assert item["boundaries"].tolist() == [0, 2]
        assert 1 <= len(reader._maps._open) <= 3
    assert len(mapped) > 14


def test_a_missing_and_a_cut_file_are_told_by_name(tmp_path):
    build(tmp_path, [[[1]] * 4])
    path = next(tmp_path.glob("*.bin"))
    path.write_bytes(path.read_bytes()[:-2])

    with pytest.raises(FormatError, match=f"{path.name} has not the size"):
        ShardReader(tmp_path)[0]
    path.unlink()
    with pytest.raises(FormatError, match=f"{path.name} is missing"):
        ShardReader(tmp_path)[0]


def test_a_manifest_with_another_file_name_is_refused(tmp_path):
    path = build(tmp_path, [[[1]] * 4]) / "manifest.json"
    path.write_text(path.read_text().replace("shard-00000", "../00000"))

    with pytest.raises(ManifestError, match="digest"):
        ShardReader(path)


def test_a_reader_travels_to_another_process_without_its_maps(numbered):
    reader = ShardReader(numbered, 1, 2)
    stream = iter(reader)
    next(stream)

    copy = pickle.loads(pickle.dumps(reader))

    assert len(pickle.dumps(reader)) < 20_000
    assert shown(copy) == [item["sequence"] for item in stream]


def test_a_reader_needs_nothing_but_numpy():
    program = (
        "import sys, corpusmill.loader;"
        "others = {'torch', 'pyarrow', 'pyspark', 'pandas', 'regex', 'fsspec'};"
        "print(sorted(others & set(sys.modules)))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert answer.stdout == b"[]\n"
