"""What the stages of training wish for: ``recipe.mix.stages``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

from corpusmill.config import NAME

COLUMNS = ("source", "kind", "language", "origin")
BUCKET = "bucket."
REST = "*"
NO_BUCKET = "none"
BUCKETS = 20
MAX_REPEATS = 1_000_000  # maps of shards have 32 bits for the number of a repeat
MILLION = 1_000_000
_SPAN = re.compile("([0-9]{1,2})(?:-([0-9]{1,2}))?")


@dataclass(frozen=True)
class MixStage:
    """One phase of training: a shard set of its own, and how often each document stands in it.

    repeats              without ``tokens``: times that each document stands, or, where weights or
                         caps are named, that none stands more often than
    tokens               how many the stage shall have, ends of documents counted; None: as many as
                         ``repeats`` allows
    by                   columns that make groups: source, kind, language, origin, or, as
                         bucket.NAME, the quality bucket of a classifier
    weights              of groups, by their values joined by ``/``, buckets also as 15-19; ``*`` is
                         all that no other key names. Their sum is the whole, what none names is
                         left out, and inside a group every document has the same chance
    max_repeats          with ``tokens``: times that no document stands more often than
    max_source_share     largest share of one source in the tokens of the stage
    max_synthetic_share  largest share of all documents of origin synthetic
    """

    name: str = "main"
    repeats: int = 1
    tokens: int | None = None
    by: tuple[str, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    max_repeats: int = 4
    max_source_share: float | None = None
    max_synthetic_share: float | None = None

    def __post_init__(self) -> None:
        """Raise ValueError, naming the field and what it may be."""
        if not NAME.fullmatch(self.name):
            raise ValueError("name must match [a-z0-9][a-z0-9_-]{0,63}")
        for key in ("repeats", "max_repeats", "tokens"):
            if (getattr(self, key) or 1) < 1 or getattr(self, key) == 0:
                raise ValueError(f"{key} must be at least 1")
        if max(self.repeats, self.max_repeats) > MAX_REPEATS:
            raise ValueError(f"repeats and max_repeats must be at most {MAX_REPEATS}")
        if self.tokens is not None and self.repeats != 1:
            raise ValueError("repeats and tokens exclude one another; with tokens, say max_repeats")
        self._check_by()
        self._check_weights()
        for key in ("max_source_share", "max_synthetic_share"):
            if not 0 < (1 if getattr(self, key) is None else getattr(self, key)) <= 1:
                raise ValueError(f"{key} must lie above 0 and be at most 1")

    @property
    def most(self) -> int:
        """Times that no document stands more often than."""
        return self.repeats if self.tokens is None else self.max_repeats

    @property
    def classifiers(self) -> tuple[str, ...]:
        """Those whose buckets make groups."""
        return tuple(c.removeprefix(BUCKET) for c in self.by if c.startswith(BUCKET))

    @property
    def columns(self) -> tuple[str, ...]:
        """What must be known of each document: the columns of groups, then those of caps."""
        caps = {"source": self.max_source_share, "origin": self.max_synthetic_share}
        more = (name for name, cap in caps.items() if cap is not None and name not in self.by)
        return (*self.by, *more)

    @property
    def shares(self) -> dict[str, Fraction]:
        """Exact share of each group; one of all documents where no weights are named."""
        weights = self.weights or {REST: 1.0}
        parts = {name: round(weight * MILLION) for name, weight in weights.items()}
        return {name: Fraction(part, sum(parts.values())) for name, part in parts.items()}

    @property
    def named(self) -> dict[tuple[str, ...], str]:
        """Group of each combination of values that a weight names."""
        return {
            values: name
            for name in self.weights
            if name != REST
            for values in product(*self._spans(name))
        }

    def _check_by(self) -> None:
        for column in self.by:
            bucket = column.startswith(BUCKET) and NAME.fullmatch(column.removeprefix(BUCKET))
            if column not in COLUMNS and not bucket:
                allowed = ", ".join((*COLUMNS, f"{BUCKET}NAME of a classifier"))
                raise ValueError(f"by: {column} is unknown; allowed: {allowed}")
        if len(set(self.by)) < len(self.by):
            raise ValueError("by must name each column only once")
        if bool(self.by) != bool(self.weights):
            raise ValueError("by and weights go together")

    def _check_weights(self) -> None:
        found: dict[tuple[str, ...], str] = {}
        for name, weight in self.weights.items():
            if not (math.isfinite(weight) and weight * MILLION >= 1):
                raise ValueError(f"weights.{name} must be a number from 0.000001 on")
            if name == REST:
                continue
            for values in product(*self._spans(name)):
                if values in found:
                    raise ValueError(f"weights.{name} and {found[values]} name the same documents")
                found[values] = name

    def _spans(self, name: str) -> list[list[str]]:
        """The values that a key names, column by column."""
        values = name.split("/")
        if len(values) != len(self.by):
            raise ValueError(f"weights.{name} must name {'/'.join(self.by)}, or be {REST}")
        return [
            _buckets(name, value) if column.startswith(BUCKET) else [value]
            for column, value in zip(self.by, values, strict=True)
        ]


@dataclass(frozen=True)
class MixRules:
    """The stages of training, in order."""

    stages: tuple[MixStage, ...] = (MixStage(),)

    def __post_init__(self) -> None:
        """Raise ValueError where a stage is missing, or two have one name."""
        names = [stage.name for stage in self.stages]
        if not names:
            raise ValueError("stages needs at least one entry")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"stages has {twice[0]} more than once; each needs a name of its own")


def _buckets(name: str, value: str) -> list[str]:
    if value == NO_BUCKET:
        return [value]
    found = _SPAN.fullmatch(value)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last or last >= BUCKETS:
        raise ValueError(f"weights.{name}: {value} is no bucket; write 7, 15-19 or {NO_BUCKET}")
    return [str(number) for number in range(first, last + 1)]
