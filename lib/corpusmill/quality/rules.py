"""What ``recipe.quality`` may say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from corpusmill.quality.classifier_rules import ClassifierRules
from corpusmill.quality.filters import FILTERS

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class QualityRules:
    """The rule sets that every scored document is held against, and classifiers by name.

    The scores of the one named ``quality`` also say which of several twins survives.
    """

    presets: tuple[str, ...] = ("gopher_quality", "gopher_repetition")
    classifiers: dict[str, ClassifierRules] = field(
        default_factory=lambda: {"quality": ClassifierRules()}
    )

    def __post_init__(self) -> None:
        for preset in self.presets:
            if preset not in FILTERS:
                raise ValueError(f"presets: {preset} is unknown; allowed: {', '.join(FILTERS)}")
        for name in self.classifiers:
            if not _NAME.fullmatch(name):
                raise ValueError(f"classifiers: {name!r} must match {_NAME.pattern}")
