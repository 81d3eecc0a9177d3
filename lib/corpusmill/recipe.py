"""The written recipe and the runtime: everything a run can be told.

The recipe holds whatever can change a byte of a canonical shard; the runtime whatever cannot. Each
room keeps the record of its own section beside the code that reads it; here they are put together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from corpusmill.config import NAME
from corpusmill.dedup.rules import DedupRules
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Input, Source
from corpusmill.langid.codes import canonical
from corpusmill.langid.rules import LanguageRules
from corpusmill.pii.rules import PiiRules
from corpusmill.quality.rules import QualityRules
from corpusmill.selection import SelectionRules
from corpusmill.shards.mix_rules import MixRules
from corpusmill.shards.rules import ShardRules
from corpusmill.text.normalise import NormaliseRules
from corpusmill.tokens.rules import TokenizerRules

_LOCAL = re.compile(r"local(\[(\*|[1-9][0-9]*)(,[1-9][0-9]*)?\])?|local-cluster\[[0-9, ]+\]")
_REMOTE = re.compile(r"yarn|(spark|k8s|mesos)://\S+")
_SHARES = (
    "dropped_share",
    "quarantine_share",
    "pii_failed_share",
    "source_loss",
    "language_loss",
    "duplicate_share",
    "cluster_share",
)
_LEAST = {
    **dict.fromkeys(("shuffle_partitions", "batch_rows", "batch_bytes", "block_bytes"), 1),
    **{"world_size": 1, "driver_edges": 0, "worker_timeout": 0, "broadcast_rows": 0},
}
_LEAST_OF_GUARDS = {
    **dict.fromkeys(("bucket_size", "shard_bytes", "loss_documents", "cluster_documents"), 1),
    "frequent_passages": 0,
}
_PINS = ("guarded", "materialised")
_MEMORY = re.compile(r"auto|(?i:[1-9][0-9]*[kmgt]b?)")


@dataclass(frozen=True)
class Recipe:
    """What is wanted. Its resolved form (``corpusmill.resolve``) is what gets a digest."""

    seed: int = 42
    sources: dict[str, Source] = field(default_factory=dict)
    ingest: IngestRules = field(default_factory=IngestRules)
    normalise: NormaliseRules = field(default_factory=NormaliseRules)
    language: LanguageRules = field(default_factory=LanguageRules)
    quality: QualityRules = field(default_factory=QualityRules)
    selection: SelectionRules = field(default_factory=SelectionRules)
    dedup: DedupRules = field(default_factory=DedupRules)
    pii: PiiRules = field(default_factory=PiiRules)
    tokenizer: TokenizerRules = field(default_factory=TokenizerRules)
    mix: MixRules = field(default_factory=MixRules)
    shards: ShardRules = field(default_factory=ShardRules)

    def __post_init__(self) -> None:
        for name in self.sources:
            if not NAME.fullmatch(name):
                raise ValueError(f"sources: {name!r} must match [a-z0-9][a-z0-9_-]{{0,63}}")
        languages = {canonical(code): own for code, own in self.quality.languages.items()}
        if len(languages) < len(self.quality.languages):
            named = ", ".join(sorted(self.quality.languages))
            raise ValueError(f"quality.languages: two of {named} are one language")
        object.__setattr__(self, "quality", replace(self.quality, languages=languages))
        policies = {canonical(code): own for code, own in self.pii.languages.items()}
        if len(policies) < len(self.pii.languages):
            raise ValueError(
                f"pii.languages: two of {', '.join(sorted(self.pii.languages))} are one"
            )
        object.__setattr__(self, "pii", replace(self.pii, languages=policies))
        for name in self.selection.classifier_cuts:
            if name not in self.quality.classifiers:
                raise ValueError(
                    f"selection.classifier_cuts.{name}: quality.classifiers names no {name}"
                )
        self._check_buckets()

    @property
    def cuts(self) -> dict[str, float]:
        """The smallest score that goes on, by classifier: as its preset says, or else written."""
        published = {name: rules.cut for name, rules in self.quality.classifiers.items()}
        return {
            **{name: cut for name, cut in published.items() if cut is not None},
            **self.selection.classifier_cuts,
        }

    def _check_buckets(self) -> None:
        for place, stage in enumerate(self.mix.stages):
            for name in stage.classifiers:
                if name not in self.quality.classifiers:
                    raise ValueError(f"mix.stages[{place}].by: quality.classifiers names no {name}")


@dataclass(frozen=True)
class Guards:
    """Bounds past which a job stops (exit 3).

    ``source_loss`` and ``language_loss`` bound the share of its documents that selection may drop
    of a source or language with at least ``loss_documents`` of them (1: all may go), and
    ``duplicate_share`` the share of its texts that may go for a twin that reads otherwise.
    ``cluster_share`` bounds the share of all texts that are in one cluster, if they are more than
    ``cluster_documents``; both are asked of what is eligible.
    ``dropped_share`` bounds the tokens that packing leaves out of the shards of a stage.
    ``bucket_size`` bounds the documents of different words in a bucket whose pairs are verified.
    """

    quarantine_share: float = 0.05
    bucket_size: int = 1_000_000
    shard_bytes: int = 2_000_000_000
    dropped_share: float = 0.1
    pii_failed_share: float = 0.01
    source_loss: float = 0.99
    language_loss: float = 0.99
    duplicate_share: float = 0.95
    frequent_passages: int = 20_000_000
    loss_documents: int = 1_000
    cluster_share: float = 0.2
    cluster_documents: int = 10_000

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1")
        for name, least in _LEAST_OF_GUARDS.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")


@dataclass(frozen=True)
class Runtime:
    """Where and how a run is done: nothing here changes a byte of a canonical shard.

    ``broadcast_rows`` is the number of ids up to which a join sends the ids to the text instead of
    shuffling the text; ``driver_edges`` the number of edges up to which clusters are made on the
    driver, in about 250 bytes of Python each, instead of by Spark (0: never); ``batch_rows`` and
    ``batch_bytes`` bound what a kernel sees at once; ``block_bytes`` is how much of a large file a
    task reads. ``driver_memory`` is the heap of a JVM that we start; ``auto`` goes by its cores. A
    worker that says nothing for ``worker_timeout`` seconds is taken for hung, and its task fails
    (0: never); no content hangs on it. ``pin`` says how the versions that shards are
    made of are held: ``guarded`` by retention and our own vacuum, or ``materialised`` by copies.
    """

    warehouse: str = "corpusmill-data/warehouse"
    output: str = "corpusmill-data/output"
    inputs: tuple[Input, ...] = ()
    embedded: bool = False
    master: str | None = None
    driver_memory: str = "auto"
    java_options: str = (
        "-XX:+UseParallelGC -XX:GCTimeRatio=9 -XX:MinHeapFreeRatio=20 -XX:MaxHeapFreeRatio=40"
    )
    shuffle_partitions: int = 4
    broadcast_rows: int = 1_000_000
    driver_edges: int = 4_000_000
    batch_rows: int = 1_000
    batch_bytes: int = 1_000_000
    block_bytes: int = 64_000_000
    worker_timeout: int = 3_600
    world_size: int = 4
    pin: str = "guarded"
    guards: Guards = field(default_factory=Guards)

    def __post_init__(self) -> None:
        if self.master is not None and not (
            _LOCAL.fullmatch(self.master) or _REMOTE.fullmatch(self.master)
        ):
            raise ValueError(
                "master: write local, local[*], local[N] from 1 on, yarn, spark://... or k8s://..."
            )
        if not _MEMORY.fullmatch(self.driver_memory):
            raise ValueError("driver_memory: write auto, or a whole number and k, m, g or t: 3g")
        for name in ("warehouse", "output"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name}: is empty")
        if self.pin not in _PINS:
            raise ValueError(f"pin is {self.pin!r}; allowed: {', '.join(_PINS)}")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")


@dataclass(frozen=True)
class Settings:
    """A whole configuration. Raises ``ValueError`` where the two contradict one another."""

    recipe: Recipe = field(default_factory=Recipe)
    runtime: Runtime = field(default_factory=Runtime)

    def __post_init__(self) -> None:
        if self.runtime.world_size > self.recipe.shards.count:
            raise ValueError(
                f"runtime.world_size: {self.runtime.world_size} ranks, but recipe.shards.count is "
                f"{self.recipe.shards.count}; lower the one or raise the other"
            )
        if "://" in self.runtime.output:
            raise ValueError("runtime.output: must be a folder (a mounted volume too), not a URL")
