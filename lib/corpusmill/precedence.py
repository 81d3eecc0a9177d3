"""Who stays where only some of several documents may: one order for clusters and domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

_NAMES = ("quality", "length", "created", "source")


@dataclass(frozen=True)
class SurvivorRules:
    """What ``recipe.dedup`` says of survivors: what is compared, most important first.

    ``survivor`` names quality (classifier score, high first), length (code points, high first),
    created (early first) and source (by its place in ``sources``); ``-`` before a name turns it
    round. What is not known, or no source that is named, comes last either way. The doc_id decides
    between documents that are equal in all of it.
    """

    survivor: tuple[str, ...] = ("quality", "length", "created")
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [name.removeprefix("-") for name in self.survivor]
        unknown = [name for name in self.survivor if name.removeprefix("-") not in _NAMES]
        if unknown:
            allowed = f"{', '.join(_NAMES)}, each also with - before it"
            raise ValueError(f"survivor: {unknown[0]} is unknown; allowed: {allowed}")
        if len(set(names)) < len(names):
            raise ValueError("survivor: name each only once")
        if not all(self.sources) or len(set(self.sources)) < len(self.sources):
            raise ValueError("sources: name each only once, and none by an empty text")
        if ("source" in names) != bool(self.sources):
            raise ValueError("sources: they go together with source in survivor")


def precedence(rules: SurvivorRules) -> Column:
    """The place of a row (doc_id and what ``rules`` compare): the smallest stays first.

    Read are the columns classifier_scores, chars, created (UTC, YYYY-MM-DDTHH:MM:SSZ) and source.
    """
    keys = [key for name in rules.survivor for key in _keys(name, rules.sources)]
    return F.struct(*keys, F.col("doc_id"))


def _keys(name: str, sources: Sequence[str]) -> tuple[Column, Column]:
    """Two sort keys, small first: whether the value is unknown, and the value."""
    plain = name.removeprefix("-")
    value = _value(plain, sources)
    if (plain in ("quality", "length")) != (plain != name):
        # Moments have one form, so the complement of their digits turns their order round.
        complement = ("0123456789", "9876543210")
        value = F.translate(value, *complement) if plain == "created" else -value
    return value.isNull().alias(f"no_{plain}"), value.alias(plain)


def _value(name: str, sources: Sequence[str]) -> Column:
    if name == "quality":
        return F.col("classifier_scores")["quality"]
    if name == "source":
        named = F.array(*map(F.lit, sources)).cast("array<string>")
        return F.nullif(F.array_position(named, F.col("source")), F.lit(0))
    return F.col({"length": "chars", "created": "created"}[name])
