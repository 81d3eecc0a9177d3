"""Which canonical shards a set has and how its sequences are ordered: ``recipe.shards``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_SHARDS = 1 << 16
MAX_SEQUENCE_LENGTH = 1 << 24
MAX_SPAN = 1 << 20
RESTS = ("pad", "drop")
PACKINGS = ("concat", "best_fit")
OVERSIZE = ("fragment", "truncate")


@dataclass(frozen=True)
class ShardRules:
    """Everything about the cut and the order of a set that can change a byte or a step of it.

    count            canonical shards, whatever the number of ranks: a power of two up to 65536
    sequence_length  token ids in a sequence
    packing          concat: end to end, cut where a sequence is full; best_fit: whole, as they fit
    oversize         of best_fit, a document longer than a sequence: fragment or truncate
    rest             of concat, a shard's tail that does not fill a sequence: pad or drop
    block            neighbouring sequences that stay together in the global order
    window           blocks whose sequences are shuffled with one another in the global order
    """

    count: int = 64
    sequence_length: int = 2048
    packing: str = "concat"
    oversize: str = "fragment"
    rest: str = "pad"
    block: int = 256
    window: int = 16

    def __post_init__(self) -> None:
        """Raise ValueError, naming the field and what it may be."""
        if not 1 <= self.count <= MAX_SHARDS or self.count & (self.count - 1):
            raise ValueError(
                f"count is {self.count}; allowed: a power of two from 1 to {MAX_SHARDS}"
            )
        _within("sequence_length", self.sequence_length, MAX_SEQUENCE_LENGTH)
        _within("block", self.block, MAX_SPAN)
        _within("window", self.window, MAX_SPAN)
        check_choice("rest", self.rest, RESTS)
        check_choice("packing", self.packing, PACKINGS)
        check_choice("oversize", self.oversize, OVERSIZE)
        if self.packing == "best_fit" and self.rest != "pad":
            raise ValueError(
                "rest is drop, which goes with packing concat: best_fit fills up every sequence"
            )
        if self.packing == "concat" and self.oversize != "fragment":
            raise ValueError(
                "oversize is truncate, which goes with packing best_fit: concat cuts nothing off"
            )


def too_large(count: int, size: int, bound: int) -> str:
    """What to say of a largest shard of ``size`` bytes among ``count``, above ``bound`` bytes."""
    enough, smaller = count, size
    while smaller > bound and enough < MAX_SHARDS:
        enough, smaller = enough * 2, smaller // 2
    return f"a shard would hold {size} bytes, more than {bound}; try {enough} shards"


def check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    """Raise ValueError for a value that is not allowed, naming those that are."""
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")


def _within(field: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise ValueError(f"{field} is {value}; allowed: 1 to {most}")
