"""What a reader needs to use a corpus: its recipe, how to cite and rebuild it, its limits."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corpusmill.pii.rules import KINDS, NAMES, NATIONAL
from corpusmill.report.facts import Facts, ShardSet
from corpusmill.report.processing import likeness
from corpusmill.report.wording import share

_UNKNOWN = "unknown"
_SYNTHETIC = "synthetic"
_PUBLISHED_FOR = "en"  # the language that the filters' limits were published for
_HIDDEN = "allow"  # values that stay although they look personal


def recipe_of(facts: Facts) -> Mapping[str, Any]:
    """The resolved recipe of the newest set that can be read; {} without any."""
    found: Mapping[str, Any] = next((s.content["recipe"] for s in facts.sets if s.content), {})
    return found


def flattened(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The values of a recipe by dotted key; of values that look personal only their number."""
    if key.rpartition(".")[2] == _HIDDEN and value:
        yield key, f"({len(value)} values)"
    elif isinstance(value, Mapping) and value:
        for name, inner in sorted(value.items()):
            yield from flattened(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and not any(isinstance(inner, Mapping) for inner in value):
        yield key, ", ".join(map(str, value)) or "none"
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from flattened(inner, f"{key}[{place}]")
    else:
        yield key, "none" if value in (None, {}) else str(value)


def commands(found: ShardSet, place: str) -> list[tuple[str, str]]:
    """What each command proves, and the command; a set stands in ``shards`` of its output."""
    verify = f"corpusmill verify-shards \\\n  --manifest {shlex.quote(found.manifest)}"
    output = shlex.quote(str(Path(found.manifest).parents[2]))
    here = f"\\\n  --warehouse {shlex.quote(place)} \\\n  --output {output}"
    rebuild = "Build the shards again from the pinned tokens and compare every byte"
    replay = "Replay every stage from the raw documents and compare; add the --conf and --set"
    why = "Tell why a document is, or is not, in the corpus"
    return [
        ("Check every file against its SHA-256", verify),
        (rebuild, f"{verify} {here} --rebuild"),
        (f"{replay} that the set was made with, if any", f"{verify} {here} --deep"),
        (why, f"corpusmill explain DOC_ID {here}"),
    ]


def citation(found: ShardSet) -> str:
    """A BibTeX entry; the year is that of the commit of its tokens."""
    committed = found.lineage.get("tables", {}).get("tokens", {}).get("committed") or ""
    package = found.lineage.get("packages", {}).get("corpusmill", "")
    lines = [
        f"title = {{Corpus {found.stage}: {found.tokens:,} tokens}}",
        *([f"year  = {{{committed[:4]}}}"] if committed else []),
        f"note  = {{Made with Corpusmill {package}; shard set SHA-256 {found.digest}, "
        f"recipe SHA-256 {found.recipe_digest}}}",
    ]
    inside = ",\n  ".join(lines)
    return f"@misc{{corpusmill-{found.stage}-{found.digest[:16]},\n  {inside}\n}}"


def limits(facts: Facts) -> list[str]:
    """What a user of the corpus should know that it does not do, with its own numbers."""
    return [*_of_provenance(facts), *_of_languages(facts), *_of_privacy(facts), *_of_twins(facts)]


def _of_provenance(facts: Facts) -> Iterator[str]:
    whole = facts.whole
    unstated = sum(own.tokenised for own in facts.provenance if not own.licence)
    if unstated:
        part = share(unstated, whole.tokenised)
        yield f"No licence is stated for {unstated:,} documents ({part}): ask their sources."
    for origin, what in ((_UNKNOWN, "of unknown origin"), (_SYNTHETIC, "synthetic")):
        tokens = sum(own.tokens for own in facts.provenance if own.origin == origin)
        if tokens:
            yield f"{share(tokens, whole.tokens)} of the tokens are {what}."


def _of_languages(facts: Facts) -> Iterator[str]:
    other = sum(f.tokenised for f in facts.of("language") if f.name != _PUBLISHED_FOR)
    if other and recipe_of(facts).get("quality", {}).get("filters"):
        part = share(other, facts.whole.tokenised)
        yield (
            f"The limits of most quality filters were published for English; {other:,} documents "
            f"({part}) are in other languages."
        )
    yield "Languages are a model's labels: short, mixed and closely related ones are less sure."


def _of_privacy(facts: Facts) -> Iterator[str]:
    pii = recipe_of(facts).get("pii")
    missing = [] if pii is None else _not_looked_for(pii)
    if missing:
        yield f"Not looked for in the texts: {', '.join(missing)}. Such data may be in the corpus."
    yield "The search for personal data misses some: patterns and scores are no guarantee."


def _not_looked_for(pii: Mapping[str, Any]) -> list[str]:
    policies = (*pii["languages"].values(), *pii["sources"].values())
    asked = {*pii["kinds"], *(kind for own in policies for kind in own["kinds"] or ())}
    missing = [kind for kind in (*KINDS, *NAMES) if kind not in asked]
    national = sum(kind not in asked for kind in NATIONAL)
    return [*missing, *([f"{national} kinds of ids of single countries"] if national else [])]


def _of_twins(facts: Facts) -> Iterator[str]:
    yield f"Near duplicates {_missed(recipe_of(facts).get('dedup', {}).get('verify'))}."
    if facts.twins.lost:
        yield f"{facts.twins.lost:,} duplicates were lost with the document that stood for them."


def _missed(verify: Mapping[str, Any] | None) -> str:
    if verify is None:
        found = "are found by MinHash buckets: some pairs below the similarity share one"
        return f"{found}, and some above it do not"
    found = f"are pairs of a MinHash bucket with {likeness(verify)}: some such pairs share none"
    wrong = ", and estimates are off by some" if verify["measure"] == "estimate" else ""
    return f"{found}{wrong}"
