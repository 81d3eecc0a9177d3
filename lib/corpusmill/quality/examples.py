"""Labelled examples, and which of them are held back to measure on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from corpusmill.quality.classifier import line_of

_KEY_BITS = 52


@dataclass(frozen=True)
class Example:
    """A labelled text: ``chars`` is the length of the whole, ``page`` what is never split."""

    text: str
    label: int
    chars: int
    source: str
    page: str


@dataclass(frozen=True)
class Split:
    """What is trained on and what is measured on.

    ``repeated`` examples were held back but say what a trained one says: they are in neither.
    ``whole`` are sources, with the side on which all of their pages came to be, where any are held
    back.
    """

    training: tuple[Example, ...]
    held_back: tuple[Example, ...]
    repeated: int
    whole: dict[str, str]


def split(examples: Sequence[Example], share: float, seed: int) -> Split:
    """Hold back about a share of the pages, by keyed hash of the page; order stays.

    Nothing is held back where that would leave no example of a label to train on.
    """
    held = {example.page for example in examples if _is_held_back(example.page, share, seed)}
    training = tuple(example for example in examples if example.page not in held)
    if {example.label for example in training} != {example.label for example in examples}:
        held, training = set(), tuple(examples)
    known = {_said(example.text) for example in training}
    apart = [example for example in examples if example.page in held]
    fresh = tuple(example for example in apart if _said(example.text) not in known)
    return Split(training, fresh, len(apart) - len(fresh), _whole(examples, held) if held else {})


def _said(text: str) -> str:
    """What a model makes of a text: white space is no part of it."""
    return " ".join(line_of(text).split())


def _is_held_back(page: str, share: float, seed: int) -> bool:
    key = hashlib.sha256(f"{seed}\0held back\0{page}".encode()).digest()
    number = int.from_bytes(key[:8], "big") >> (64 - _KEY_BITS)
    return number * 1_000_000 < round(share * 1_000_000) << _KEY_BITS


def _whole(examples: Sequence[Example], held: set[str]) -> dict[str, str]:
    sides: dict[str, set[bool]] = {}
    for example in examples:
        sides.setdefault(example.source, set()).add(example.page in held)
    return {
        source: "held_back" if True in found else "training"
        for source, found in sorted(sides.items())
        if len(found) == 1
    }
