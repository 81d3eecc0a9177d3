"""How much of the labelled personal data a finder finds, and how much else: exact counts, by kind.

Whatever finds spans can be measured. A label is found strictly where a finding has its kind, start
and end, and by overlap where a finding of its kind shares a character with it. One finding finds
one label: equal ones belong together first; then each label, by start and end, takes the first
finding left, by start and end.

- Optional labels are neither found nor missed, and a finding that touches one of any type is no
  false alarm.
- Labels of types that nobody asked for are left out. A finding on them counts by its own kind.
- Damage are characters that a finding covers and no label of any type does, optional ones included.
- Leaked are characters of labels asked for, optional ones apart, that no finding covers.
- Findings of kinds that nobody asked for do not exist.

All of it is counted once more for the texts of each language and each source that rows name.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from corpusmill.pii.labelled import Labelled
from corpusmill.pii.rules import MILLION
from corpusmill.pii.spans import AnalysisFailed, Span

ALL = "all"  # the kinds together
MEASURES = ("strict", "overlap")
GROUPS = ("languages", "sources")

Find = Callable[[Labelled], list[Span]]
Place = tuple[int, int]
Example = dict[str, Any]


@dataclass
class Hits:
    """Labels that were found, labels that were not, findings that found none."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0

    def add(self, labelled: int, missed: int, false_alarms: int) -> None:
        """What came of one text."""
        self.hits += labelled - missed
        self.misses += missed
        self.false_alarms += false_alarms

    @property
    def figures(self) -> dict[str, int | None]:
        """The counts, and their ratios in millionths.

        Precision is None where nothing counts as found, recall and F2 where nothing is labelled.
        """
        hits, misses, alarms = self.hits, self.misses, self.false_alarms
        f2 = ratio(5 * hits, 5 * hits + 4 * misses + alarms) if hits + misses else None
        return {
            **vars(self),
            "precision": ratio(hits, hits + alarms),
            "recall": ratio(hits, hits + misses),
            "f2": f2,
        }


@dataclass
class Tally:
    """What was counted of one kind, or of all of them."""

    found: int = 0
    labelled: int = 0
    optional: int = 0
    damage: int = 0
    leaked: int = 0
    strict: Hits = field(default_factory=Hits)
    overlap: Hits = field(default_factory=Hits)

    def figures(self, characters: int) -> dict[str, Any]:
        """The counts and ratios; damage also for a million characters of text."""
        counts = {name: count for name, count in vars(self).items() if name not in MEASURES}
        return {
            **counts,
            "damage_per_million": ratio(self.damage, characters),
            **{name: getattr(self, name).figures for name in MEASURES},
        }


@dataclass
class Evaluation:
    """What came of all texts, or of those of one language or source.

    ``failed`` texts are those on which the finder broke down: they are in no other number.
    ``left_out`` are labels that nobody asked for, by type. ``missed`` and ``false_alarms`` are
    the first places of each kind, by overlap. ``groups`` are the same of the texts of each
    language and source, without examples.
    """

    tallies: dict[str, Tally]
    examples: int
    texts: int = 0
    characters: int = 0
    failed: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    missed: dict[str, list[Example]] = field(default_factory=dict)
    false_alarms: dict[str, list[Example]] = field(default_factory=dict)
    groups: dict[str, dict[str, Evaluation]] = field(
        default_factory=lambda: {name: {} for name in GROUPS}
    )

    @classmethod
    def of_nothing(cls, kinds: Iterable[str], examples: int) -> Evaluation:
        """Before the first text."""
        return cls({kind: Tally() for kind in kinds}, examples)

    def groups_of(self, row: Labelled) -> list[Evaluation]:
        """Those of the groups that a text belongs to."""
        names = {"languages": row.language, "sources": row.source}
        return [
            self.groups[by].setdefault(name, Evaluation.of_nothing(self.tallies, 0))
            for by, name in names.items()
            if name is not None
        ]

    @property
    def figures(self) -> dict[str, Any]:
        """All numbers, as values that have one JSON text."""
        groups = {
            by: {name: group.numbers for name, group in sorted(groups.items())}
            for by, groups in self.groups.items()
        }
        return {**self.numbers, **groups}

    @property
    def numbers(self) -> dict[str, Any]:
        """The figures without those of groups."""
        return {
            "texts": self.texts,
            "characters": self.characters,
            "failed": len(self.failed),
            "left_out": dict(sorted(self.left_out.items())),
            "kinds": {kind: tally.figures(self.characters) for kind, tally in self.tallies.items()},
        }

    @property
    def cases(self) -> dict[str, Any]:
        """The examples: ids of texts, with the places of what was missed or found in vain."""
        failed = self.failed[: self.examples]
        return {"missed": self.missed, "false_alarms": self.false_alarms, "failed": failed}

    def keep(self, told: dict[str, list[Example]], kind: str, of: str, places: list[Place]) -> None:
        """Add places of a text to the examples of a kind, while there are too few."""
        room = self.examples - len(told.get(kind, []))
        new = [{"id": of, "start": start, "end": end} for start, end in places[: max(0, room)]]
        if new:
            told.setdefault(kind, []).extend(new)


