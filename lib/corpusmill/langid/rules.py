"""What ``recipe.language`` may say."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpusmill.langid.codes import canonical

UNKNOWN = "unknown"


@dataclass(frozen=True)
class LanguageRules:
    """The model, how sure it must be, and which languages go on.

    ``model`` is the path of a fastText model (none: the installed lid.176.ftz) and ``sha256`` its
    digest where it should be checked; a best label below ``threshold``, or below that of its
    language in ``thresholds``, counts as unknown, and so does one of a language in whose scripts
    less than ``script_share`` of the letters are written (0: no matter); ``prefix`` is how many
    code points of a document the model is shown; ``languages`` are the ones that go on (none named:
    every known one). Languages may be given by any of their codes, and are kept by the canonical.
    """

    model: str | None = None
    sha256: str | None = None
    threshold: float = 0.65
    thresholds: dict[str, float] = field(default_factory=dict)
    script_share: float = 0.1
    prefix: int = 4000
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("threshold", "script_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1")
        for language, threshold in self.thresholds.items():
            if not 0 <= threshold <= 1:
                raise ValueError(f"thresholds: that of {language} must lie between 0 and 1")
        by_code = {canonical(language): value for language, value in self.thresholds.items()}
        if len(by_code) < len(self.thresholds):
            named = ", ".join(sorted(self.thresholds))
            raise ValueError(f"thresholds: two of {named} are one language")
        # Whatever spelling was given: one recipe, one digest.
        object.__setattr__(self, "thresholds", by_code)
        object.__setattr__(self, "languages", tuple(map(canonical, self.languages)))
        if self.prefix < 1:
            raise ValueError("prefix must be at least 1")

    def needed(self, language: str) -> int:
        """The score that a language needs, in millionths."""
        return round(self.thresholds.get(language, self.threshold) * 1_000_000)
