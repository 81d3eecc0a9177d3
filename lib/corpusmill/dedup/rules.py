"""What ``recipe.dedup`` may say, and what its presets stand for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class MinHashParams:
    """MinHash-LSH: ``bands`` x ``rows`` permutations over shingles of ``words`` words.

    The chance that a pair of Jaccard similarity s shares a bucket is 1 - (1 - s^rows)^bands.
    Hashes are 64 bit; the permutations are those of datasketch's ``affine64`` scheme for ``seed``.
    """

    words: int
    bands: int
    rows: int
    seed: int

    @property
    def permutations(self) -> int:
        """Length of a signature."""
        return self.bands * self.rows


PRESETS = {"fineweb": MinHashParams(words=5, bands=14, rows=8, seed=1)}


@dataclass(frozen=True)
class DedupRules:
    """Which MinHash preset is used (the published parameters of the corpus it is named after)."""

    preset: str = "fineweb"

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise ValueError(f"preset {self.preset}: allowed are {', '.join(PRESETS)}")

    @property
    def minhash(self) -> MinHashParams:
        """The parameters behind the preset's name."""
        return PRESETS[self.preset]

    def resolved(self) -> dict[str, Any]:
        """What goes into the resolved recipe: numbers instead of the name."""
        return {"minhash": {"scheme": "affine64", **asdict(self.minhash)}}
