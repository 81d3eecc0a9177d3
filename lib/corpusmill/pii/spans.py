"""Spans of a text: what was found, which finding wins, and the text with spans replaced.

All offsets are code points of the original text, ends exclusive.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace


class AnalysisFailed(RuntimeError):
    """A recogniser broke down on a text, so nobody knows what it holds. Never quotes the text."""

    def __init__(self, recogniser: str) -> None:
        """By Presidio's name of the recogniser."""
        super().__init__(recogniser)
        self.recogniser = recogniser

    def __str__(self) -> str:
        """Name the recogniser."""
        return f"{self.recogniser} failed on a text"


@dataclass(frozen=True)
class Span:
    """A finding. ``score`` is in millionths."""

    kind: str
    start: int
    end: int
    recogniser: str
    score: int


@dataclass(frozen=True)
class Edit:
    """``text[start:end]`` becomes ``replacement``; ``step`` names who wanted it.

    Raises ValueError when the span is empty or begins before the text.
    """

    step: str
    start: int
    end: int
    replacement: str

    def __post_init__(self) -> None:
        """Refuse a span that covers nothing."""
        if not 0 <= self.start < self.end:
            raise ValueError(f"edit of step {self.step}: no span {self.start}..{self.end}")


def resolve_overlaps(spans: Iterable[Span]) -> list[Span]:
    """The spans without overlaps, by start: together they cover what they covered before.

    Each character belongs to the first span that covers it, in this order: higher score, longer,
    earlier start, kind, recogniser. A span that lost some of its characters stays as the pieces
    that are left of it. Any order of the input gives the same answer.
    """
    taken: list[Span] = []
    for group in overlapping_groups(spans):
        taken += _shared(group)
    return taken


def left_over(spans: Iterable[Span], taken: list[Span]) -> list[Span]:
    """The pieces of spans that none of the ``taken`` covers, which lie in order and apart."""
    starts = [span.start for span in taken]
    return [piece for span in spans for piece in _left_of(span, taken, starts)]


def overlapping_groups(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans that hang together through overlaps, group by group in order."""
    group: list[Span] = []
    end = -1
    for span in sorted(set(spans), key=lambda span: (span.start, span.end)):
        if group and span.start >= end:
            yield group
            group = []
        group.append(span)
        end = span.end if len(group) == 1 else max(end, span.end)
    if group:
        yield group


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made at once; the earlier an edit in the sequence, the more it may.

    Each character belongs to the first edit that covers it, so whatever an edit covers is gone. An
    edit that lost some characters still puts its replacement before the first it has left; one
    that lost all of them leaves no trace. Raises ValueError when an edit ends past the text.
    """
    pieces: list[str] = []
    seen: set[int] = set()
    done = 0
    for start, end, owner in owned_segments(edits):
        if end > len(text):
            raise ValueError(f"edit of step {edits[owner].step}: ends past the text")
        pieces.append(text[done:start])
        if owner not in seen:
            pieces.append(edits[owner].replacement)
        seen.add(owner)
        done = end
    return "".join([*pieces, text[done:]])


def _shared(group: list[Span]) -> list[Span]:
    taken: list[Span] = []
    starts: list[int] = []
    for span in sorted(group, key=_precedence):
        for piece in _left_of(span, taken, starts):
            at = bisect.bisect_left(starts, piece.start)
            taken.insert(at, piece)
            starts.insert(at, piece.start)
    return taken


def _left_of(span: Span, taken: list[Span], starts: list[int]) -> list[Span]:
    """The pieces of a span that none of the taken ones covers; those lie in order."""
    pieces = []
    at = bisect.bisect_right(starts, span.start)
    begin = max(span.start, taken[at - 1].end) if at else span.start
    while at < len(taken) and starts[at] < span.end:
        if begin < starts[at]:
            pieces.append(replace(span, start=begin, end=starts[at]))
        begin = taken[at].end
        at += 1
    if begin < span.end:
        pieces.append(replace(span, start=begin))
    return pieces


def _precedence(span: Span) -> tuple[int, int, int, str, str]:
    return -span.score, span.start - span.end, span.start, span.kind, span.recogniser


def owned_segments(edits: Sequence[Edit]) -> Iterator[tuple[int, int, int]]:
    """(start, end, index of the edit) for each stretch of text that an edit owns, in order."""
    waiting = sorted(range(len(edits)), key=lambda index: edits[index].start, reverse=True)
    active: list[int] = []
    at = 0
    while waiting or active:
        if not active:
            at = edits[waiting[-1]].start
        while waiting and edits[waiting[-1]].start <= at:
            heapq.heappush(active, waiting.pop())
        while active and edits[active[0]].end <= at:
            heapq.heappop(active)
        if not active:
            continue
        owner = active[0]
        end = _end_of_ownership(edits, owner, waiting)
        yield at, end, owner
        at = end


def _end_of_ownership(edits: Sequence[Edit], owner: int, waiting: list[int]) -> int:
    """Up to where ``owner`` owns for sure: its end, or the start of the next edit."""
    end = edits[owner].end
    return min(end, edits[waiting[-1]].start) if waiting else end
