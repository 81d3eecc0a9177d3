"""What ``recipe.quality`` may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from corpusmill.quality.filters import ByLanguage
from corpusmill.quality.presets import PRESETS, limits_of

REMOVE_LINES = ("c4",)


@dataclass(frozen=True)
class ClassifierRules:
    """A fastText quality model given by ``path`` (checked against ``sha256``), or one to train.

    Training takes its labels from the table ``labels`` (doc_id, label 0 or 1) where the warehouse
    has one, and from the documents of the ``positive`` and ``negative`` sources. With neither there
    is no classifier. ``sample`` bounds the documents of each label.
    """

    path: str | None = None
    sha256: str | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    dim: int = 16
    epochs: int = 5
    buckets: int = 100_000
    sample: int = 20_000


@dataclass(frozen=True)
class QualityRules:
    """The filters that every scored document is held against, and the classifier.

    ``presets`` name filters; ``limits`` (filter, then limit) lie on top of the published ones, and
    ``languages`` (language, filter, limit) on top of those; ``remove_lines`` names the filters
    whose line rules take lines out of the clean documents.
    """

    presets: tuple[str, ...] = ("gopher_quality", "gopher_repetition")
    limits: dict[str, dict[str, Any]] = field(default_factory=dict)
    languages: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    remove_lines: tuple[str, ...] = ()
    classifier: ClassifierRules = field(default_factory=ClassifierRules)

    def __post_init__(self) -> None:
        for preset in self.presets:
            if preset not in PRESETS:
                raise ValueError(f"presets: {preset} is unknown; allowed: {', '.join(PRESETS)}")
        if "none" in self.presets and len(self.presets) > 1:
            raise ValueError("presets: none stands alone")
        for name in self.remove_lines:
            if name not in REMOVE_LINES:
                raise ValueError(f"remove_lines: {name} is unknown; allowed: {REMOVE_LINES[0]}")
        self.filters  # noqa: B018  # refuses limits that there are not

    @property
    def filters(self) -> dict[str, ByLanguage]:
        """The filters asked for, with their limits."""
        return limits_of(self.presets, self.limits, self.languages)

    @property
    def line_limits(self) -> dict[str, ByLanguage]:
        """The filters whose line rules take lines out, with their limits."""
        return {
            name: limits_of((*self.presets, name), self.limits, self.languages)[name]
            for name in sorted(set(self.remove_lines))
        }
