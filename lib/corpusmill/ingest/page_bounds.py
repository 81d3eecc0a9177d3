"""Pages on which the extractor's work would grow with the square of something.

Each of these has a bound in units of content, so that no page takes more than some seconds;
docs/decisions/007-html-extractor.md has the measurements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

DEPTH = 128  # elements open at once; from 256 on the parser drops them
WALK = 2_000_000  # sum over all elements of how deep they are
DEEP_TEXT = 50_000_000  # the same over all characters
INLINE = (4_000, 15_000)  # elements within one paragraph; in one ``div``, beside blocks
ATTRIBUTES = 200_000  # of the page
STRETCH = 8_192  # characters without ``<`` that make a tag worth a look ...
MOST_WORDS = 5_000  # ... and how many words there may be in it, outside quotes
GRID = 100_000_000  # sum over all tables: rows times columns times the larger of columns and 100
SPAN = 100  # rows or columns that a cell spans at most, as the library has it
NESTED = 200  # brackets open at once in JSON inside a page; a deeper one is not looked into

_DEEPER = {d: etree.XPath(f"boolean({'/*' * (d + 1)})") for d in (DEPTH // 4, DEPTH // 2, DEPTH)}
_BESIDE_BLOCKS = etree.XPath("count(*[not(self::br or self::div or self::p)])")
_ATTRIBUTES = etree.XPath("count(//@*)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BRACKETS = re.compile(r"[\[\]{}]")


def has_giant_tag(text: str) -> bool:
    """Whether some tag has thousands of attributes, which the parser compares each with each."""
    return any(_words(tag) > MOST_WORDS for tag in _long(text))


def _long(text: str) -> Iterator[str]:
    """From each ``<`` that is followed by a stretch of ``STRETCH`` without one up to the next."""
    for at in range(0, len(text) - STRETCH, STRETCH):
        if text.find("<", at, at + STRETCH) < 0 and "<" in text[max(0, at - STRETCH) : at]:
            end = text.find("<", at)
            yield text[text.rindex("<", 0, at) + 1 : end if end >= 0 else len(text)]


def _words(tag: str) -> int:
    """Words before the end of a tag, those in quotes left out."""
    head = tag.partition(">")[0]
    if head.count('"') % 2 or head.count("'") % 2 or len(head) > STRETCH:
        head = _QUOTED.sub("", tag).partition(">")[0]
    return len(head.split())


def is_complex(tree: Any, nodes: int, characters: int) -> bool:
    """Whether elements are nested or crowded so that the work would grow with their square.

    What a page is too small or too flat for is not looked into.
    """
    depth = next((depth for depth, deeper in _DEEPER.items() if not deeper(tree)), 0)
    return bool(
        not depth
        or _grid(tree) > GRID
        or (nodes > INLINE[0] and _is_crowded(tree))
        or (characters > 2 * ATTRIBUTES and _ATTRIBUTES(tree) > ATTRIBUTES)
        or (max(nodes * depth / WALK, characters * depth / DEEP_TEXT) > 1 and _is_deep(tree))
    )


def _is_crowded(tree: Any) -> bool:
    paragraphs = (sum(1 for _ in p.iterdescendants()) for p in tree.iter("p"))
    divisions = (_BESIDE_BLOCKS(div) for div in tree.iter("div") if len(div) > INLINE[1])
    return max(paragraphs, default=0) > INLINE[0] or max(divisions, default=0) > INLINE[1]


def _is_deep(tree: Any) -> bool:
    depth = walk = text = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        walk += depth
        text += depth * (len(element.text or "") + len(element.tail or ""))
    return walk > WALK or text > DEEP_TEXT


def _grid(tree: Any) -> int:
    """What the tables cost: the library fills each row up, and counts its cells for each cell.

    Columns that are spanned from above are taken for columns of the row that spans them.
    """
    columns: Counter[Any] = Counter()
    for cell in tree.iter("td", "th"):
        columns[cell.getparent()] += _span(cell, "colspan") * _span(cell, "rowspan")
    tables: dict[Any, list[int]] = {}
    for row, width in columns.items():
        table = row if row.tag == "table" else next(row.iterancestors("table"), None)
        tables.setdefault(table, []).append(width)
    return sum(len(rows) * max(rows) * max(*rows, SPAN) for rows in tables.values())


def _span(cell: Any, name: str) -> int:
    stated = cell.get(name, "1")
    return int(stated) if len(stated) < 3 and stated.isdecimal() else SPAN


def close_deep_json(elements: Iterable[Any]) -> None:
    """Take out JSON that is nested deep: how deep Python can read depends on who called it."""
    for element in elements:
        for text in (element.text or "", element.get("data-preloaded") or ""):
            if text.count("[") + text.count("{") > NESTED and _nesting(text) > NESTED:
                element.text = None
                element.attrib.pop("data-preloaded", None)


def _nesting(text: str) -> int:
    """Brackets open at once; those within strings count too."""
    depth = deepest = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
