"""spaCy's way of taking a chunk apart, without a document around it.

spaCy peels what its rules call prefixes and suffixes off a chunk, one of each at a time, until a
special case or nothing is left to peel, and splits the middle at its infixes. The rules are data of
the language, and are spaCy's own here; only the walk is ours. It builds no document, and it does
not ask what cannot be: no rule takes letters apart that stand by themselves, special cases aside.
Where a special case would have to be put together again from tokens, spaCy has to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from spacy.symbols import ORTH

_REACH = 8  # characters that all suffixes but long rows of dots have at most


class Affixes:
    """The rules of one tokenizer of spaCy."""

    def __init__(self, tokenizer: Any) -> None:
        """By a tokenizer; its rules must not change afterwards."""
        self._special: dict[str, list[int]] = {
            chunk: [len(_text(piece)) for piece in pieces]
            for chunk, pieces in tokenizer.rules.items()
        }
        # Prefixes are anchored, one by one; ``search`` would look for them everywhere.
        self._prefix: Callable[..., re.Match[str] | None] = tokenizer.prefix_search.__self__.match
        self._suffix: Callable[..., re.Match[str] | None] = tokenizer.suffix_search
        self._infixes: Callable[[str], Iterator[re.Match[str]]] = tokenizer.infix_finditer
        self._whole: Callable[[str], object] = tokenizer.token_match or (lambda _: None)
        self._url: Callable[[str], object] = tokenizer.url_match or (lambda _: None)

    def lengths(self, chunk: str) -> list[int] | None:
        """The lengths of the tokens of a chunk; None where spaCy has to be asked."""
        if chunk in self._special:
            return self._special[chunk]
        before, middle, behind = self._peeled(chunk)
        found = [*before, *self._inner(middle), *reversed(behind)]
        return None if len(found) > 2 and self._joins(chunk, found) else found

    def is_one(self, chunk: str) -> bool:
        """Whether a chunk is of letters and of no special case, so that it is one token."""
        return chunk.isalpha() and chunk not in self._special

    def _peeled(self, chunk: str) -> tuple[list[int], str, list[int]]:
        """Lengths of prefixes and suffixes, outermost first, and what is left between them."""
        before: list[int] = []
        behind: list[int] = []
        last = 0
        while chunk and len(chunk) != last:
            if chunk.isalpha() or self._whole(chunk) or chunk in self._special:
                break
            last = len(chunk)
            head = self._head(chunk)
            if head and chunk[head:] in self._special:
                before.append(head)
                return before, chunk[head:], behind
            tail = self._tail(chunk[head:] if head else chunk)
            if tail and chunk[:-tail] in self._special:
                behind.append(tail)
                return before, chunk[:-tail], behind
            if head and tail and head + tail > len(chunk):
                tail = 0
            if head:
                before.append(head)
            if tail:
                behind.append(tail)
            chunk = chunk[head : len(chunk) - tail]
        return before, chunk, behind

    def _head(self, chunk: str) -> int:
        match = self._prefix(chunk)
        return match.end() - match.start() if match else 0

    def _tail(self, chunk: str) -> int:
        near = len(chunk) - _REACH
        if near <= 0:
            match = self._suffix(chunk)
        else:
            match = self._suffix(chunk, near)  # what lies before is still seen by the rules
            if match and match.start() == near:
                match = self._suffix(chunk)
        return match.end() - match.start() if match else 0

    def _inner(self, middle: str) -> list[int]:
        """What is left, as a special case, whole, or split at its infixes."""
        if not middle:
            return []
        if middle in self._special:
            return self._special[middle]
        if middle.isalpha() or self._whole(middle) or ("." in middle and self._url(middle)):
            return [len(middle)]
        return self._split(middle)

    def _split(self, middle: str) -> list[int]:
        """Pieces between infixes, and the infixes; one at the very start is none."""
        found: list[int] = []
        start = 0
        for match in self._infixes(middle):
            begin, end = match.span()
            if begin:
                found += [begin - start, end - begin]
                start = end
        return [length for length in (*found, len(middle) - start) if length]

    def _joins(self, chunk: str, lengths: list[int]) -> bool:
        """Whether some, not all, of the tokens that stand together read like a special case."""
        ends = [0]
        for length in lengths:
            ends.append(ends[-1] + length)
        return any(
            chunk[start:end] in self._special
            for first, start in enumerate(ends)
            for end in ends[first + 2 :]
        )


def _text(piece: dict[Any, Any]) -> str:
    [text] = (value for key, value in piece.items() if key in (ORTH, "ORTH"))
    return str(text)
