"""What ``recipe.quality`` may say."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpusmill.quality.filters import FILTERS


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
    """The rule sets that every scored document is held against, and the classifier."""

    presets: tuple[str, ...] = ("gopher_quality", "gopher_repetition")
    classifier: ClassifierRules = field(default_factory=ClassifierRules)

    def __post_init__(self) -> None:
        for preset in self.presets:
            if preset not in FILTERS:
                raise ValueError(f"presets: {preset} is unknown; allowed: {', '.join(FILTERS)}")
