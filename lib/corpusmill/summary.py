"""What happened at each stage: counts for scripts, and lines for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import Any

from corpusmill.report.facts import UNIDENTIFIED, Facts


def summarise(facts: Facts) -> dict[str, Any]:
    """Counts of documents, reasons, twins, findings and tokens."""
    whole, reasons, twins = facts.whole, facts.reasons, facts.twins
    pii: Counter[str] = Counter()
    for found in facts.privacy.found:
        pii[found.kind] += found.replaced
    languages = {flow.name: flow.documents for flow in facts.of("language")}
    languages.pop(UNIDENTIFIED, None)
    return {
        "raw_documents": whole.accepted,
        "quarantined": dict(facts.quarantined),
        "documents": whole.documents,
        "languages": _ordered(languages),
        "scored": whole.scored,
        "dropped": dict(reasons.dropped),
        "tagged": dict(reasons.tagged),
        "decided": dict(reasons.decided),
        "kept": whole.kept,
        "duplicates": dict(twins.relations),
        "clusters": sum(twins.sizes.values()),
        "pii": _ordered(+pii),
        "pii_failed": facts.privacy.failed,
        "pii_dropped": facts.privacy.left_out,
        "edited_characters": dict(facts.edited),
        "clean_documents": whole.clean,
        "lost_with_survivor": twins.lost,
        "tokens": whole.tokens,
    }


def table(counts: dict[str, Any], built: dict[str, int], seconds: dict[str, float]) -> list[str]:
    """The counts, and those of the shard sets that were built, as lines for a terminal."""
    quarantined, dropped = counts["quarantined"], counts["dropped"]
    documents = counts["documents"]
    lines = [
        _row("ingest", f"{counts['raw_documents']:,} records in", _top(quarantined, "quarantined")),
        _row("languages", f"{len(counts['languages'])} found", _top(counts["languages"])),
        _row("select", f"{counts['kept']:,} of {documents:,} kept", ""),
        _row("dropped", "by reason (several may hold)", _top(dropped, most=6)),
        _row("duplicates", f"{counts['clusters']:,} clusters", _top(counts["duplicates"])),
        _row("pii", f"{sum(counts['pii'].values()):,} replaced", _top(counts["pii"], most=6)),
        _row("tokens", f"{counts['tokens']:,} tokens", f"{counts['clean_documents']:,} documents"),
        _row("shards", f"{built['shards']:,} shards", f"{built['sequences']:,} sequences"),
    ]
    lines += [_row(name, f"{spent:.1f} s", "") for name, spent in seconds.items()]
    return lines


def _ordered(found: dict[str, int]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _top(counts: dict[str, int], nothing: str = "none", most: int = 4) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:most]]
    more = len(counts) - most
    return ", ".join(shown + ([f"{more} more"] if more > 0 else [])) or f"nothing {nothing}"


def _row(name: str, first: str, second: str) -> str:
    return f"  {name:<26}{first:<30}{second}".rstrip()
