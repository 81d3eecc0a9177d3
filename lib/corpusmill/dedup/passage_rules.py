"""What ``recipe.dedup.passages`` may say: which passages that repeat are cut out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

LINES, PARAGRAPHS, SENTENCES = "lines", "paragraphs", "sentences"
UNITS = (LINES, PARAGRAPHS, SENTENCES)
REPEATS = ("none", LINES, PARAGRAPHS)
KEEPS = ("none", "first")


@dataclass(frozen=True)
class FrequentRule:
    """Passages that stand in more than ``documents`` documents are cut out of them.

    A passage is ``span`` units in a row, of at least ``min_chars`` characters of the matching form.
    It goes from all documents, or from all but the one of the smallest doc_id (``keep`` first).
    """

    unit: str
    span: int
    documents: int
    min_chars: int
    keep: str


PRESETS = {
    # Llama 3 (Dubey et al. 2024, 3.1.1): lines that come more than 6 times in 30 million documents
    "boilerplate": FrequentRule(LINES, 1, 6, 1, "none"),
    # C4 (Raffel et al. 2020, 2.2): all but one of any three-sentence span
    "sentences": FrequentRule(SENTENCES, 3, 1, 1, "first"),
}


@dataclass(frozen=True)
class FrequentEntry:
    """One entry of ``frequent``: a preset and changes to it; what is null is left as it is."""

    preset: str = "boilerplate"
    unit: str | None = None
    span: int | None = None
    documents: int | None = None
    min_chars: int | None = None
    keep: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("preset", tuple(PRESETS)), ("unit", UNITS), ("keep", KEEPS)):
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise ValueError(f"{name}: {value} is unknown; allowed: {', '.join(allowed)}")
        for name in ("span", "documents", "min_chars"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1")

    @property
    def rule(self) -> FrequentRule:
        """The preset with the changes."""
        own = {each.name: getattr(self, each.name) for each in fields(FrequentRule)}
        changes = {name: value for name, value in own.items() if value is not None}
        return FrequentRule(**{**asdict(PRESETS[self.preset]), **changes})


@dataclass(frozen=True)
class PassageRules:
    """Units that repeat inside a document, of which the first stays, and frequent passages."""

    repeats: str = "none"
    frequent: tuple[FrequentEntry, ...] = ()

    def __post_init__(self) -> None:
        if self.repeats not in REPEATS:
            allowed = ", ".join(REPEATS)
            raise ValueError(f"repeats: {self.repeats} is unknown; allowed: {allowed}")
        if len(set(self.rules)) < len(self.frequent):
            raise ValueError("frequent: two entries say the same")

    @property
    def rules(self) -> tuple[FrequentRule, ...]:
        """What the entries of ``frequent`` stand for, in their order."""
        return tuple(entry.rule for entry in self.frequent)

    @property
    def is_asked(self) -> bool:
        """Whether anything is to be cut."""
        return self.repeats != "none" or bool(self.frequent)
