"""The data card of a run: one self-contained HTML page, no scripts, every value escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

_STYLE = """
:root{color-scheme:light dark;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line)}
td,th{overflow-wrap:anywhere}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{display:block;height:.5rem;background:#4a7dbd;border-radius:2px;min-width:1px}
td.b{width:40%}code{overflow-wrap:anywhere}
"""


def render(counts: Mapping[str, Any], facts: Mapping[str, str]) -> str:
    """The page: ``counts`` as ``summary.summarise`` gives them, ``facts`` as name and value."""
    documents = counts["documents"]
    funnel = {
        "records accepted": counts["raw_documents"],
        "documents": documents,
        "in a language of the recipe": counts["scored"],
        "kept by selection": counts["kept"],
        "clean documents": counts["clean_documents"],
    }
    sections = [
        _section("What this is", _facts(facts)),
        _section("From records to documents", _bars(funnel)),
        _section("Refused at ingest, by reason", _bars(counts["quarantined"])),
        _section("Dropped, by reason (several may hold)", _bars(counts["dropped"])),
        _section("Duplicates left out, by relation", _bars(counts["duplicates"])),
        _section("Personal data replaced, by kind", _bars(counts["pii"])),
        _section("Documents by language", _bars(counts["languages"])),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>Corpus data card</title><style>{_STYLE}</style></head><body>"
        f"<h1>Corpus data card</h1>{''.join(sections)}</body></html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<h2>{html.escape(title)}</h2>{body}"


def _facts(facts: Mapping[str, str]) -> str:
    return _table(f"<td>{_e(name)}</td><td><code>{_e(v)}</code></td>" for name, v in facts.items())


def _bars(counts: Mapping[str, int]) -> str:
    if not counts:
        return "<p>None.</p>"
    top = max(1, *counts.values())
    return _table(
        f'<td>{_e(name)}</td><td class="n">{count:,}</td>'
        f'<td class="b"><span class="bar" style="width:{100 * count // top}%"></span></td>'
        for name, count in counts.items()
    )


def _table(rows: Iterable[str]) -> str:
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _e(value: object) -> str:
    return html.escape(str(value))
