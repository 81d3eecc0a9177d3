"""Two shard sets side by side: what their manifests say differently, and where their ids part.

Of the two sets the first is ``a``, the second ``b``. Shards whose digests are equal are not opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpusmill.shards.format import DTYPES, RECORD, FormatError, decode, read_map
from corpusmill.shards.manifest import Manifest

_COMPARED = 1 << 20  # ids held side by side at once
_FILES = ("bin", "docs")
_COUNTS = ("documents_a", "documents_b", "tokens_a", "tokens_b")


def diff(a: Manifest, b: Manifest) -> dict[str, Any]:
    """What differs between two sets, as plain values.

    differs  whether their digests do; where they do not, no file is opened
    content  by dotted key, the values of ``a`` and ``b`` (no value: the key is not there); the
             shards themselves left out
    shards   how many each has and how many are equal, and the numbers of the others
    first    where the first shard that is not equal begins to differ, as ``first_difference`` says
    """
    shards = _shards(a, b)
    parted = sorted([*shards["only_a"], *shards["only_b"], *shards["different"]])
    return {
        "differs": a.digest != b.digest,
        "content": differing_values(_but_shards(a.content), _but_shards(b.content)),
        "shards": shards,
        "first": first_difference(a, b, parted[0]) if parted else None,
    }


def differing_values(a: Any, b: Any) -> dict[str, dict[str, Any]]:
    """Dotted key to the values of ``a`` and ``b`` where they differ; lists count as one value."""
    left, right = dict(_leaves(a)), dict(_leaves(b))
    return {
        key: {name: side[key] for name, side in (("a", left), ("b", right)) if key in side}
        for key in sorted({*left, *right})
        if key not in left or key not in right or left[key] != right[key]
    }


def first_difference(a: Manifest, b: Manifest, number: int) -> dict[str, Any]:
    """The first place of a shard at which the sets differ, and what stands there in each.

    shard       its number
    a, b        sequence, offset in it, doc_id and repeat (null in padding); null where the set has
                no such shard, or no more of it
    unreadable  what keeps it from being known, such as a file that is missing, else null; ``a`` and
                ``b`` are null then

    Ids are laid end to end, so that sets of other sequence lengths can be compared; where all ids
    are equal, the first differing record of the document maps tells the place.
    """
    sides = {name: _Side(manifest, number) for name, manifest in (("a", a), ("b", b))}
    found: dict[str, Any] = {"shard": number, "a": None, "b": None, "unreadable": None}
    try:
        return found | _places(sides["a"], sides["b"])
    except FormatError as error:
        return found | {"unreadable": str(error)}
    except OSError as error:
        return found | {"unreadable": f"{error.filename}: {error.strerror}"}


def token_sums(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Token deltas in all and by source, language and reason; each of the three has the same sums.

    ``cells`` are rows of ``deltas.token_deltas``. A document whose source or language is not the
    same in both sets is counted under each.
    """
    total = {count: sum(cell[count] for cell in cells) for count in _COUNTS}
    groups = {
        "source": _grouped(cells, "source_a", "source_b"),
        "language": _grouped(cells, "language_a", "language_b"),
        "reason": _grouped(cells, "reason", "reason"),
    }
    return {**_with_delta(total), **groups}