def evaluate(
    rows: Iterable[Labelled],
    find: Find,
    kinds: Sequence[str],
    named: Mapping[str, str] = MappingProxyType({}),
    examples: int = 0,
) -> Evaluation:
    """Count what ``find`` finds of ``kinds`` in labelled texts.

    ``named`` are label types under the name of the kind that they are, where that is another.
    """
    found = Evaluation.of_nothing((*kinds, ALL), examples)
    for row in rows:
        parts = [found, *found.groups_of(row)]
        try:
            spans = find(row)
        except AnalysisFailed:
            for part in parts:
                part.failed.append(row.id)
            continue
        for part in parts:
            _count(part, row, spans, named)
    return found


def ratio(part: int, whole: int) -> int | None:
    """In millionths, the nearest, halves up; None of nothing."""
    return (2 * MILLION * part + whole) // (2 * whole) if whole else None


def covered(places: Iterable[Place]) -> int:
    """How many characters at least one of the places covers."""
    total = reached = 0
    for start, end in sorted(places):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _count(
    found: Evaluation, row: Labelled, spans: Sequence[Span], named: Mapping[str, str]
) -> None:
    """Add what was found in one text."""
    kinds = set(found.tallies) - {ALL}
    labels = [(named.get(label.type, label.type), label) for label in row.labels]
    places = _Places(
        [(span.kind, (span.start, span.end)) for span in spans if span.kind in kinds],
        [(kind, (of.start, of.end)) for kind, of in labels if not of.optional],
        [(kind, (of.start, of.end)) for kind, of in labels if of.optional],
    )
    found.texts += 1
    found.characters += len(row.text)
    found.left_out.update(of.type for kind, of in labels if kind not in kinds)
    _add_characters(found.tallies[ALL], places, kinds)
    for kind in sorted(kinds):
        _add_characters(found.tallies[kind], places, {kind})
        missed, alarms = _add_hits([found.tallies[kind], found.tallies[ALL]], places, kind)
        found.keep(found.missed, kind, row.id, missed)
        found.keep(found.false_alarms, kind, row.id, alarms)


@dataclass(frozen=True)
class _Places:
    """Where in a text something was found or labelled, with its kind."""

    findings: list[tuple[str, Place]]
    wanted: list[tuple[str, Place]]
    optional: list[tuple[str, Place]]


def _of(placed: Iterable[tuple[str, Place]], kinds: set[str]) -> list[Place]:
    return [place for kind, place in placed if kind in kinds]


def _add_characters(tally: Tally, places: _Places, kinds: set[str]) -> None:
    """Add the damage of findings and the leaks of labels of these kinds."""
    labelled = [place for _, place in (*places.wanted, *places.optional)]
    findings = [place for _, place in places.findings]
    tally.damage += covered([*_of(places.findings, kinds), *labelled]) - covered(labelled)
    tally.leaked += covered([*_of(places.wanted, kinds), *findings]) - covered(findings)


def _add_hits(
    tallies: Sequence[Tally], places: _Places, kind: str
) -> tuple[list[Place], list[Place]]:
    """Add what was found of a kind; the places missed and those found in vain, by overlap."""
    wanted, findings = Counter(_of(places.wanted, {kind})), Counter(_of(places.findings, {kind}))
    unequal = sorted((wanted - findings).elements()), sorted((findings - wanted).elements())
    apart = _paired(*unequal)
    optional = [place for _, place in places.optional]
    alarms = [_clear_of(optional, left) for _, left in (unequal, apart)]
    for tally in tallies:
        tally.found += findings.total()
        tally.labelled += wanted.total()
        tally.optional += len(_of(places.optional, {kind}))
        tally.strict.add(wanted.total(), len(unequal[0]), len(alarms[0]))
        tally.overlap.add(wanted.total(), len(apart[0]), len(alarms[1]))
    return apart[0], alarms[1]


def _paired(labels: Iterable[Place], findings: Iterable[Place]) -> tuple[list[Place], list[Place]]:
    """What is left when each label takes the first finding that overlaps it; both are sorted."""
    missed, unmatched, free = [], [], deque(findings)
    for start, end in labels:
        while free and free[0][1] <= start:  # before this label, so before all that follow
            unmatched.append(free.popleft())
        if free and free[0][0] < end:
            free.popleft()
        else:
            missed.append((start, end))
    return missed, [*unmatched, *free]


def _clear_of(others: Sequence[Place], places: Iterable[Place]) -> list[Place]:
    """The places that share no character with any of the others."""
    return [
        (start, end)
        for start, end in places
        if not any(first < end and start < last for first, last in others)
    ]
