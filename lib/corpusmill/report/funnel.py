"""Where documents go: the steps from records to tokens, and what each reason means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpusmill.quality.filters import FILTERS
from corpusmill.quality.url_list import NAME as URLS
from corpusmill.report.facts import Facts
from corpusmill.report.wording import about, reading
from corpusmill.selection import ASKED

# What selection asks, by what reasons begin with, in the order in which it does.
_STEPS = (
    ("Language", "language"),
    ("Quality", "quality", URLS, *FILTERS),
    ("Classifiers", "classifier"),
    ("Duplicates", "duplicate"),
    ("Domain cap", "domain"),
)
_ALWAYS = ("Language", "Quality", "Duplicates")
_SAID = {
    "language.unknown": "no language reached its threshold",
    "language.not_selected": "in a language that the recipe does not ask for",
    "quality.not_scored": "scoring has no row of it",
    "duplicate.exact": "a copy of a document that stays",
    "duplicate.address": "found at the address of a document that stays",
    "duplicate.near": "nearly the same as a document that stays",
    "domain.over_cap": "past the most documents of one registered domain",
    URLS: "its address is on the list of unwanted hosts and addresses",
}
_CUT = ".below_cut"


@dataclass(frozen=True)
class Step:
    """A stage of the funnel: documents that leave it, those it lost, and why, most first."""

    name: str
    tables: str
    documents: int
    lost: int = 0
    reasons: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Rule:
    """A reason that drops: how many it decided, how many it speaks against, what is left after."""

    name: str
    decided: int
    dropped: int
    left: int


def place_of(reason: str) -> tuple[int, str]:
    """What sorts reasons in the order in which they are asked; unknown ones last."""
    first = reason.partition(".")[0]
    return ASKED.index(first) if first in ASKED else len(ASKED), reason


def steps(facts: Facts) -> list[Step]:
    """The funnel, as far as the tables reach."""
    whole = facts.whole
    refused = sum(facts.quarantined.values())
    found = [
        Step("Records read", "raw_documents, quarantine", whole.records + refused),
        Step("Accepted", "raw_documents", whole.records, refused, [*facts.quarantined.items()]),
    ]
    if whole.accepted != whole.records:
        found.append(Step("Long ones split", "raw_documents", whole.accepted))
    if facts.has("documents"):
        found.append(Step("Normalised", "documents", whole.documents))
    if facts.has("selection"):
        found += _decided(facts)
    if facts.has("clean_documents"):
        privacy = facts.privacy
        why = {"too much personal data": privacy.left_out - privacy.failed}
        why["search for personal data failed"] = privacy.failed
        lost = max(0, whole.kept - whole.clean)
        reasons = [(name, count) for name, count in why.items() if count]
        found.append(Step("Cleaned", "clean_documents", whole.clean, lost, reasons))
    if facts.has("tokens"):
        lost = max(0, whole.clean - whole.tokenised)
        found.append(Step("Tokenised", "tokens", whole.tokenised, lost))
    return found


def rules(facts: Facts) -> list[Rule]:
    """Every reason that dropped a document, in the order in which they are asked."""
    left, found = facts.whole.documents, []
    for name in sorted(facts.reasons.dropped, key=place_of):
        decided = facts.reasons.decided.get(name, 0)
        left -= decided
        found.append(Rule(name, decided, facts.reasons.dropped[name], left))
    return found


def meaning(reason: str, recipe: Mapping[str, Any]) -> str:
    """A reason in plain words, with its limit where the resolved recipe says one."""
    group, _, rule = reason.partition(".")
    if group in FILTERS:
        return _broken(group, rule, recipe)
    if group == "classifier":
        name = rule.removesuffix(_CUT)
        cut = recipe.get("selection", {}).get("classifier_cuts", {}).get(name)
        return f"score of classifier {name} below {'its cut' if cut is None else cut}"
    return _SAID.get(reason, _SAID.get(group, ""))


def _broken(group: str, name: str, recipe: Mapping[str, Any]) -> str:
    rule = next((rule for rule in FILTERS[group].rules if rule.name == name), None)
    if rule is None:
        return ""
    limit = recipe.get("quality", {}).get("filters", {}).get(group, {}).get(rule.limit)
    side = "under" if rule.limit.startswith("min_") else "over"
    bound = "the limit" if not isinstance(limit, int) else reading(limit, rule.signal)
    return f"{side} {bound}: {about(rule.signal)}"


def _decided(facts: Facts) -> list[Step]:
    left, found = facts.whole.documents, []
    for name, *groups in _STEPS:
        own = [
            (reason, count)
            for reason, count in facts.reasons.decided.items()
            if reason.partition(".")[0] in groups
        ]
        lost = sum(count for _, count in own)
        left -= lost
        if lost or name in _ALWAYS:
            found.append(Step(name, "selection", left, lost, own))
    return found
