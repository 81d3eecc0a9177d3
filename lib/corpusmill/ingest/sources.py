"""How a source is declared: ``recipe.sources.<name>``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Columns:
    """Which fields of a JSON record are what; the other fields go to ``metadata``."""

    id: str | None = "id"
    text: str = "text"
    url: str | None = "url"
    created: str | None = "created"


@dataclass(frozen=True)
class Source:
    """What is known of every record of a source.

    ``root`` is the folder that path-based record keys are relative to; without it, the longest
    part of the input's glob that holds no wildcard.
    """

    kind: str = "unknown"
    origin: str = "unknown"
    licence: str | None = None
    columns: Columns = field(default_factory=Columns)
    root: str | None = None

    def __post_init__(self) -> None:
        if self.origin not in ("human", "synthetic", "unknown"):
            raise ValueError(f"origin {self.origin}: allowed are human, synthetic, unknown")
        if not NAME.fullmatch(self.kind):
            raise ValueError("kind must match [a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Input:
    """Files to ingest: a glob, and the source they belong to."""

    glob: str
    source: str = "corpus"

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.source):
            raise ValueError("source must match [a-z0-9][a-z0-9_-]{0,63}")
