"""What ``recipe.dedup`` may say, and what its presets stand for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any

from corpusmill.dedup.passage_rules import PassageRules
from corpusmill.precedence import SurvivorRules

REACH = 16  # documents that one of a crowded bucket is compared with
_LONGEST = 200_000  # shingles
_MOST = 10_000  # words or characters of a shingle, numbers of a signature
_MOST_PAIRED = 100_000  # documents of a bucket, each of which holds the ids of all others
_SAME = ("text", "words")
_MEASURES = ("none", "estimate", "jaccard")


@dataclass(frozen=True)
class MinHashParams:
    """MinHash-LSH: ``bands`` x ``rows`` of the permutations over shingles of words or characters.

    Shingles are runs of ``words`` words, or of ``letters`` letters in texts mostly written without
    spaces; or runs of ``characters`` characters where that is not 0. The chance that a pair of
    Jaccard similarity s shares a bucket is 1 - (1 - s^rows)^bands. Hashes are 64 bit; the
    permutations are those of datasketch's ``affine64`` scheme for ``seed``. A text is judged by its
    first ``longest`` shingles.
    """

    words: int
    letters: int
    characters: int
    permutations: int
    bands: int
    rows: int
    seed: int
    longest: int


@dataclass(frozen=True)
class MinHashRules:
    """Changes to a preset. What is null is left as the preset has it.

    ``words`` or ``characters`` say what a shingle is; a shingle of words has twice as many letters
    in scripts without spaces. The bands are ``bands`` of ``rows`` rows, or those that datasketch
    finds best for a Jaccard ``threshold`` and so many ``permutations``. ``longest`` is the number
    of shingles that a document is judged by at most.
    """

    words: int | None = None
    characters: int | None = None
    bands: int | None = None
    rows: int | None = None
    threshold: float | None = None
    permutations: int | None = None
    seed: int | None = None
    longest: int | None = None

    def __post_init__(self) -> None:
        for name in ("words", "characters", "bands", "rows", "permutations"):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= _MOST:
                raise ValueError(f"{name} must be from 1 to {_MOST}")
        own = {each.name for each in fields(self) if getattr(self, each.name) is not None}
        refused = {
            "longest must be at least 1": self.longest is not None and self.longest < 1,
            "characters and words exclude each other": {"words", "characters"} <= own,
            "bands and rows go together": len({"bands", "rows"} & own) == 1,
            f"bands times rows must not be above {_MOST}": (self.bands or 0) * (self.rows or 0)
            > _MOST,
            "threshold and permutations go together": len({"threshold", "permutations"} & own) == 1,
            "threshold has nothing to say beside bands and rows": {"bands", "threshold"} <= own,
            "threshold must lie between 0 and 1": self.threshold is not None
            and not 0 < self.threshold < 1,
            "seed must be from 0 to 4294967295": not 0 <= (self.seed or 0) < 2**32,
        }
        for said, holds in refused.items():
            if holds:
                raise ValueError(said)

    def over(self, preset: MinHashRules) -> MinHashRules:
        """These rules, and where they are silent those of the preset."""
        kept = {each.name: getattr(preset, each.name) for each in fields(self)}
        own = {name: value for name in kept if (value := getattr(self, name)) is not None}
        for group in (("words", "characters"), ("bands", "rows", "threshold", "permutations")):
            if any(name in own for name in group):
                kept |= dict.fromkeys(group)
        return MinHashRules(**{**kept, **own})

    @property
    def params(self) -> MinHashParams:
        """What is computed. Raises ``ValueError`` where no bands suit the threshold."""
        bands, rows = self.bands, self.rows
        if bands is None or rows is None:
            bands, rows = _best_bands(self.threshold, self.permutations)
        words = self.words or 0
        return MinHashParams(
            words=words,
            letters=2 * words,
            characters=self.characters or 0,
            permutations=self.permutations or bands * rows,
            bands=bands,
            rows=rows,
            seed=self.seed or 0,
            longest=self.longest or _LONGEST,
        )


@lru_cache
def _best_bands(threshold: float | None, permutations: int | None) -> tuple[int, int]:
    from datasketch import MinHashLSH  # with all of scipy.integrate, and seldom asked

    try:
        found = MinHashLSH(threshold=threshold, num_perm=permutations)
    except ValueError:
        raise ValueError(
            f"minhash.threshold: no bands of {permutations} permutations suit {threshold}; take "
            "more permutations or a lower threshold"
        ) from None
    return found.b, found.r


PRESETS = {
    "fineweb": MinHashRules(words=5, bands=14, rows=8, seed=1),
    "curator": MinHashRules(characters=24, bands=20, rows=13, seed=42),
    "bigcode": MinHashRules(words=5, threshold=0.7, permutations=250, seed=1),
    "redpajama": MinHashRules(words=13, threshold=0.8, permutations=128, seed=1),
}


@dataclass(frozen=True)
class Verification:
    """How documents that share a bucket are compared before they count as twins.

    ``measure`` is ``estimate`` (the share of equal numbers in their signatures) or ``jaccard`` (of
    their sets of shingles); twins are alike by ``similarity`` millionths at least. In a bucket of
    more than ``bucket_cap`` different documents each is compared with the next ``REACH`` ones only.
    """

    measure: str
    similarity: int
    bucket_cap: int


@dataclass(frozen=True)
class DedupRules:
    """Which documents are twins.

    ``preset`` names published MinHash parameters, ``minhash`` changes them. ``exact`` twins have
    the same ``text`` or only the same ``words`` with their digits and marks (case, punctuation and
    white space apart); with ``urls`` documents of one address are twins too. ``verify``,
    ``similarity`` and ``bucket_cap``: see ``Verification``; ``none``: all of a bucket are twins.
    ``survivor`` and ``sources`` say which document of a cluster stays: see ``SurvivorRules``.
    ``passages`` says what is cut out of the documents that stay.
    """

    preset: str = "fineweb"
    minhash: MinHashRules = field(default_factory=MinHashRules)
    exact: str = "text"
    urls: bool = False
    verify: str = "none"
    similarity: float = 0.7
    bucket_cap: int = 64
    survivor: tuple[str, ...] = SurvivorRules.survivor
    sources: tuple[str, ...] = ()
    passages: PassageRules = field(default_factory=PassageRules)

    def __post_init__(self) -> None:
        SurvivorRules(self.survivor, self.sources)  # refuses what is no order
        allowed = {"preset": tuple(PRESETS), "exact": _SAME, "verify": _MEASURES}
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                said = f"{name} {getattr(self, name)}"
                raise ValueError(f"{said}: allowed are {', '.join(values)}")
        if not 0 < self.similarity <= 1:
            raise ValueError("similarity must lie above 0 and not above 1")
        if not REACH < self.bucket_cap <= _MOST_PAIRED:
            raise ValueError(f"bucket_cap must be more than {REACH} and not above {_MOST_PAIRED}")
        _ = self.params  # refuses what no bands suit

    @property
    def params(self) -> MinHashParams:
        """The parameters behind the preset's name, and what the recipe changes of them."""
        return self.minhash.over(PRESETS[self.preset]).params

    @property
    def verification(self) -> Verification | None:
        """How pairs are verified, None where they are not."""
        if self.verify == "none":
            return None
        return Verification(self.verify, round(self.similarity * 1_000_000), self.bucket_cap)

    @property
    def unheard(self) -> tuple[str, ...]:
        """Keys that say something else than they do by default, to nobody."""
        names = ("similarity", "bucket_cap") if self.verify == "none" else ()
        return tuple(name for name in names if getattr(self, name) != getattr(DedupRules, name))

    @property
    def survivors(self) -> SurvivorRules:
        """In which order documents of a cluster stay."""
        return SurvivorRules(self.survivor, self.sources)

    def resolved(self) -> dict[str, Any]:
        """What goes into the resolved recipe: numbers instead of the name."""
        verification = self.verification
        return {
            "minhash": {"scheme": "affine64", **asdict(self.params)},
            "exact": self.exact,
            "urls": self.urls,
            "verify": None if verification is None else asdict(verification),
            "survivor": asdict(self.survivors),
        }
