"""What becomes of each finding, and which of those that overlap has which characters.

Actions come before overlaps: a finding that stays must not shield one that goes, and values and
numbers of findings are those of findings, not of the pieces that overlaps leave.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate

from corpusmill.pii.addresses import KIND as ADDRESS
from corpusmill.pii.addresses import is_public
from corpusmill.pii.rules import DROP, KEEP, PLACEHOLDER, PiiRules
from corpusmill.pii.spans import Span, left_over, overlapping_groups, resolve_overlaps

_PHONE = "PHONE_NUMBER"

Decided = tuple[Span, str]


def decided(found: Iterable[Span], text: str, rules: PiiRules) -> list[Decided]:
    """Findings, overlaps and all, as spans with their actions: by start, none overlapping another.

    A kind has the action that ``rules.actions`` says. Allowed values stay (``keep``), with what
    lies inside of one; of ``@host`` only the addresses. Where a kind has more findings than
    ``rules.drop_beyond`` allows, all that is not allowed has the action ``drop``; findings of one
    kind that overlap count as one.

    What goes from the text has its characters first, shared by ``resolve_overlaps``; what stays has
    those that are left. Addresses of networks that are not public are no findings where the rules
    say so, and a phone number inside an address that stays is none unless it scores higher.
    """
    spans = set(found)
    private = _private(spans, text, rules)
    allowed = _allowed(spans, text, rules)
    kept = {span for span in spans if rules.actions.get(span.kind) == KEEP}
    spans -= _misread(spans, {span for span in private | allowed | kept if span.kind == ADDRESS})
    spans -= _inside((span for span in spans if span.kind == ADDRESS), private)
    action = _action_by_kind(spans - allowed, rules)
    goes = {span for span in spans - allowed if action[span.kind] != KEEP}
    hiding = resolve_overlaps(goes)
    staying = left_over(resolve_overlaps(spans - goes), hiding)
    pairs = [(span, action[span.kind]) for span in hiding] + [(span, KEEP) for span in staying]
    return sorted(pairs, key=lambda pair: pair[0].start)


def _private(spans: Iterable[Span], text: str, rules: PiiRules) -> set[Span]:
    """The addresses that are none because nobody on the internet has them."""
    if rules.ip_addresses == "all":
        return set()
    addresses = (span for span in spans if span.kind == ADDRESS)
    return {span for span in addresses if not is_public(text[span.start : span.end])}


def _allowed(spans: set[Span], text: str, rules: PiiRules) -> set[Span]:
    """The findings that may stay for their value."""
    if not rules.allow:
        return set()
    listed = {value.casefold() for value in rules.allow}
    values = {span: text[span.start : span.end].casefold() for span in spans}
    named = {span for span, value in values.items() if value in listed}
    at_host = {span for span, value in values.items() if _host_of(value) in listed}
    return named | at_host | _inside(spans, named)


def _host_of(value: str) -> str | None:
    """``@host`` of an address."""
    return value[value.rindex("@") :] if "@" in value else None


def _misread(spans: Iterable[Span], addresses: Iterable[Span]) -> set[Span]:
    """The phone numbers that are parts of addresses which score as high or higher."""
    by_score = defaultdict(list)
    for span in spans:
        if span.kind == _PHONE:
            by_score[span.score].append(span)
    addresses = list(addresses)
    return {
        phone
        for score, phones in by_score.items()
        for phone in _inside(phones, (other for other in addresses if other.score >= score))
    }


def _inside(spans: Iterable[Span], covers: Iterable[Span]) -> set[Span]:
    """The spans that lie in one of the covers, in linear time but for a sort."""
    places = sorted((cover.start, cover.end) for cover in covers)
    starts = [start for start, _ in places]
    ends = [0, *accumulate((end for _, end in places), max)]  # of those begun so far
    return {span for span in spans if span.end <= ends[bisect_right(starts, span.start)]}


def _action_by_kind(spans: Iterable[Span], rules: PiiRules) -> dict[str, str]:
    by_kind = defaultdict(list)
    for span in spans:
        by_kind[span.kind].append(span)
    for kind, most in rules.drop_beyond.items():
        if sum(1 for _ in overlapping_groups(by_kind.get(kind, []))) > most:
            return dict.fromkeys(by_kind, DROP)
    return {kind: rules.actions.get(kind, PLACEHOLDER) for kind in by_kind}
