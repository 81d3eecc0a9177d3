"""Pieces of text that may leave the raw tables: what is personal in them is a placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from corpusmill.pii.spans import Span, resolve_overlaps

PLAIN, PLACEHOLDER, DIFFERS, SKIPPED = "", "placeholder", "differs", "skipped"

_AROUND = 12  # words that are shown on both sides of a difference
_SHOWN = 120  # words that are shown of each text
_SKIP = "…"
_WORD = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Piece:
    """Some text and how it is marked: plain, a placeholder, differing or skipped."""

    text: str
    mark: str = PLAIN


Pieces = tuple[Piece, ...]


def cleared(text: str, spans: Iterable[Span], begin: int, end: int) -> Pieces:
    """``text[begin:end]`` with every span in it, or partly in it, as a placeholder of its kind."""
    pieces: list[Piece] = []
    done, end = begin, min(end, len(text))
    for span in resolve_overlaps(spans):
        if span.end <= begin or span.start >= end:
            continue
        pieces += [Piece(text[done : span.start])] if span.start > done else []
        pieces.append(Piece(f"<{span.kind}>", PLACEHOLDER))
        done = span.end
    pieces += [Piece(text[done:end])] if done < end else []
    return tuple(pieces)


def side_by_side(left: Pieces, right: Pieces) -> tuple[Pieces, Pieces] | None:
    """Both texts from shortly before they first differ, with the words that only one of them has.

    Equal stretches are cut down to some words around, and what follows is left out past a bound.
    None where the texts are equal.
    """
    words = list(_words(left)), list(_words(right))
    keys = [[(word.text.strip(), word.mark) for word in side] for side in words]
    blocks = SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes()
    if all(tag == "equal" for tag, *_ in blocks):
        return None
    shown: tuple[list[Piece], list[Piece]] = ([], [])
    for place, (tag, a, a_end, b, b_end) in enumerate(blocks):
        if max(map(len, shown)) >= _SHOWN:
            break
        for side, start, end in ((0, a, a_end), (1, b, b_end)):
            own = words[side][start:end]
            if tag == "equal":
                shown[side].extend(_shortened(own, place == 0, place == len(blocks) - 1))
            else:
                shown[side].extend(_differing(own[:_SHOWN]))
    return _joined(shown[0]), _joined(shown[1])


def _words(pieces: Pieces) -> Iterator[Piece]:
    """Each word with the white space behind it; a placeholder is a word of its own."""
    for piece in pieces:
        if piece.mark == PLACEHOLDER:
            yield piece
        else:
            yield from (Piece(found[0]) for found in _WORD.finditer(piece.text))


def _shortened(words: list[Piece], is_first: bool, is_last: bool) -> list[Piece]:
    before = [] if is_first else words[:_AROUND]
    after = [] if is_last else words[max(len(before), len(words) - _AROUND) :]
    skipped = len(words) - len(before) - len(after)
    return [*before, *([Piece(f"{_SKIP} ", SKIPPED)] if skipped else []), *after]


def _differing(words: list[Piece]) -> list[Piece]:
    return [word if word.mark == PLACEHOLDER else replace(word, mark=DIFFERS) for word in words]


def _joined(words: Sequence[Piece]) -> Pieces:
    """Neighbours that are marked alike as one piece; placeholders stay apart."""
    pieces: list[Piece] = []
    for word in words:
        if pieces and word.mark == pieces[-1].mark and word.mark != PLACEHOLDER:
            pieces[-1] = Piece(pieces[-1].text + word.text, word.mark)
        else:
            pieces.append(word)
    return tuple(pieces)
