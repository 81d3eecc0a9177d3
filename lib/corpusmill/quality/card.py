"""The card of a trained classifier: what it was made of, what it is worth, what it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from corpusmill.config import plain
from corpusmill.quality.examples import Example, Split
from corpusmill.quality.fit import Fit
from corpusmill.quality.metrics import LEAST

USE = (
    "Scores a text by how much it is like the texts labelled good, as against those labelled bad; "
    "corpusmill orders and cuts documents by it."
)
LIMITS = (
    "It stands for the labels it was given, and is no judge of anything they do not say.",
    "Languages, kinds of text and periods that the labels lack are scored too, and mean nothing.",
    "The figures hold for texts like the labelled ones, not for a corpus of another mixture.",
    "It has the words of its training texts in clear, but no run of characters with a digit, an @ "
    "or a double colon; names are words.",
)


def card_of(
    name: str, fitted: Fit, settings: Mapping[str, Any], made_of: Mapping[str, Any]
) -> dict[str, Any]:
    """The card as plain values: pins, settings, counts and figures, never a text.

    ``made_of`` are ``tables`` (pins by name), how many documents were ``labelled``, the ``engine``.
    """
    return {
        "format": 1,
        "name": name,
        "sha256": fitted.model.sha256,
        "settings": dict(settings),
        **made_of,
        "documents": _counted(fitted.split),
        "repeated": fitted.split.repeated,
        "whole_sources": fitted.split.whole,
        "measured": plain(fitted.measured),
        "use": USE,
        "limits": list(LIMITS),
    }


def markdown_of(card: Mapping[str, Any]) -> str:
    """The same for people to read."""
    columns = [(side, label) for side in _SIDES for label in _LABELS]
    documents = [
        (source, *(sides[side][label] for side, label in columns))
        for source, sides in card["documents"].items()
    ]
    head = ("source", *(f"{side.replace('_', ' ')}, {label}" for side, label in columns))
    parts = [
        f"# Classifier {card['name']}",
        card["use"],
        *_measured(card),
        "## Documents",
        _table(head, documents),
        f"{card['repeated']} further documents were held back, and left out: they say what one in "
        "training says.",
        *(
            f"All of {source} is on one side: {side.replace('_', ' ')}."
            for source, side in card["whole_sources"].items()
        ),
        "## Made of",
        _table(("table", "version"), card["tables"].items()),
        _table(
            ("setting", "value"),
            [*card["settings"].items(), ("engine", card["engine"]), ("SHA-256", card["sha256"])],
        ),
        "## Limits",
        "\n".join(f"- {limit}" for limit in card["limits"]),
    ]
    return "\n\n".join(parts) + "\n"


_SIDES, _LABELS = ("training", "held_back"), ("positive", "negative")


def _counted(sides: Split) -> dict[str, dict[str, dict[str, int]]]:
    """Documents by source, side and label."""
    counts = {side: _by_label(getattr(sides, side)) for side in _SIDES}
    sources = sorted({source for found in counts.values() for source, _ in found})
    return {
        source: {
            side: {
                label: found[source, number] for label, number in zip(_LABELS, (1, 0), strict=True)
            }
            for side, found in counts.items()
        }
        for source in sources
    }


def _by_label(examples: Iterable[Example]) -> Counter[tuple[str, int]]:
    return Counter((example.source, example.label) for example in examples)


def _measured(card: Mapping[str, Any]) -> list[str]:
    found = card["measured"]
    if found is None:
        return ["## Measured", f"Not measured: fewer than {LEAST} held-back documents of a label."]
    rankings = [
        (title, *(f"{found[of][figure] / 1e6:.4f}" for figure in ("roc_auc", "average_precision")))
        for title, of in (("this model", "model"), ("length of the text", "length"))
    ]
    thresholds = [
        (
            f"{point['cut'] / 1e6:.6f}",
            *(_percent(point[part]) for part in ("share", "precision", "recall")),
        )
        for point in found["thresholds"]
    ]
    return [
        "## Measured",
        f"On {found['positive']} good and {found['negative']} bad documents of pages that it was "
        "not trained on.",
        _table(("score", "ROC-AUC", "average precision"), rankings),
        _table(("cut", "kept", "good among the kept", "kept of the good"), thresholds),
    ]


def _percent(millionths: int | None) -> str:
    return "-" if millionths is None else f"{millionths / 10_000:.2f} %"


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [[_cell(value) for value in row] for row in (head, *rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
