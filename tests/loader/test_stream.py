"""The stream: what workers share out, and resuming at any step with any number of them."""

import json
import random
import subprocess
import sys
from itertools import islice, pairwise, zip_longest

import numpy as np
import pytest
from small_sets import build

from corpusmill.loader import ShardReader, ShardStream, stream

WORLDS = [1, 2, 3, 4, 8, 16]
TOTAL = 211
BATCH = 4

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """211 sequences over 16 shards, two of them empty; the first id of each is its number + 1."""
    chance, ids = random.Random(3), iter(range(1, TOTAL + 1))
    cuts = [0, 0, *sorted(chance.sample(range(1, TOTAL), 13)), TOTAL, TOTAL]
    shards = [[[next(ids)] for _ in range(b - a)] for a, b in pairwise(cuts)]
    return build(tmp_path_factory.mktemp("numbered"), shards)


@pytest.fixture
def at_worker(monkeypatch):
    """Say which worker of how many this process is, as torch would."""

    def set_to(number, workers):
        monkeypatch.setattr(stream, "_worker", lambda: (number, workers))

    set_to(0, 1)
    return set_to


def steps_of(items):
    return [item["sequence"] for item in items]


def loaded(copies, at_worker, batch=BATCH):
    """What a loader shows: batches of its workers in turn, each worker with a copy of its own."""
    batches = []
    for number, copy in enumerate(copies):
        at_worker(number, max(1, len(copies)))
        steps = steps_of(copy)
        batches.append([steps[i : i + batch] for i in range(0, len(steps), batch)])
    at_worker(0, 1)
    turns = zip_longest(*batches, fillvalue=[])
    return [step for turn in turns for one in turn for step in one]


def streams(folder, workers, rank=0, world_size=1, state=None):
    made = [ShardStream(folder, rank, world_size, batch_size=BATCH) for _ in range(max(1, workers))]
    for one in made:
        if state is not None:
            one.load_state_dict(json.loads(json.dumps(state)))
    return made


def test_alone_it_shows_what_the_reader_shows(numbered):
    assert steps_of(ShardStream(numbered, 1, 3)) == steps_of(ShardReader(numbered, 1, 3))


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("world_size", WORLDS)
def test_workers_of_all_ranks_cover_the_set_in_the_one_order(
    numbered, at_worker, world_size, workers
):
    ranks = [
        loaded(streams(numbered, workers, rank, world_size), at_worker)
        for rank in range(world_size)
    ]

    together = [step for turn in zip(*ranks, strict=True) for step in turn]
    assert together[:TOTAL] == steps_of(ShardReader(numbered))
    assert set(together) == set(range(TOTAL))


def test_no_two_workers_show_the_same_step(numbered, at_worker):
    shown = []
    for number in range(3):
        at_worker(number, 3)
        shown += steps_of(ShardStream(numbered, batch_size=BATCH))

    assert sorted(shown) == list(range(TOTAL))


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_resuming_at_any_of_50_steps_equals_never_having_stopped(numbered, at_worker, workers):
    whole = steps_of(ShardReader(numbered, 1, 2))
    chance = random.Random(50)

    for position in [0, len(whole), *chance.sample(range(1, len(whole)), 48)]:
        state = ShardStream(numbered, 1, 2).state_dict(position)
        resumed = streams(numbered, workers, 1, 2, state)
        assert loaded(resumed, at_worker) == whole[position:]


def test_a_stream_without_workers_keeps_its_own_state(numbered):
    whole = steps_of(ShardReader(numbered))
    chance = random.Random(51)

    for position in chance.sample(range(TOTAL + 1), 50):
        stopped = ShardStream(numbered)
        list(islice(stopped, position))
        [resumed] = streams(numbered, 0, state=stopped.state_dict())
        assert steps_of(resumed) == whole[position:]
        assert steps_of(resumed) == whole  # and the next epoch is a whole one


@pytest.mark.parametrize("position", [0, 8, 20])
def test_a_workers_own_state_resumes_that_worker(numbered, at_worker, position):
    start = ShardStream(numbered).state_dict(position)
    chance = random.Random(52)

    for number in range(3):
        at_worker(number, 3)
        [one] = streams(numbered, 0, state=start)
        own = steps_of(one)
        for taken in chance.sample(range(len(own)), 15):
            [stopped] = streams(numbered, 0, state=start)
            list(islice(stopped, taken))
            [resumed] = streams(numbered, 0, state=stopped.state_dict())
            assert steps_of(resumed) == own[taken:]


def test_a_workers_state_is_refused_beside_another_number_of_workers_or_ranks(numbered, at_worker):
    at_worker(1, 3)
    state = ShardStream(numbered).state_dict()

    at_worker(1, 2)
    [resumed] = streams(numbered, 0, state=state)
    with pytest.raises(ValueError, match="one of 3 workers, not of 2"):
        next(iter(resumed))
    with pytest.raises(ValueError, match="keeps to its world size"):
        streams(numbered, 0, 0, 2, state=state)


def test_a_state_of_one_world_size_resumes_at_another_with_workers(numbered, at_worker):
    state = ShardStream(numbered, 0, 4).state_dict(10)

    ranks = [loaded(streams(numbered, 2, rank, 8, state), at_worker) for rank in range(8)]

    together = [step for turn in zip(*ranks, strict=True) for step in turn]
    assert together[: TOTAL - 40] == steps_of(ShardReader(numbered))[40:]


def test_after_a_resumed_epoch_rewinding_starts_a_whole_one(numbered, at_worker):
    copies = streams(numbered, 2, state=ShardStream(numbered).state_dict(17))
    for copy in copies:
        copy.rewind()

    assert loaded(copies, at_worker) == steps_of(ShardReader(numbered))


@pytest.mark.parametrize("position", [-1, TOTAL + 1, "3", 1.0, True])
def test_a_position_that_cannot_be_is_refused(numbered, position):
    with pytest.raises(ValueError, match="allowed: 0 to 211"):
        ShardStream(numbered).state_dict(position)


@pytest.mark.parametrize("size", [0, -1, 1.5, True])
def test_a_batch_size_that_cannot_be_is_refused(numbered, size):
    with pytest.raises(ValueError, match="batch_size"):
        ShardStream(numbered, batch_size=size)


def test_workers_without_a_batch_size_are_refused_and_one_process_needs_none(numbered, at_worker):
    stream = ShardStream(numbered)
    assert len(list(stream)) == TOTAL
    at_worker(0, 2)

    with pytest.raises(ValueError, match="batch_size: give the stream the DataLoader's"):
        next(iter(stream))


def test_a_stream_has_no_index(numbered):
    with pytest.raises(TypeError, match="no index"):
        ShardStream(numbered)[0]


def test_a_stream_imports_no_torch(numbered):
    program = (
        "import sys; from corpusmill.loader import ShardStream;"
        f"next(iter(ShardStream({str(numbered)!r}))); print('torch' in sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert answer.stdout == b"False\n"


def test_counts_of_numpy_are_counts(numbered):
    one = ShardStream(numbered, batch_size=np.int64(4))

    state = one.state_dict(np.int64(5))

    assert json.loads(json.dumps(state)) == ShardStream(numbered, batch_size=4).state_dict(5)
