"""What a record may be, and what becomes of one that is too large: ``recipe.ingest``."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpusmill.ingest.extract import ExtractRules

LARGEST_RECORD = 64 << 20  # kernels need a dozen times as much
SHORTEST_PART = 1000


@dataclass(frozen=True)
class IngestRules:
    """Limits of what is read, all in units of content: no clock decides.

    record_bytes    a longer record is refused
    characters      a longer document is split at paragraph ends into numbered parts, or refused
    too_long        which of the two: ``split`` or ``quarantine``
    depth           brackets that may be open at once in a JSON record
    expansion       bytes that a packed byte may become, in a stretch that unpacks to 64 MiB or more
    unpacked_bytes  what a packed file may unpack to; WARC is bounded record by record
    changed_files   a file whose bytes changed under its name: ``refuse`` the run, or ``revise``
    html            limits and wishes of taking the main text out of a page
    """

    record_bytes: int = 16 << 20
    characters: int = 1_000_000
    too_long: str = "split"
    depth: int = 200
    expansion: int = 200
    unpacked_bytes: int = 1 << 40
    changed_files: str = "refuse"
    html: ExtractRules = field(default_factory=ExtractRules)

    def __post_init__(self) -> None:
        bounds = {
            "record_bytes": (1, LARGEST_RECORD),
            "characters": (SHORTEST_PART, LARGEST_RECORD),
            "depth": (1, 200),  # far below where any parser of JSON gives up
            "expansion": (2, 100_000),
            "unpacked_bytes": (1, 1 << 60),
        }
        for name, (least, most) in bounds.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} must lie between {least} and {most}")
        if self.too_long not in ("split", "quarantine"):
            raise ValueError(f"too_long {self.too_long}: allowed are split, quarantine")
        if self.changed_files not in ("refuse", "revise"):
            raise ValueError(f"changed_files {self.changed_files}: allowed are refuse, revise")
