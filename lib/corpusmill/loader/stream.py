"""A ``ShardReader`` for loaders that iterate: workers share its steps out by whole batches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpusmill.loader.fields import Item
from corpusmill.loader.reader import ShardReader, whole


class ShardStream(ShardReader):
    """The steps of one rank in order, also through the workers of torch's ``DataLoader``.

    Worker ``w`` of ``n`` reads batches ``w``, ``w + n``, ... of ``batch_size`` steps, and the
    loader takes batches from its workers in turn: with the loader's own ``batch_size`` given here
    as well, it shows the same steps in the same order for any number of workers.

    Workers read ahead and leave the copy in the main process where it stands. So there a state is
    taken by saying how many steps came out of the loader, ``state_dict(position)``, and ``rewind``
    comes before the epoch after one that was resumed. Loaders that ask the workers themselves for
    their states, as torchdata's do, need neither.
    """

    def __init__(
        self,
        manifest: str | Path,
        rank: int = 0,
        world_size: int = 1,
        order: str = "global",
        rest: str = "wrap",
        *,
        batch_size: int | None = None,
        **options: Any,
    ) -> None:
        """``options`` are those of ``ShardReader``; workers need the ``batch_size``."""
        super().__init__(manifest, rank, world_size, order, rest, **options)
        if batch_size is not None and (not _is_count(batch_size) or batch_size < 1):
            raise ValueError(f"batch_size is {batch_size!r}; allowed: 1 or more")
        self._batch_size = batch_size
        self._dealt_from = 0
        self._workers: int | None = None
        data = _torch_data()
        if data is not None:  # the loader asks for the type, and torch is not ours to import
            data.IterableDataset.register(ShardStream)

    def __getitem__(self, index: int) -> Item:
        """A stream has no index. TypeError; ``ShardReader`` has."""
        raise TypeError("a ShardStream has no index; torch must be imported before it is made")

    def __iter__(self) -> Iterator[Item]:
        """This worker's steps from the present position on; all of them where there is no worker.

        ValueError for a state of a worker that had another number of workers beside it.
        """
        worker, workers = _worker()
        if self._workers not in (None, workers):
            raise ValueError(f"the state is of one of {self._workers} workers, not of {workers}")
        self._begin_pass()
        if self._position == 0:
            self._dealt_from = 0
        self._workers = None
        for first, end in self._batches(worker, workers):
            self._position = first
            for part in self._parts(first, end):
                for item in part:
                    self._position += 1
                    yield item
        self._position = len(self)

    def _batches(self, worker: int, workers: int) -> Iterator[tuple[int, int]]:
        """First step and end of each batch of a worker, or of what is left of it."""
        if workers == 1:
            yield self._position, len(self)
            return
        if self._batch_size is None:  # any guess would mix up who reads what
            raise ValueError("batch_size: give the stream the DataLoader's, for it has workers")
        size, position = self._batch_size, self._position
        for first in range(self._dealt_from + worker * size, len(self), workers * size):
            if first + size > position:
                yield max(first, position), min(first + size, len(self))

    def rewind(self) -> None:
        """Stand at the first step."""
        self._position, self._dealt_from, self._workers = 0, 0, None
        self._resumed = False

    def state_dict(self, position: int | None = None) -> dict[str, Any]:
        """Where the stream stands, or where it is known to, in steps of this rank in the epoch."""
        state = super().state_dict()
        if position is not None:
            if not _is_count(position) or not 0 <= position <= len(self):
                raise ValueError(f"position is {position!r}; allowed: 0 to {len(self)}")
            position = int(position)
            return state | {"position": position, "consumed": position * self._world_size}
        _number, workers = _worker()
        if workers > 1:
            state |= {"dealt_from": self._dealt_from, "workers": workers}
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """As ``ShardReader``; a worker's own state goes to the worker of that number."""
        in_worker = "workers" in state
        if in_worker and state.get("world_size") != self._world_size:
            raise ValueError("the state is a worker's, which keeps to its world size")
        super().load_state_dict(state)
        self._workers = whole(state, "workers") if in_worker else None
        self._dealt_from = whole(state, "dealt_from") if in_worker else self._position


def _is_count(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _torch_data() -> Any:
    """torch's data package, where somebody else has imported it."""
    return sys.modules.get("torch.utils.data")


def _worker() -> tuple[int, int]:
    """Number of this worker and of all of them; 0 of 1 outside a loader's worker."""
    data = _torch_data()
    info = None if data is None else data.get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)
