"""spaCy's way of taking a chunk apart, without a document around it.

spaCy peels what its rules call prefixes and suffixes off a chunk, one of each at a time, until a
special case or nothing is left to peel, and splits the middle at its infixes. The rules are data of
the language, and are spaCy's own here; only the walk is ours. It builds no document, and it does
not ask what cannot be: no rule takes letters apart that stand by themselves, special cases aside.
Tokens that stand together as those of a special case would are put together again at the end.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate, chain, groupby
from typing import Any

from spacy.symbols import ORTH
from spacy.util import (
    compile_infix_regex,
    compile_prefix_regex,
    compile_suffix_regex,
    get_lang_class,
)

_SINGLE = re.compile(r"[^\\.^$*+?{}\[\]|()]|\\[^\w]")  # a pattern for one certain character
# Characters that suffixes have at most. Rows of dots may be longer, and in these languages others.
_REACH = 9
_BOUNDLESS = {"el"}


class Affixes:
    """The rules by which spaCy's blank tokenizer of one language takes chunks apart."""

    def __init__(self, language: str) -> None:
        """By the language's code in spaCy."""
        rules = get_lang_class(language).Defaults
        self._special: dict[str, list[int]] = {
            chunk: [len(_text(piece)) for piece in pieces]
            for chunk, pieces in rules.tokenizer_exceptions.items()
        }
        # By first character; those of letters only are never several tokens.
        self._longest: dict[str, int] = {}
        for case in self._special:
            if not case.isalpha():
                self._longest[case[0]] = max(len(case), self._longest.get(case[0], 0))
        # Prefixes are anchored, one by one; ``search`` would look for them everywhere.
        self._prefix = compile_prefix_regex(_merged(rules.prefixes)).match
        self._reach = sys.maxsize if language in _BOUNDLESS else _REACH
        self._suffix = compile_suffix_regex(_merged(rules.suffixes)).search
        self._infixes = compile_infix_regex(_merged(rules.infixes)).finditer
        self._whole: Callable[[str], object] = rules.token_match or _never
        self._url: Callable[[str], object] = rules.url_match or _never

    def breaks(self, chunk: str) -> tuple[int, ...]:
        """Where tokens but the first begin in a chunk: ascending offsets in code points."""
        if chunk.isalpha() and chunk not in self._special:
            return ()
        return tuple(accumulate(self.lengths(chunk)[:-1]))

    def lengths(self, chunk: str) -> list[int]:
        """The lengths of the tokens of a chunk."""
        found = self._special.get(chunk) or self._walk(chunk, self._special)
        return self._joined(chunk, found) if len(found) > 2 else found

    def _walk(self, chunk: str, special: dict[str, list[int]]) -> list[int]:
        before, middle, behind = self._peeled(chunk, special)
        return [*before, *self._inner(middle, special), *reversed(behind)]

    def _peeled(
        self, chunk: str, special: dict[str, list[int]]
    ) -> tuple[list[int], str, list[int]]:
        """Lengths of prefixes and suffixes, outermost first, and what is left between them."""
        before: list[int] = []
        behind: list[int] = []
        last = 0
        while chunk and len(chunk) != last and not chunk.isalpha() and chunk not in special:
            if self._whole(chunk):
                break
            last = len(chunk)
            match = self._prefix(chunk)
            head = match.end() if match else 0
            if head and chunk[head:] in special:
                before.append(head)
                return before, chunk[head:], behind
            tail = self._tail(chunk[head:] if head else chunk)
            if tail and chunk[:-tail] in special:
                behind.append(tail)
                return before, chunk[:-tail], behind
            if head and tail and head + tail > last:
                tail = 0
            if head:
                before.append(head)
            if tail:
                behind.append(tail)
            chunk = chunk[head : last - tail]
        return before, chunk, behind

    def _tail(self, chunk: str) -> int:
        """How long the suffix is."""
        near = max(len(chunk) - self._reach, 0)
        match = self._suffix(chunk, near)  # what lies before is still seen by the rules
        if match and near and match.start() == near:
            match = self._suffix(chunk)
        return match.end() - match.start() if match else 0

    def _inner(self, middle: str, special: dict[str, list[int]]) -> list[int]:
        """What is left, as a special case, whole, or split at its infixes."""
        if not middle:
            return []
        if middle in special:
            return special[middle]
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

    def _joined(self, chunk: str, lengths: list[int]) -> list[int]:
        """Tokens that stand together as those of a special case would, taken apart as it is.

        Long cases go first, then early ones; none has a first or last token that an earlier one
        spoke of, which is how spaCy has it.
        """
        ends = [0, *accumulate(lengths)]
        cases = self._cases(chunk, ends)
        if not cases:
            return lengths
        spoken_of: set[int] = set()
        found: list[list[int]] = [[length] for length in lengths]
        for first, last in sorted(cases, key=lambda case: (case[0] - case[1], case[0])):
            case = chunk[ends[first] : ends[last]]
            if self._walk(case, {}) != lengths[first:last]:  # as if it were no special case
                continue
            if not spoken_of & {first, last - 1}:
                found[first:last] = [self._special[case], *([] for _ in range(first + 1, last))]
            spoken_of.update(range(first, last))
        return list(chain.from_iterable(found))

    def _cases(self, chunk: str, ends: list[int]) -> list[tuple[int, int]]:
        """The first token of each special case in a chunk, and the one behind its last."""
        found = []
        for first, start in enumerate(ends[:-1]):
            reach = start + self._longest.get(chunk[start], 0)
            for last in range(first + 2, len(ends)):
                if ends[last] > reach:
                    break
                if chunk[start : ends[last]] in self._special:
                    found.append((first, last))
        return found


@cache
def affixes_of(language: str) -> Affixes:
    """The rules of a language of spaCy's, made once a process."""
    return Affixes(language)


def _never(_chunk: str) -> None:
    """A rule that a language has not."""


def _merged(patterns: Any) -> Iterator[str]:
    """The same patterns, those for single characters that follow each other as one set.

    ``re`` looks at a set once, at alternatives one by one.
    """
    for single, group in groupby(patterns, lambda each: _SINGLE.fullmatch(each) is not None):
        if single:
            yield "[" + "".join(re.escape(each[-1]) for each in group) + "]"
        else:
            yield from group


def _text(piece: dict[Any, Any]) -> str:
    [text] = (value for key, value in piece.items() if key in (ORTH, "ORTH"))
    return str(text)
