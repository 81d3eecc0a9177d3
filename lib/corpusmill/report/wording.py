"""Numbers and names as people read them; the same everywhere on the page."""

from __future__ import annotations

from markupsafe import Markup

from corpusmill.contracts import contract
from corpusmill.distributions import SCORE

NOTHING = "–"
_MILLION = 1_000_000
_MEASURES = {
    "characters": "code points of the stored text",
    "token_count": "tokens of the clean text",
    "language_score": "confidence of the language model in its best language, in millionths",
}
_TITLES = {
    "characters": "Characters",
    "token_count": "Tokens",
    "language_score": "Language score",
}


def visible(value: object) -> object:
    """A value as it stands on the page: whole numbers with separators, text with nothing hidden.

    What cannot be seen, or turns text around, is shown by its code; markup of our own stays.
    """
    if isinstance(value, Markup):
        return value
    if value is None:
        return NOTHING
    if isinstance(value, int):
        return f"{value:,}"
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in str(value))


def share(part: int, whole: int) -> str:
    """``part`` of ``whole`` in per cent with one decimal; of nothing there are no shares."""
    if not whole:
        return NOTHING
    tenths = (2_000 * part + whole) // (2 * whole)
    if not tenths and part:
        return "< 0.1 %"
    if tenths >= 1_000 and part < whole:
        return "> 99.9 %"
    return f"{tenths // 10}.{tenths % 10} %"


def width(part: int, whole: int) -> str:
    """How wide the bar of ``part`` is beside that of ``whole``, for a style sheet."""
    return f"{100 * part / whole:.2f}%" if whole else "0%"


def ratio(part: int, whole: int) -> str:
    """``part`` for each of ``whole``, with two decimals."""
    return f"{part / whole:.2f}" if whole else NOTHING


def about(signal: str) -> str:
    """What a signal is, as its column says, in the unit in which it stands on the page."""
    said = _comment(signal).replace(", in millionths of a character", "")
    return said.replace("in millionths", "in per cent").replace("a million", "100 %")


def title(signal: str) -> str:
    """A signal's name as a heading."""
    if signal.startswith(SCORE):
        return f"Score of {signal.removeprefix(SCORE)}"
    return _TITLES.get(signal, signal.replace("_", " ").capitalize())


def is_share(signal: str) -> bool:
    """Whether the values of a signal are millionths of a whole."""
    comment = _comment(signal)
    return "millionths" in comment and "of a character" not in comment


def reading(value: int, signal: str) -> str:
    """A value of a signal: a share in per cent, a mean with its decimals, or a whole number."""
    if is_share(signal):
        return f"{value / 10_000:.1f} %"
    if "millionths" in _comment(signal):
        return f"{value / _MILLION:.2f}"
    return f"{value:,}"


def _comment(signal: str) -> str:
    if signal.startswith(SCORE):
        return "probability of the good label, in millionths"
    if signal in _MEASURES:
        return _MEASURES[signal]
    return {c.name: c.comment for c in contract("quality").columns}.get(signal, "")
