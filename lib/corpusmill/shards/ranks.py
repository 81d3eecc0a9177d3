"""What each rank of a training run reads: arithmetic over canonical shards, which nothing rewrites.

``global`` order deals the steps of one order of the whole set; ``per-rank`` order deals whole
shards, shard ``v`` to rank ``v mod world_size``. Either way a rest policy may even the lengths.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpusmill.digests import canonical
from corpusmill.shards.format import put
from corpusmill.shards.manifest import (
    check_content,
    content_digest,
    read_manifest,
    sequence_starts,
)
from corpusmill.shards.order import Bijection, GlobalOrder, keyed
from corpusmill.shards.rules import check_choice

ORDERS = ("global", "per-rank")
RESTS = ("drop", "wrap", "keep")
MAX_RANKS = 1 << 20


class Share(Protocol):
    """The steps of one rank through a set."""

    def __len__(self) -> int:
        """Steps in an epoch."""

    def at(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number in the whole set of the sequence read at each step: int64[n]."""


@dataclass(frozen=True)
class ShardSet:
    """A published set as its readers see it.

    starts  int64[shards + 1]  sequences of listed shard ``i`` are ``starts[i]:starts[i + 1]``
    """

    folder: Path
    content: dict[str, Any]
    digest: str
    starts: NDArray[np.int64]

    @classmethod
    def open(cls, path: Path | str) -> ShardSet:
        """The set of a manifest, or of a folder with one. ManifestError as ``read_manifest``."""
        manifest = read_manifest(path)
        starts = sequence_starts(manifest.content["shards"])
        return cls(manifest.folder, manifest.content, manifest.digest, starts)

    def locate(self, sequence: int) -> tuple[int, int]:
        """Listed shard and row in it of a sequence of the set."""
        shard = int(np.searchsorted(self.starts, sequence, side="right")) - 1
        return shard, sequence - int(self.starts[shard])

    def share(self, rank: int, world_size: int, order: str, rest: str) -> Share:
        """What a rank reads. ValueError for a rank, world size, order or rest not allowed."""
        check_world(self.content, order, world_size, rank)
        if order == "global":
            return _GlobalShare(self.content, rank, world_size, rest)
        return _PerRankShare(self.content, rank, world_size, rest)


