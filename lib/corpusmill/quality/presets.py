"""From what ``recipe.quality`` says to the limits of each filter.

A preset names filters and, in ``fineweb2``, limits of its own, which are data in ``conf``: those of
FineWeb-2's published configuration, language by language. On top lie the recipe's ``limits``, on
top of those the limits of single languages: first the preset's, then the recipe's ``languages``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from corpusmill.config import decode, merge, parse_yaml, plain
from corpusmill.quality.filters import FILTERS, ByLanguage
from corpusmill.quality.gopher_quality import ENGLISH_STOP_WORDS
from corpusmill.refusal import Refused

_FINEWEB_2 = "fineweb2"

PRESETS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in FILTERS},
    "gopher": ("gopher_quality", "gopher_repetition"),
    "fineweb": ("gopher_quality", "gopher_repetition", "c4", "fineweb"),
    _FINEWEB_2: ("gopher_quality", "gopher_repetition", "fineweb"),
    "none": (),
}

_ENGLISH = {"en": {"gopher_quality": {"stop_words": list(ENGLISH_STOP_WORDS)}}}

Overrides = Mapping[str, Any]  # filter -> limit -> value
ByCode = Mapping[str, Overrides]


def filters_of(presets: tuple[str, ...]) -> tuple[str, ...]:
    """The filters that presets stand for, in the order of ``FILTERS``."""
    asked = {name for preset in presets for name in PRESETS[preset]}
    return tuple(name for name in FILTERS if name in asked)


def limits_of(
    presets: tuple[str, ...], limits: Overrides, languages: ByCode
) -> dict[str, ByLanguage]:
    """The limits of each filter that the presets ask for.

    Raises ``Refused`` for a filter, limit or type that there is not, with its key.
    """
    preset = _published() if _FINEWEB_2 in presets else {}
    general = merge(preset.get("limits", {}), dict(limits))
    _check_names(limits, "recipe.quality.limits")
    for language, of_language in languages.items():
        _check_names(of_language, f"recipe.quality.languages.{language}")
    single = merge(merge(_ENGLISH, preset.get("languages", {})), dict(languages))
    found = {}
    for name in FILTERS:
        others = general.get(name, {})
        # Before those of languages, which hold them too: a mistake is told under its own key.
        of_others = _record(name, others, f"recipe.quality.limits.{name}")
        own = {
            language: _record(
                name, merge(others, of[name]), f"recipe.quality.languages.{language}.{name}"
            )
            for language, of in single.items()
            if name in of
        }
        found[name] = ByLanguage(of_others, own)
    return {name: found[name] for name in filters_of(presets)}


def _check_names(overrides: Overrides, key: str) -> None:
    for name, limits in overrides.items():
        if name not in FILTERS:
            raise Refused(f"{key}.{name}: unknown key; allowed here: {', '.join(FILTERS)}")
        if not isinstance(limits, dict):
            raise Refused(f"{key}.{name}: expected a mapping of limits")


def _record(name: str, overrides: Overrides, key: str) -> Any:
    merged = merge(plain(FILTERS[name].limits()), dict(overrides))
    record = decode(FILTERS[name].limits, merged, key)
    for limit, value in vars(record).items():
        if isinstance(value, int) and value < 0:
            raise Refused(f"{key}.{limit}: must be at least 0, or null for no limit")
    return record


@cache
def _published() -> dict[str, Any]:
    """What the preset ``fineweb2`` says beyond its filters."""
    file = resources.files("corpusmill.conf").joinpath(f"{_FINEWEB_2}.yaml")
    return parse_yaml(file.read_text("utf-8"), f"{_FINEWEB_2}.yaml")
