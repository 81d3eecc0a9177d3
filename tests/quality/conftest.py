"""Texts made by a seeded generator: dense in everything that could go wrong at a seam."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from corpusmill.quality.filters import measure_all
from corpusmill.quality.presets import limits_of

WORDS = ["a", "b", "the", "The", "with", "rose", "x1", "漢", "字", "นี้", "été", "2024", "#", "…"]
JOINTS = [
    " ",
    " ",
    " ",
    "\n",
    "\n\n",
    "\n\n\n",
    ". ",
    ".",
    "...",
    "! ",
    " \n ",
    "- ",
    "\u3000",
    "。",
]


@pytest.fixture(scope="session")
def babble() -> list[str]:
    """300 texts of 0 to 120 words from few words, so that words, lines and runs repeat."""
    draw = random.Random(7)
    return [_text(draw, draw.choice((0, 1, 5, 30, 120)), draw.randint(1, 14)) for _ in range(300)]


def _text(draw: random.Random, length: int, variety: int) -> str:
    words = draw.choices(WORDS[:variety], k=length)
    return draw.choice(["", "\n", " "]) + "".join(
        word + draw.choice(JOINTS[: draw.choice((3, 14))]) for word in words
    )


@dataclass(frozen=True)
class Held:
    """What one filter said: signals by name, one number a text; the broken rules of each text."""

    signals: dict[str, list[int]]
    broken: list[list[str]]


@pytest.fixture(scope="session")
def hold() -> Callable[..., Held]:
    """``hold(filter, *texts, language="en", **limits)``: the filter, at its published limits."""

    def held(name: str, *texts: str, language: str = "en", **limits: object) -> Held:
        rules = {name: limits_of((name,), {name: limits}, {})[name]}
        signals, broken = measure_all(texts, [language] * len(texts), rules)
        return Held(
            {signal: values.tolist() for signal, values in signals.items()},
            [rules.get(name, []) for rules in broken],
        )

    return held
