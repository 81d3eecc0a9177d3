"""A self-contained HTML page of tables: no scripts, every value escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence

_STYLE = """
:root{color-scheme:light dark;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line)}
td,th{overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{display:block;height:.5rem;background:#4a7dbd;border-radius:2px;min-width:1px}
td.b{width:40%}code{overflow-wrap:anywhere}
blockquote{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0 1rem;padding-left:.75rem}
blockquote{border-left:3px solid var(--line)}
"""

_RIGHT = ' class="n"'


def page(title: str, sections: Iterable[str]) -> str:
    """The whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escaped(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escaped(title)}</h1>{''.join(sections)}</body></html>\n"
    )


def section(title: str, *bodies: str) -> str:
    """A heading and what stands under it, which is HTML already."""
    return f"<h2>{escaped(title)}</h2>{''.join(bodies)}"


def paragraph(text: str) -> str:
    """A sentence or two."""
    return f"<p>{escaped(text)}</p>"


def quotation(text: str) -> str:
    """A piece of a text, its lines as they are."""
    return f"<blockquote>{escaped(text)}</blockquote>"


def folded(title: str, body: str) -> str:
    """What opens when somebody asks for it; ``body`` is HTML already."""
    return f"<details><summary>{escaped(title)}</summary>{body}</details>"


def facts(named: Mapping[str, str]) -> str:
    """Names and their values."""
    return _table(
        f"<td>{escaped(name)}</td><td><code>{escaped(value)}</code></td>"
        for name, value in named.items()
    )


def bars(counts: Mapping[str, int]) -> str:
    """Counts by name, each with a bar."""
    if not counts:
        return "<p>None.</p>"
    top = max(1, *counts.values())
    return _table(
        f'<td>{escaped(name)}</td><td class="n">{count:,}</td>'
        f'<td class="b"><span class="bar" style="width:{100 * count // top}%"></span></td>'
        for name, count in counts.items()
    )


def grid(heads: Sequence[str], rows: Sequence[Sequence[str | int]], most: int = 40) -> str:
    """A table with heads, whole numbers to the right; says how many rows it leaves out."""
    if not rows:
        return "<p>None.</p>"
    numeric = [isinstance(value, int) for value in rows[0]]
    lines = ["".join(_cell("th", head, right) for head, right in zip(heads, numeric, strict=True))]
    for row in rows[:most]:
        lines.append("".join(_cell("td", value, isinstance(value, int)) for value in row))
    more = len(rows) - most
    return _table(lines) + (paragraph(f"{more:,} more are not shown.") if more > 0 else "")


def escaped(value: object) -> str:
    """A value as text of the page; what cannot be seen, or turns text around, by its code."""
    text = str(value)
    shown = (c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    return html.escape("".join(shown))


def _cell(tag: str, value: str | int, right: bool) -> str:
    shown = f"{value:,}" if isinstance(value, int) else value
    return f"<{tag}{_RIGHT if right else ''}>{escaped(shown)}</{tag}>"


def _table(rows: Iterable[str]) -> str:
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