class _Side:
    """One shard of one set; without files where the set does not have it."""

    def __init__(self, manifest: Manifest, number: int) -> None:
        found = [shard for shard in manifest.content["shards"] if shard["shard"] == number]
        self.paths = [manifest.folder / shard[part]["name"] for shard in found for part in _FILES]
        self.digests = [shard[part]["sha256"] for shard in found for part in _FILES]
        plan = manifest.content["plan"]
        self.length: int = plan["sequence_length"]
        self._dtype = DTYPES[plan["dtype"]]

    def ids(self) -> NDArray[np.unsignedinteger]:
        """All ids of the shard, end to end."""
        if not self.paths:
            return np.zeros(0, self._dtype)
        ids: NDArray[np.unsignedinteger] = decode(self.paths[0], self.length, self._dtype)
        return ids.reshape(-1)

    def records(self) -> NDArray[np.void]:
        """The document map."""
        return read_map(self.paths[1]) if self.paths else np.zeros(0, RECORD)

    def at(self, place: int) -> dict[str, Any] | None:
        """What stands at an id of the shard; None past its end."""
        if place >= self.ids().size:
            return None
        sequence, offset = divmod(place, self.length)
        piece = self._piece(sequence, offset)
        return {"sequence": sequence, "offset": offset, **piece}

    def starts(self, record: int) -> int | None:
        """The id at which a record of the document map begins; None past the last one."""
        records = self.records()
        if record >= len(records):
            return None
        return int(records[record]["sequence"]) * self.length + int(records[record]["offset"])

    def _piece(self, sequence: int, offset: int) -> dict[str, Any]:
        records = self.records()
        begin, end = np.searchsorted(records["sequence"], [sequence, sequence + 1])
        for record in records[begin:end]:
            if 0 <= offset - int(record["offset"]) < record["length"]:
                return {"doc_id": record["doc_id"].tobytes().hex(), "repeat": int(record["repeat"])}
        return {"doc_id": None, "repeat": None}


def _places(a: _Side, b: _Side) -> dict[str, Any]:
    if a.digests[:1] != b.digests[:1]:
        place = _first_unequal(a.ids(), b.ids())
        if place is not None:
            return {"a": a.at(place), "b": b.at(place)}
    record = _first_unequal(a.records(), b.records()) or 0
    starts = (a.starts(record), b.starts(record))
    return {
        name: None if start is None else side.at(start)
        for name, side, start in zip("ab", (a, b), starts, strict=True)
    }


def _first_unequal(left: NDArray[Any], right: NDArray[Any]) -> int | None:
    """The first place at which two arrays differ, one of them ending counted; None: they do not."""
    shared = min(len(left), len(right))
    for begin in range(0, shared, _COMPARED):
        end = min(begin + _COMPARED, shared)
        unequal = np.flatnonzero(left[begin:end] != right[begin:end])
        if unequal.size:
            return begin + int(unequal[0])
    return None if len(left) == len(right) else shared


def _shards(a: Manifest, b: Manifest) -> dict[str, Any]:
    left, right = _digests(a), _digests(b)
    both = sorted(left.keys() & right.keys())
    different = [number for number in both if left[number] != right[number]]
    return {
        "a": len(left),
        "b": len(right),
        "equal": len(both) - len(different),
        "different": different,
        "only_a": sorted(left.keys() - right.keys()),
        "only_b": sorted(right.keys() - left.keys()),
    }


def _digests(manifest: Manifest) -> dict[int, list[str]]:
    return {
        shard["shard"]: [shard[part]["sha256"] for part in _FILES]
        for shard in manifest.content["shards"]
    }


def _but_shards(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "shards"}


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and (value or not key):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    else:
        yield key, value


def _grouped(cells: Sequence[Mapping[str, Any]], of_a: str, of_b: str) -> dict[str, Any]:
    """Sums by the value that a cell has for each set; null reads ``not known``."""
    sums: dict[str, dict[str, int]] = {}
    for cell in cells:
        for side, column in (("a", of_a), ("b", of_b)):
            if cell[f"documents_{side}"]:
                name = "not known" if cell[column] is None else cell[column]
                group = sums.setdefault(name, dict.fromkeys(_COUNTS, 0))
                for count in (f"documents_{side}", f"tokens_{side}"):
                    group[count] += cell[count]
    return {name: _with_delta(sums[name]) for name in sorted(sums)}


def _with_delta(counts: dict[str, int]) -> dict[str, int]:
    return {**counts, "delta": counts["tokens_b"] - counts["tokens_a"]}
