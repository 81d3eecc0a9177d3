"""What is told of findings: how many of which kind became what, and on what recognisers failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpusmill.pii.rules import DROP, SURROGATE
from corpusmill.refusal import Stopped

WHOLE = "DOCUMENT"  # the kind of a row that says that a recogniser failed
_TOLD = 3  # recognisers that a message names


@dataclass(frozen=True)
class Tally:
    """Findings of one kind with one action; of failures those of one recogniser.

    ``example`` is the smallest id of a document that has one.
    """

    kind: str
    action: str
    recogniser: str | None
    findings: int
    example: str


def told(tallies: Sequence[Tally]) -> dict[str, Any]:
    """``findings`` by kind and action, and how many documents ``failed``."""
    found: dict[str, dict[str, int]] = {}
    for tally in sorted(tallies, key=lambda each: (each.kind, each.action)):
        if tally.kind != WHOLE:
            found.setdefault(tally.kind, {})[tally.action] = tally.findings
    return {"findings": found, "failed": _failed(tallies)}


def surrogates(tallies: Sequence[Tally]) -> int:
    """Findings that become surrogates."""
    return sum(tally.findings for tally in tallies if tally.action == SURROGATE)


def drops(tallies: Sequence[Tally]) -> bool:
    """Whether any document goes no further."""
    return any(tally.action == DROP for tally in tallies)


def check_failures(tallies: Sequence[Tally], documents: int, share: float) -> None:
    """Raise ``Stopped`` where recognisers failed on more than ``share`` of the documents.

    The message names the worst three, each with the id of a document.
    """
    lost = _failed(tallies)
    if not lost or lost <= share * documents:
        return
    worst = [tally for tally in tallies if tally.kind == WHOLE]
    worst.sort(key=lambda each: (-each.findings, each.recogniser or ""))
    told = "; ".join(
        f"{each.recogniser} on {each.findings}, one is {each.example}" for each in worst[:_TOLD]
    )
    raise Stopped(
        f"runtime.guards.pii_failed_share: analysis failed on {lost} of {documents} documents, "
        f"more than {share:.4g}: {told}"
    )


def _failed(tallies: Sequence[Tally]) -> int:
    """Documents on which a recogniser failed: each has one row that says so."""
    return sum(tally.findings for tally in tallies if tally.kind == WHOLE)
