"""What an item holds beside its ids, and items put together to a batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

FIELDS = ("boundaries", "cu_seqlens", "position_ids", "loss_mask")


class Item(TypedDict, total=False):
    """One sequence. The ids and its number are always there, ``FIELDS`` where they are asked for.

    input_ids     int64[sequence_length]  a copy, widened from the stored type so that every
                                          framework takes it as indices, or as stored on request
    sequence      number of the sequence in the set, in canonical order
    boundaries    int64[pieces + 1]       where each document begins, then the end of the last real
                                          token; padding, if any, lies behind it
    cu_seqlens    int32[pieces + 1 or 2]  the same for FlashAttention: padding is a piece too,
                                          and the last number is always sequence_length
    position_ids  int64[sequence_length]  place of each id in its piece, padding counted likewise
    loss_mask     bool[sequence_length]   False for padding
    """

    input_ids: NDArray[Any]
    sequence: int
    boundaries: NDArray[np.int64]
    cu_seqlens: NDArray[np.int32]
    position_ids: NDArray[np.int64]
    loss_mask: NDArray[np.bool_]


def add_fields(
    item: Item, boundaries: NDArray[np.int64], fields: Sequence[str], length: int
) -> None:
    """Put the wanted fields of a sequence of ``length`` ids into its item."""
    if "boundaries" in fields:
        item["boundaries"] = boundaries
    if "cu_seqlens" in fields:
        item["cu_seqlens"] = _covering(boundaries, length).astype(np.int32)
    if "position_ids" in fields:
        bounds = _covering(boundaries, length)
        starts = np.repeat(bounds[:-1], bounds[1:] - bounds[:-1])
        item["position_ids"] = np.subtract(_places(length), starts, out=starts)
    if "loss_mask" in fields:
        item["loss_mask"] = _places(length) < boundaries[-1]


def collate(items: Sequence[Item]) -> dict[str, Any]:
    """A batch of items for a ``DataLoader``'s ``collate_fn``, in numpy.

    input_ids, position_ids, loss_mask [items, sequence_length] and sequence [items] are stacked.
    cu_seqlens runs on through the batch laid end to end. boundaries stays a list, an array an item.
    """
    batch: dict[str, Any] = {"sequence": np.array([item["sequence"] for item in items])}
    batch["input_ids"] = np.stack([item["input_ids"] for item in items])
    for name in ("position_ids", "loss_mask"):
        if name in items[0]:
            batch[name] = np.stack([item[name] for item in items])
    if "boundaries" in items[0]:
        batch["boundaries"] = [item["boundaries"] for item in items]
    if "cu_seqlens" in items[0]:
        length = batch["input_ids"].shape[1]
        ends = [item["cu_seqlens"][1:] + place * length for place, item in enumerate(items)]
        batch["cu_seqlens"] = np.concatenate([[0], *ends]).astype(np.int32)
    return batch


@lru_cache(maxsize=8)
def _places(length: int) -> NDArray[np.int64]:
    """0 to ``length`` - 1, made once: as much memory as the ids themselves, in each item."""
    return np.arange(length)


def _covering(boundaries: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    return boundaries if boundaries[-1] == length else np.append(boundaries, length)
