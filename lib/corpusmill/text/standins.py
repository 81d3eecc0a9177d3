"""Change a text while parts of it are out of sight."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain

STAND_IN = "\ud800"
"""Takes the place of a part that is out of sight. No text that came as UTF-8 holds it."""


def apart_from(hidden: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """The text changed, but for what ``hidden`` matches (it has no groups).

    ``change`` sees one ``STAND_IN`` for each match and must leave as many, in place.
    """
    kept = hidden.findall(text)
    if not kept:
        return change(text)
    parts = change(hidden.sub(STAND_IN, text)).split(STAND_IN)
    return "".join(chain(*zip(parts, [*kept, ""], strict=True)))
