"""Pages that are made to cost time and memory."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from html_pages import RULES, article, page
from peak_memory import TELL_PEAK

from corpusmill.ingest import page_bounds
from corpusmill.ingest.extract import extract_page


def test_json_nested_deep_is_not_looked_into_and_other_json_is():
    """How deep Python reads depends on who called it, so a bound of ours comes first."""
    body = "What the page shows by script only, " * 9

    def shown(depth):
        nested = "[" * (depth - 1) + "]" * (depth - 1) if depth > 1 else "0"
        data = f'{{"articleBody": "{body}", "deep": {nested}}}'
        return page(f'<script type="application/ld+json">{data}</script><p>x</p>')

    assert body.strip() in extract_page(shown(page_bounds.NESTED), None, None, RULES).text
    assert body.strip() not in extract_page(shown(page_bounds.NESTED + 1), None, None, RULES).text


LINE = "The quick brown fox jumps over the lazy dog, and then it sleeps. "
NAMES = ("div", "p", "ul", "li", "a", "b", "span", "table", "tr", "td", "h2", "pre")
CHAIN = 120  # elements in each other: what the bound on depth lets through
HARD = {
    "nested": "<div>" * 48_000 + "text" + "</div>" * 100,
    "nested links": (f"<div><a href=x>l</a><p>{LINE}" * CHAIN + "</div>" * CHAIN) * 80,
    "nested words": ("<div>ab " * CHAIN + "</div>" * CHAIN) * 41,
    "nested text": "<div><a href=x>l</a>" * CHAIN + LINE * 60_000,
    "nested blocks": (f"<div class=sidebar>{LINE}" * CHAIN + "</div>" * CHAIN) * 41,
    "headings": "<article>" + "<h2>Head</h2>" * 24_000,
    "links in a line": "<article><p>" + "x <a href=x>y</a> " * 24_000,
    "spans in a block": "<div>" + f"{LINE}<span>x</span>" * 24_000,
    "spanning rows": "<table>" + "<tr><td colspan=100 rowspan=100>x" * 12_000 + "</table>",
    "cells": "<table><tr>" + "<td>x" * 40_000 + "</table>",
    "tables": "<table><tr><td>x</table>" * 12_000,
    "names": "".join(f"<p {' '.join(f'd{n}=1' for n in range(100))}>x" for _ in range(7_000)),
    "classes": f"<div class='{'content ' * 500_000}'>" + article(),
    "formulas": "<p>" + "<math alttext=x><mi>x</mi></math>" * 12_000,
    "figures": "<figure>" * 100 + "<table><tr><td>x</table>" * 12_000,
    "random": "".join(
        f"<{mark}{name}> word, "
        for mark, name in zip(
            random.Random(1).choices(["", "", "/"], k=49_000),
            random.Random(2).choices(NAMES, k=49_000),
            strict=True,
        )
    ),
    "unclosed": "<p>" * 48_000 + "text",
    "paragraphs": "<p>a</p>" * 24_000,
    "table": "<table>" + "<tr><td>a<td>b" * 16_000 + "</table>",
    "wide": "<table><tr>" + "<td colspan=999>x" * 40_000 + "</table>",
    "inline": "<p>" + "<b>a</b>" * 24_000,
    "attributes": "<p " + " ".join(f"a{n}=x" for n in range(200_000)) + ">text",
    "attribute": f"<p title='{'x' * 3_000_000}'>text",
    "script": f"<script>{'var a = [1]; ' * 200_000}</script>" + article(),
    "json": '<script type="application/ld+json">' + "[" * 900_000 + "</script>" + article(),
    "links": "<a href=x>word</a> " * 24_000,
    "lists": "<ul><li>" * 24_000,
    "entities": "&amp;" * 800_000,
}

COST = """
import resource, sys
from corpusmill.ingest.extract import ExtractRules, Unextractable, extract_page

resource.setrlimit(resource.RLIMIT_CPU, (40, 40))  # on a quiet machine none takes 6 seconds
try:
    extract_page(sys.stdin.buffer.read(), None, None, ExtractRules(focus=sys.argv[1]))
except Unextractable as error:
    print(error, file=sys.stderr)
"""


COSTLY = [
    *((name, "balanced") for name in HARD),
    *((name, "recall") for name in ("spans in a block", "nested links", "headings", "tables")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "focus"), COSTLY)
def test_no_page_costs_a_minute_or_more_than_half_a_gigabyte(name, focus):
    data = page(HARD[name])
    assert len(data) <= RULES.max_bytes
    assert data.count(b"<") <= RULES.max_nodes

    done = subprocess.run(
        [sys.executable, "-c", COST + TELL_PEAK, focus], input=data, capture_output=True, check=True
    )

    assert int(done.stdout) < 500_000
