"""What ``recipe.quality`` may say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from corpusmill.quality.classifier_rules import ClassifierRules
from corpusmill.quality.filters import ByLanguage
from corpusmill.quality.presets import PRESETS, limits_of

REMOVE_LINES = ("c4",)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class UrlListRules:
    """A user's list of unwanted addresses (``corpusmill.quality.url_list``), checked by digest."""

    path: str | None = None
    sha256: str | None = None

    def __post_init__(self) -> None:
        if self.sha256 is not None and self.path is None:
            raise ValueError("sha256: says something of a list; name its path")


@dataclass(frozen=True)
class QualityRules:
    """The filters that every scored document is held against, and classifiers by name.

    ``presets`` name filters; ``limits`` (filter, then limit) lie on top of the published ones, and
    ``languages`` (language, filter, limit) on top of those; ``remove_lines`` names the filters
    whose line rules take lines out of the clean documents. The scores of the classifier named
    ``quality`` also say which of several twins survives.
    """

    presets: tuple[str, ...] = ("gopher_quality", "gopher_repetition")
    limits: dict[str, dict[str, Any]] = field(default_factory=dict)
    languages: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    remove_lines: tuple[str, ...] = ()
    url_list: UrlListRules = field(default_factory=UrlListRules)
    classifiers: dict[str, ClassifierRules] = field(
        default_factory=lambda: {"quality": ClassifierRules()}
    )

    def __post_init__(self) -> None:
        for preset in self.presets:
            if preset not in PRESETS:
                raise ValueError(f"presets: {preset} is unknown; allowed: {', '.join(PRESETS)}")
        if "none" in self.presets and len(self.presets) > 1:
            raise ValueError("presets: none stands alone")
        for name in self.remove_lines:
            if name not in REMOVE_LINES:
                raise ValueError(f"remove_lines: {name} is unknown; allowed: {REMOVE_LINES[0]}")
        for name in self.classifiers:
            if not _NAME.fullmatch(name):
                raise ValueError(f"classifiers: {name!r} must match {_NAME.pattern}")
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
