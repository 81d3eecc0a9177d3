"""How a source is declared, ``recipe.sources.<name>``, and what is read of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpusmill.config import NAME


@dataclass(frozen=True)
class Columns:
    """Which fields of a record are what; the other fields go to ``metadata``.

    ``source`` names the source of each record, where one file holds several; the last four are for
    text that says where it comes from.
    """

    id: str | None = "id"
    text: str = "text"
    url: str | None = "url"
    created: str | None = "created"
    source: str | None = None
    licence: str | None = None
    generator: str | None = None
    generation: str | None = None
    parent_ids: str | None = None

    def __post_init__(self) -> None:
        named = [name for name in vars(self).values() if name is not None]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is named for two columns")


@dataclass(frozen=True)
class Source:
    """What is known of every record of a source; what a record states itself goes before it.

    ``root`` is the folder that path-based record keys are relative to; without it, the longest
    part of the input's glob that holds no wildcard. ``parents`` is the source whose record keys
    stand in the column ``parent_ids``; without it they are doc_ids.
    """

    kind: str = "unknown"
    origin: str = "unknown"
    licence: str | None = None
    columns: Columns = field(default_factory=Columns)
    root: str | None = None
    generator: str | None = None
    generation: int | None = None
    parents: str | None = None

    def __post_init__(self) -> None:
        if self.origin not in ("human", "synthetic", "unknown"):
            raise ValueError(f"origin {self.origin}: allowed are human, synthetic, unknown")
        if not NAME.fullmatch(self.kind):
            raise ValueError("kind must match [a-z0-9][a-z0-9_-]{0,63}")
        if self.parents is not None and not NAME.fullmatch(self.parents):
            raise ValueError("parents must match [a-z0-9][a-z0-9_-]{0,63}")
        if self.generation is not None and self.generation < 0:
            raise ValueError("generation must be 0 or more")
        states = (self.generator, self.generation, self.parents, *self._generated())
        if self.origin != "synthetic" and any(value is not None for value in states):
            raise ValueError(
                "origin must be synthetic where generator, generation or parents are named"
            )

    def _generated(self) -> tuple[str | None, ...]:
        return (self.columns.generator, self.columns.generation, self.columns.parent_ids)


@dataclass(frozen=True)
class Input:
    """What to ingest, and the source it belongs to.

    Either files (``glob``; a folder that is a Delta table counts as one), or a ``table`` of the
    catalog. A table is read at ``version`` (none: the newest); with ``since``, only rows that are
    new or other than at that version.
    """

    glob: str | None = None
    source: str = "corpus"
    table: str | None = None
    version: int | None = None
    since: int | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.source):
            raise ValueError("source must match [a-z0-9][a-z0-9_-]{0,63}")
        if (self.glob is None) == (self.table is None):
            raise ValueError("glob or table: name one of them")
        for name in ("version", "since"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} must be 0 or more")

    @property
    def named(self) -> str:
        """What the user called it."""
        return self.glob if self.glob is not None else str(self.table)
