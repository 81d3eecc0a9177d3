"""torch's DataLoader over our readers, with worker processes."""

import random
from itertools import islice

import pytest
from exported import packed

from corpusmill.loader import ShardReader, ShardStream, collate

torch = pytest.importorskip("torch", reason="`make interop` has an environment with torch")
pytestmark = pytest.mark.interop

BATCH = 4
FIELDS = ("position_ids",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return packed(tmp_path_factory.mktemp("set"))[0]


def steps(loader):
    return [int(step) for batch in loader for step in batch["sequence"]]


def loader_of(dataset, workers, **options):
    return torch.utils.data.DataLoader(dataset, BATCH, num_workers=workers, **options)


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_a_reader_drops_in_as_a_map(folder, workers):
    reader = ShardReader(folder, 1, 2, fields=FIELDS)

    batches = list(loader_of(reader, workers))

    assert steps(batches) == [item["sequence"] for item in reader]
    assert batches[0]["input_ids"].dtype == batches[0]["position_ids"].dtype == torch.int64
    assert batches[0]["input_ids"].tolist() == [reader[i]["input_ids"].tolist() for i in range(4)]


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("world_size", [1, 2, 3])
def test_a_stream_drops_in_as_an_iterable_and_workers_keep_the_order(folder, workers, world_size):
    for rank in range(world_size):
        stream = ShardStream(folder, rank, world_size, batch_size=BATCH, fields=FIELDS)
        loader = loader_of(stream, workers)

        expected = [item["sequence"] for item in ShardReader(folder, rank, world_size)]
        assert isinstance(loader, torch.utils.data.DataLoader)
        assert steps(loader) == expected
        assert steps(loader) == expected  # and the next epoch
        assert len(loader) == -(-len(expected) // BATCH)


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_resuming_after_any_batch_equals_never_having_stopped(folder, workers):
    def stream():
        return ShardStream(folder, 0, 2, batch_size=BATCH, fields=FIELDS)

    whole = steps(loader_of(stream(), workers))
    for batches in random.Random(workers).sample(range(len(whole) // BATCH), 5):
        stopped = stream()
        before = steps(islice(loader_of(stopped, workers), batches))
        resumed = stream()
        resumed.load_state_dict(stopped.state_dict(position=len(before)))
        assert before + steps(loader_of(resumed, workers)) == whole
        resumed.rewind()
        assert steps(loader_of(resumed, workers)) == whole


def test_workers_that_stay_begin_the_next_epoch_anew(folder):
    stream = ShardStream(folder, batch_size=BATCH, fields=FIELDS)
    loader = loader_of(stream, 2, persistent_workers=True)

    assert steps(loader) == steps(loader) == [item["sequence"] for item in ShardReader(folder)]


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_ragged_fields_need_our_collate_and_workers_of_any_kind_do(folder, context):
    stream = ShardStream(folder, batch_size=BATCH, fields=("boundaries", "cu_seqlens"))
    loader = loader_of(stream, 2, collate_fn=collate, multiprocessing_context=context)

    batches = list(loader)

    assert steps(batches) == [item["sequence"] for item in ShardReader(folder)]
    for batch in batches:
        ends = batch["cu_seqlens"]
        assert (ends[0], ends[-1]) == (0, batch["input_ids"].size)
        assert (ends[1:] > ends[:-1]).all()


def test_a_remote_set_through_workers(folder, tmp_path):
    stream = ShardStream(
        f"file://{folder}", batch_size=BATCH, fields=FIELDS, cache=tmp_path / "cache"
    )

    assert steps(loader_of(stream, 2)) == [item["sequence"] for item in ShardReader(folder)]