class _GlobalShare:
    """Position ``step * world_size + rank`` of the global order, beginning again past its end."""

    def __init__(self, content: Mapping[str, Any], rank: int, world_size: int, rest: str) -> None:
        plan, sequences = content["plan"], content["totals"]["sequences"]
        self._order = GlobalOrder(sequences, plan["seed"], plan["block"], plan["window"])
        self._rank, self._world_size = rank, world_size
        self._length = evened(_dealt(sequences, world_size), rest)[rank]

    def __len__(self) -> int:
        return self._length

    def at(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        positions = np.asarray(steps, dtype=np.int64) * self._world_size + self._rank
        return self._order.at(positions % max(1, len(self._order)))


class _PerRankShare:
    """The rank's own sequences, permuted, beginning again past their end.

    A rank that owns none but must keep step with the others reads from the whole set.
    """

    def __init__(self, content: Mapping[str, Any], rank: int, world_size: int, rest: str) -> None:
        shards, starts = content["shards"], sequence_starts(content["shards"])
        self._length = evened(_owned(content, world_size), rest)[rank]
        mine = [place for place, shard in enumerate(shards) if shard["shard"] % world_size == rank]
        mine = mine or list(range(len(shards)))
        self._first = starts[mine]
        self._bounds = np.append(0, np.cumsum(np.diff(starts)[mine])).astype(np.int64)
        key = keyed("rank", content["plan"]["seed"], world_size, rank)
        self._order = Bijection(int(self._bounds[-1]), key)

    def __len__(self) -> int:
        return self._length

    def at(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        local = self._order.forward(np.asarray(steps, dtype=np.int64) % max(1, self._order.size))
        shard = np.searchsorted(self._bounds, local, side="right") - 1
        return self._first[shard] + local - self._bounds[shard]


def evened(lengths: Sequence[int], rest: str) -> list[int]:
    """Steps of each rank: ``drop`` the shortest for all, ``wrap`` the longest, ``keep`` as is."""
    check_choice("rest", rest, RESTS)
    if rest == "keep":
        return list(lengths)
    return [min(lengths) if rest == "drop" else max(lengths)] * len(lengths)


def rank_view(content: Mapping[str, Any], world_size: int, rest: str = "wrap") -> dict[str, Any]:
    """What each rank of ``per-rank`` order reads, and what evening the lengths costs in each order.

    Ranks list their shards by number, by bare file names. ``length`` = ``sequences`` - ``dropped``
    + ``repeated``. ValueError for a world size below 1 or above the number of canonical shards.
    """
    check_content(content)
    check_world(content, "per-rank", world_size)
    owned = _evening(_owned(content, world_size), rest)
    dealt = _evening(_dealt(content["totals"]["sequences"], world_size), rest)
    ranks = [
        {"rank": rank, **counts, "shards": _shards_of(content, rank, world_size)}
        for rank, counts in enumerate(owned)
    ]
    return {
        "format": 1,
        "digest": content_digest(content),
        "world_size": world_size,
        "rest": rest,
        "global": _sums(dealt),
        "per_rank": _sums(owned),
        "ranks": ranks,
    }


def write_rank_views(
    folder: Path, content: Mapping[str, Any], world_size: int, rest: str = "wrap"
) -> list[Path]:
    """Put ``ranks/<world_size>.json`` and, where the disk takes links, a folder of them a rank.

    The paths made: the view first, then the folders ``rank-00003-of-00008``, none on a disk without
    links. Links to shards that are no longer of the rank are taken away.
    """
    view = rank_view(content, world_size, rest)
    path = folder / "ranks" / f"{world_size}.json"
    put(BytesIO(canonical(view)), path)
    folders = []
    for rank in view["ranks"]:
        place = folder / f"rank-{rank['rank']:05d}-of-{world_size:05d}"
        names = [shard[part] for shard in rank["shards"] for part in ("bin", "docs")]
        if not _link(place, names):
            return [path]
        folders.append(place)
    return [path, *folders]


def check_world(content: Mapping[str, Any], order: str, world_size: int, rank: int = 0) -> None:
    """Raise ValueError for an order, a world size or a rank that the set does not have."""
    check_choice("order", order, ORDERS)
    for name, value in (("world_size", world_size), ("rank", rank)):
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise ValueError(f"{name} is {value!r}; expected a whole number")
    if not 1 <= world_size <= MAX_RANKS:
        raise ValueError(f"world_size is {world_size}; allowed: 1 to {MAX_RANKS}")
    most = content["plan"]["shards"]
    if order == "per-rank" and world_size > most:
        raise ValueError(f"world_size is {world_size}; allowed in per-rank order: 1 to {most}")
    if not 0 <= rank < world_size:
        raise ValueError(f"rank is {rank}; allowed: 0 to {world_size - 1}")


_COUNTS = ("sequences", "length", "dropped", "repeated")


def _evening(lengths: Sequence[int], rest: str) -> list[dict[str, int]]:
    """Counts of each rank before and after the rest policy."""
    pairs = zip(lengths, evened(lengths, rest), strict=True)
    return [
        dict(zip(_COUNTS, (own, even, max(0, own - even), max(0, even - own)), strict=True))
        for own, even in pairs
    ]


def _sums(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(each[name] for each in counts) for name in _COUNTS}


def _dealt(sequences: int, world_size: int) -> list[int]:
    """Positions of the global order that fall to each rank."""
    return [len(range(rank, sequences, world_size)) for rank in range(world_size)]


def _owned(content: Mapping[str, Any], world_size: int) -> list[int]:
    """Sequences in the shards of each rank."""
    owned = [0] * world_size
    for shard in content["shards"]:
        owned[shard["shard"] % world_size] += shard["sequences"]
    return owned


def _shards_of(content: Mapping[str, Any], rank: int, world_size: int) -> list[dict[str, Any]]:
    return [
        {name: shard[name] for name in ("shard", "sequences")}
        | {part: shard[part]["name"] for part in ("bin", "docs")}
        for shard in content["shards"]
        if shard["shard"] % world_size == rank
    ]


def _link(place: Path, names: Sequence[str]) -> bool:
    """Fill a folder beside the shards with links to exactly these; False where links fail."""
    place.mkdir(exist_ok=True)
    _unlink(place, keep=names)
    try:
        for name in names:
            if not (place / name).exists():
                _link_one(place / name, name)
    except OSError:
        _unlink(place, keep=())
        place.rmdir()
        return False
    return True


def _unlink(place: Path, keep: Sequence[str]) -> None:
    """Take away the links, but those to keep that lead where they should."""
    for link in place.glob("shard-*"):
        shard = place.parent / link.name
        here = link.exists() and shard.exists() and link.samefile(shard)
        if not here or link.name not in keep:
            link.unlink()


def _link_one(link: Path, name: str) -> None:
    try:
        link.symlink_to(Path(os.pardir, name))
    except OSError:
        link.hardlink_to(link.parent.parent / name)
