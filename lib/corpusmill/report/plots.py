"""Plots as pieces of SVG that stand in the page: its font, its colours, no ids, no numbers of time.

Nothing of a corpus is drawn but numbers: names stand in the tables beside, where any script shows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from corpusmill.distributions import LENGTHS, Histogram

# What matplotlib draws in these colours, the page shows in those of its style sheet.
_KEPT, _DROPPED, _INK, _LINE = "#010203", "#010204", "#010205", "#010206"
_COLOURS = {
    _KEPT: "var(--kept)",
    _DROPPED: "var(--dropped)",
    _INK: "var(--muted)",
    _LINE: "var(--line)",
}
_WIDTH, _HEIGHT = 340, 170  # as wide as a phone shows them, so that their text stays readable
_FIFTH = 200_000  # of a score
_POINTS = 72  # matplotlib's units in an inch
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_FONT = re.compile(r"font(?:-family)?: (\d+px)? ?'[^;\"]*;? ?")
_LEFT_OUT = re.compile(r'<defs>\s*<style.*?</defs>| id="[^"]*"|<!--.*?-->', re.S)
_SIZES = (2, 3, 4, 6, 11, 21, 51, 101, 1001)  # where classes of clusters begin


@contextmanager
def _neutral() -> Iterator[None]:
    """Matplotlib as it is shipped, whatever files of settings lie about; text stays text."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["svg.fonttype"] = "none"
        matplotlib.rcParams["svg.hashsalt"] = "corpusmill"
        yield


@_neutral()
def histogram(found: Histogram, title: str) -> str:
    """Documents by one measure, those that were dropped on top of those that were kept."""
    first, last = _ends(found)
    kept, dropped = found.kept[first:last], found.dropped[first:last]
    figure, axes = _figure()
    _stacked(axes, kept, dropped)
    places = [n - first for n in range(first, last + 1) if _is_round(found, n)]
    labels = [_edge(found, first + place) for place in places]
    axes.set_xticks([place - 0.5 for place in places], labels)
    total = sum(kept) + sum(dropped)
    said = f"{title} of {total:,} documents, from {_edge(found, first)} to {_edge(found, last)}"
    return _svg(figure, said)


@_neutral()
def buckets(kept: Sequence[int], documents: Sequence[int], title: str) -> str:
    """Documents by the bucket of a classifier, worst first."""
    figure, axes = _figure()
    _stacked(axes, kept, [all_ - own for all_, own in zip(documents, kept, strict=True)])
    axes.set_xticks(range(0, len(kept), 5), [str(n) for n in range(0, len(kept), 5)])
    return _svg(figure, f"{title}: {sum(documents):,} documents in {len(kept)} buckets")


@_neutral()
def cluster_sizes(sizes: Mapping[int, int]) -> str:
    """Clusters by the number of their documents."""
    names = [_size_class(n) for n in range(len(_SIZES))]
    counts = [0] * len(_SIZES)
    for size, number in sizes.items():
        counts[sum(size >= begin for begin in _SIZES) - 1] += number
    used = max(n for n, count in enumerate(counts) if count) + 1
    figure, axes = _figure()
    _stacked(axes, counts[:used], [0] * used)
    axes.set_xticks(range(used), names[:used])
    for place, count in enumerate(counts[:used]):
        if count:
            axes.text(place, count, f"{count:,}", ha="center", va="bottom", color=_INK, size=9)
    return _svg(figure, f"{sum(counts):,} clusters by their number of documents")


def _figure() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH / _POINTS, _HEIGHT / _POINTS), dpi=_POINTS)
    axes = figure.add_axes((0.115, 0.13, 0.83, 0.8))
    axes.spines[:].set_visible(False)
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=_LINE, linewidth=0.8, clip_on=False)
    axes.tick_params(left=False, bottom=False, labelcolor=_INK)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(int(value))))
    return figure, axes


def _stacked(axes: Axes, kept: Sequence[int], dropped: Sequence[int]) -> None:
    places = range(len(kept))
    axes.bar(places, kept, width=0.88, color=_KEPT, clip_on=False)
    axes.bar(places, dropped, width=0.88, bottom=list(kept), color=_DROPPED, clip_on=False)
    axes.set_xlim(-0.6, len(kept) - 0.4)
    tallest = max((a + b for a, b in zip(kept, dropped, strict=True)), default=1)
    axes.set_ylim(0, max(1, tallest) * 1.08)


def _svg(figure: Figure, alt: str) -> str:
    text = StringIO()
    figure.savefig(text, format="svg", metadata=_NO_METADATA)
    body = text.getvalue().partition("<svg")[2].partition(">")[2]
    body = _FONT.sub(lambda found: f"font-size: {found[1]}; " if found[1] else "", body)
    body = _LEFT_OUT.sub("", body)
    for drawn, shown in _COLOURS.items():
        body = body.replace(drawn, shown)
    label = html.escape(alt)
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{body}'


def _ends(found: Histogram) -> tuple[int, int]:
    """The first bin with a document, and the one after the last; at least two."""
    filled = [n for n, pair in enumerate(zip(found.kept, found.dropped, strict=True)) if any(pair)]
    first, last = filled[0], filled[-1] + 1
    return (first, last) if last - first > 1 else (max(0, last - 2), max(0, last - 2) + 2)


def _is_round(found: Histogram, place: int) -> bool:
    """Whether an edge is told on the axis: a power of ten, or a fifth of a whole."""
    value = found.edges[place]
    if found.signal in LENGTHS:
        return not str(value).lstrip("1").strip("0")
    return value % _FIFTH == 0


def _edge(found: Histogram, place: int) -> str:
    value = found.edges[place]
    return _short(value) if found.signal in LENGTHS else f"{value // 10_000} %"


def _size_class(number: int) -> str:
    begin = _SIZES[number]
    end = _SIZES[number + 1] - 1 if number + 1 < len(_SIZES) else None
    if end is None:
        return f"{begin:,}+"
    return str(begin) if begin == end else f"{begin}–{end}"


def _short(value: int) -> str:
    """A number of few characters, for an axis."""
    for unit, sign in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{sign}"
    return str(value)
