"""Where the places of a text are in the text with its edits applied, and the other way round."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from corpusmill.pii.spans import Edit, owned_segments

_START, _CLEAN_START = attrgetter("start"), attrgetter("clean_start")


class _Stretch(NamedTuple):
    """``start..end`` of the text stands at ``clean_start..clean_end`` of the clean one."""

    start: int
    end: int
    clean_start: int
    clean_end: int


class Offsets:
    """The places of a text before and after ``apply_edits``, in code points."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        """By the edits in the order in which they were applied."""
        self._stretches: list[_Stretch] = []
        self._replacements: dict[int, tuple[int, int]] = {}
        shift = 0  # of what stands behind the stretches so far
        for start, end, owner in owned_segments(edits):
            clean_start = clean_end = start + shift
            if owner not in self._replacements:
                clean_end += len(edits[owner].replacement)
                self._replacements[owner] = clean_start, clean_end
            self._stretches.append(_Stretch(start, end, clean_start, clean_end))
            shift = clean_end - end

    def to_clean(self, offset: int) -> int:
        """Where a character is, or the beginning of what stands in its place."""
        at = bisect_right(self._stretches, offset, key=_START)
        if not at:
            return offset
        last = self._stretches[at - 1]
        return last.clean_start if offset < last.end else offset - last.end + last.clean_end

    def to_text(self, offset: int) -> int:
        """Where a character of the clean text was, or the beginning of what it stands for."""
        at = bisect_right(self._stretches, offset, key=_CLEAN_START)
        if not at:
            return offset
        last = self._stretches[at - 1]
        return last.start if offset < last.clean_end else offset - last.clean_end + last.end

    def replacement(self, index: int) -> tuple[int, int] | None:
        """(start, end) of an edit's replacement in the clean text; None: it left no trace."""
        return self._replacements.get(index)
