"""What ``recipe.quality.classifiers.<name>`` may say."""

from __future__ import annotations

from dataclasses import dataclass

LABEL = "__label__1"  # of models that are trained here; their other one is __label__0
WORDS, TEXT = "words", "text"  # what a model is shown of a text; see corpusmill.quality.classifier


@dataclass(frozen=True)
class Published:
    """How a published model is asked: its label for good text, what it is shown, and its cut."""

    label: str
    shows: str
    cut: float


# DCLM's fasttext-oh-eli5, as its repository asks it and cuts by it (baselines/, fasttext_filter).
PUBLISHED = {"dclm": Published("__label__hq", TEXT, 0.018112)}

_MANY = (1, (1 << 31) - 1)  # fastText counts in 32 bits
_BOUNDS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("sample", "min_count"), _MANY),
    "dim": (1, 2_000),  # 2,000 numbers for each of 100 million n-grams: more memory than there is
    "buckets": (1, 100_000_000),
    "epochs": (1, 10_000),
    "word_ngrams": (1, 5),
    "learning_rate": (0.000_001, 10),
    "held_back": (0, 0.5),
}


@dataclass(frozen=True)
class LabelledTable:
    """Documents of one label in a Delta table of the user's own.

    ``table`` is a table of the warehouse (one word), of the catalog (with dots) or a folder (with a
    slash), read at ``version`` (none: the newest) and ``where`` an SQL condition holds. ``id`` and
    ``page`` are columns: rows of one page, or else of one id, or else of one text, are never split
    between training and measuring.
    """

    table: str
    version: int | None = None
    where: str | None = None
    text: str = "text"
    id: str | None = None
    page: str | None = None

    def __post_init__(self) -> None:
        if not self.table.strip():
            raise ValueError("table: is empty")
        if (self.version or 0) < 0:
            raise ValueError("version must be 0 or more")


@dataclass(frozen=True)
class ClassifierRules:
    """A fastText model given by ``path`` (checked against ``sha256``), or one to train.

    A given model is asked as its ``preset`` says, or by ``label`` (the one that counts as good;
    none: ``__label__1``) and ``shows`` (``text``: the whole text, as authors of published models
    do; ``words``: as in training here).

    Training takes documents of the ``positive`` and ``negative`` sources, rows of the tables, and
    what the warehouse's table ``labels`` says, which outranks the sources. With labels of one kind
    or none there is no classifier. About ``sample`` documents of each label are taken; of their
    pages a share of ``held_back`` is measured on and not trained on. The rest is fastText's own.
    """

    preset: str | None = None
    path: str | None = None
    sha256: str | None = None
    label: str | None = None
    shows: str | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    positive_tables: tuple[LabelledTable, ...] = ()
    negative_tables: tuple[LabelledTable, ...] = ()
    sample: int = 20_000
    held_back: float = 0.1
    dim: int = 16
    epochs: int = 5
    word_ngrams: int = 2
    min_count: int = 2
    buckets: int = 100_000
    learning_rate: float = 0.1

    def __post_init__(self) -> None:
        for key, known in (("preset", tuple(PUBLISHED)), ("shows", (WORDS, TEXT))):
            value = getattr(self, key)
            if value is not None and value not in known:
                raise ValueError(f"{key}: {value} is unknown; allowed: {', '.join(known)}")
        for key in ("preset", "sha256", "label", "shows"):
            if getattr(self, key) is not None and self.path is None:
                raise ValueError(f"{key}: says something of a given model; name its path")
        twice = sorted({*self.positive} & {*self.negative})
        if twice:
            raise ValueError(f"negative: {twice[0]} is positive too")
        for key, (least, most) in _BOUNDS.items():
            if not least <= getattr(self, key) <= most:
                raise ValueError(f"{key} must lie between {least} and {most}")

    @property
    def good(self) -> str:
        """The label whose probability is the score."""
        published = PUBLISHED.get(self.preset or "")
        return self.label or (published.label if published else LABEL)

    @property
    def shown(self) -> str:
        """What the model is shown of a text: ``words`` or ``text``."""
        published = PUBLISHED.get(self.preset or "")
        return self.shows or (published.shows if published else WORDS)

    @property
    def cut(self) -> float | None:
        """The published cut of the preset, None where there is none."""
        published = PUBLISHED.get(self.preset or "")
        return published.cut if published else None
