"""What ``recipe.language`` may say."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "unknown"


@dataclass(frozen=True)
class LanguageRules:
    """The model, how sure it must be, and which languages go on.

    ``model`` is the path of a fastText model (none: the installed lid.176.ftz) and ``sha256`` its
    digest where it should be checked; a best label below ``threshold`` counts as unknown;
    ``prefix`` is how many code points of a document the model is shown; ``languages`` are the ones
    that go on (none named: every known one).
    """

    model: str | None = None
    sha256: str | None = None
    threshold: float = 0.65
    prefix: int = 2000
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError("threshold must lie between 0 and 1")
        if self.prefix < 1:
            raise ValueError("prefix must be at least 1")

    @property
    def threshold_millionths(self) -> int:
        """The threshold in the unit that scores are stored in."""
        return round(self.threshold * 1_000_000)
