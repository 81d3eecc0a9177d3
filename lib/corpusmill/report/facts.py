"""What the report tells, as plain values: counts, ids and cleared excerpts, in a stated order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpusmill.distributions import Distributions
from corpusmill.losses import Loss
from corpusmill.samples import Samples

UNIDENTIFIED = "not identified"  # the language of a document that no model has seen yet


@dataclass(frozen=True)
class TableState:
    """A table as it was read: ``version`` is None where there is none, ``committed`` in UTC.

    ``is_filled`` says that a job has written it, if without rows.
    """

    name: str
    version: int | None = None
    rows: int = 0
    committed: str = ""
    is_filled: bool = False


@dataclass(frozen=True)
class Flow:
    """What became of the documents of one group: how many reached which table, and their sizes.

    ``by`` is one of ``gather.GROUPS`` and ``name`` its value. ``characters`` are those of
    ``documents``. The ``even_`` sums are over documents that were tokenised as they were stored,
    without any edit: only of these do characters and words stand for the text that became tokens.
    """

    by: str
    name: str
    records: int = 0
    accepted: int = 0
    documents: int = 0
    scored: int = 0
    kept: int = 0
    clean: int = 0
    tokenised: int = 0
    clusters: int = 0
    twins: int = 0
    characters: int = 0
    tokens: int = 0
    unknown: int = 0
    even_documents: int = 0
    even_characters: int = 0
    even_words: int = 0
    even_tokens: int = 0


@dataclass(frozen=True)
class Provenance:
    """Documents of one source under one licence, as records or sources state it."""

    source: str
    kind: str
    origin: str
    licence: str | None
    documents: int
    tokenised: int
    tokens: int


@dataclass(frozen=True)
class Reasons:
    """Documents by reason: dropped by it, decided by it (it spoke first), only tagged with it."""

    dropped: Mapping[str, int] = field(default_factory=dict)
    decided: Mapping[str, int] = field(default_factory=dict)
    tagged: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """A cluster of duplicates: documents by source, most first."""

    cluster_id: str
    size: int
    survivor_id: str
    sources: Mapping[str, int]


@dataclass(frozen=True)
class Twins:
    """Duplicates: how many clusters of which size, twins by relation, the largest clusters.

    ``overlaps`` counts twins by (source of the twin, source of its survivor). ``lost`` are twins of
    whose cluster nothing is left in the corpus.
    """

    sizes: Mapping[int, int] = field(default_factory=dict)
    relations: Mapping[str, int] = field(default_factory=dict)
    largest: Sequence[Cluster] = ()
    overlaps: Mapping[tuple[str, str], int] = field(default_factory=dict)
    lost: int = 0


@dataclass(frozen=True)
class Personal:
    """Findings of one kind of personal data in one source, and in how many documents."""

    kind: str
    source: str
    replaced: int
    kept: int
    dropped: int
    documents: int


@dataclass(frozen=True)
class Privacy:
    """Personal data found; documents that were left out for it, and those whose search failed."""

    found: Sequence[Personal] = ()
    left_out: int = 0
    failed: int = 0


@dataclass(frozen=True)
class ShardSet:
    """A shard set that was written; ``content`` and ``lineage`` are {} where ``unread`` says why.

    They are the two parts of its manifest.
    """

    stage: str
    digest: str
    recipe_digest: str
    tokens_version: int
    shards: int
    sequences: int
    tokens: int
    manifest: str
    content: Mapping[str, Any] = field(default_factory=dict)
    lineage: Mapping[str, Any] = field(default_factory=dict)
    unread: str = ""


@dataclass(frozen=True)
class PinState:
    """A table version that a shard set needs, and how it does, without asking what time it is."""

    digest: str
    table: str
    version: int
    need: str
    level: str
    state: str
    why: str


@dataclass(frozen=True)
class Facts:
    """Everything on the page.

    ``recipe`` is the resolved one that ``selection`` was made by, {} where no set tells it.
    """

    place: str
    corpusmill: str
    tables: Sequence[TableState]
    quarantined: Mapping[str, int] = field(default_factory=dict)
    flows: Sequence[Flow] = ()
    provenance: Sequence[Provenance] = ()
    reasons: Reasons = field(default_factory=Reasons)
    losses: Sequence[Loss] = ()
    distributions: Distributions = field(default_factory=Distributions)
    buckets: Sequence[tuple[str, int, int, int, int]] = ()
    twins: Twins = field(default_factory=Twins)
    privacy: Privacy = field(default_factory=Privacy)
    edited: Mapping[str, int] = field(default_factory=dict)
    sets: Sequence[ShardSet] = ()
    pins: Sequence[PinState] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    samples: Samples = field(default_factory=Samples)

    def of(self, by: str) -> list[Flow]:
        """The groups of one kind, most tokens first, then most documents, then by name."""
        own = [flow for flow in self.flows if flow.by == by]
        return sorted(own, key=lambda flow: (-flow.tokens, -flow.accepted, flow.name))

    @property
    def whole(self) -> Flow:
        """All documents as one group."""
        own = self.of("source")
        sums = {
            name: sum(getattr(flow, name) for flow in own)
            for name in Flow.__dataclass_fields__
            if name not in ("by", "name")
        }
        return Flow("all", "all", **sums)

    def has(self, table: str) -> bool:
        """Whether a table was there and filled, if without rows."""
        return any(state.name == table and state.is_filled for state in self.tables)

    def rows(self, table: str) -> int:
        """How many rows a table had."""
        return sum(state.rows for state in self.tables if state.name == table)
