"""What HTML leaves behind in a text: tags, comments, character references.

For text that was extracted already. A tag is one only with the name of an HTML element and
attributes that look like some, so generics, comparisons and addresses in angle brackets stay. Every
pattern takes time in proportion to the text, whatever the text.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from html.entities import html5


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that manuals put between angle brackets too, and letters that programs do (``List<S>``).
# They need an attribute, or their end tag somewhere in the text.
_WORDS = _names(
    "a abbr address area article aside audio b base body button canvas caption cite code col"
    " command content data details dialog embed figure font footer form frame head header html i"
    " iframe input label legend link main map mark menu meta meter nav object option output param"
    " picture progress q s samp script section select slot small source style summary svg template"
    " text textarea time title track u var video"
)
_BREAKS = _names(
    "blockquote br center dd div dl dt fieldset figcaption h1 h2 h3 h4 h5 h6 hr li ol p pre table"
    " tbody tfoot thead tr ul address article aside body caption details figure footer form head"
    " header html main nav option section select summary title"
)
_INLINE = _names(
    "acronym bdi bdo big blink colgroup del dfn em img ins kbd marquee noframes nobr noscript"
    " optgroup rp rt ruby span strike strong sub sup td th tt wbr"
)
_ELEMENTS = _WORDS | _BREAKS | _INLINE

_FLAGS = re.ASCII | re.IGNORECASE
_VALUE = r"""(?:"[^"<\n]*"|'[^'<\n]*'|[^\s"'<>=`]+)"""
_TAG = re.compile(
    rf"<(/?)([a-z][a-z0-9]*)((?:\s+[a-z_:@][\w:.-]*(?:\s*=\s*{_VALUE})?)*\s*)/?>", _FLAGS
)
_END_TAG = re.compile(r"</([a-z][a-z0-9]*)\s*>", _FLAGS)
_DECLARATION = re.compile(r"<!doctype\s[^<>]*>|<\?xml\s[^<>]*\?>", _FLAGS)
_REFERENCE = re.compile("&(?:(#[0-9]{1,8}|#x[0-9a-f]{1,6})|([a-z][a-z0-9]{1,31}));", _FLAGS)
_SPANS = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<script(?:\s[^<>]*)?>", _FLAGS), re.compile(r"</script\s*>", _FLAGS)),
    (re.compile(r"<style(?:\s[^<>]*)?>", _FLAGS), re.compile(r"</style\s*>", _FLAGS)),
)

SUSPECT = "<[!/?A-Za-z]|&[#A-Za-z]"
"""What a text must match (RE2) to hold anything of HTML."""


def without_html(text: str, changes: Counter[str]) -> str:
    """The text without what HTML left in it; counts tags, comments and references.

    References become their characters (with their semicolon only, so that ``AT&T`` stays). Comments
    go, scripts and styles with all they hold, tags with nothing, but that a block's tag in the
    midst of a line becomes a line feed, and a table cell's a space.
    """
    if "&" in text:
        text = _REFERENCE.sub(lambda found: _character(found, changes), text)
    if "<" not in text:
        return text
    for opening, closing in _SPANS:
        text = _without_spans(text, opening, closing, changes)
    text, declarations = _DECLARATION.subn("", text)
    changes["html"] += declarations
    closed = {name.lower() for name in _END_TAG.findall(text)}
    return _TAG.sub(lambda tag: _in_place_of(tag, closed, changes), text)


def _character(found: re.Match[str], changes: Counter[str]) -> str:
    character = html.unescape(found[0]) if found[1] else html5.get(f"{found[2]};", found[0])
    changes["html"] += character != found[0]
    return character


def _without_spans(
    text: str, opening: re.Pattern[str], closing: re.Pattern[str], changes: Counter[str]
) -> str:
    kept, start = [], 0
    while begin := opening.search(text, start):
        end = closing.search(text, begin.end())
        if end is None:  # nor is there one for any that opens later
            break
        kept.append(text[start : begin.start()])
        start = end.end()
        changes["html"] += 1
    return "".join([*kept, text[start:]])


def _in_place_of(tag: re.Match[str], closed: set[str], changes: Counter[str]) -> str:
    end, name, attributes = tag[1], tag[2].lower(), tag[3].strip()
    if name not in _ELEMENTS or (attributes and "=" not in attributes):
        return tag[0]
    if name in _WORDS and not end and not attributes and name not in closed:
        return tag[0]
    changes["html"] += 1
    gap = "\n" if name in _BREAKS else " " if name in ("td", "th") else ""
    return "" if _at_line_end(tag) else gap


def _at_line_end(tag: re.Match[str]) -> bool:
    """Whether a line begins or ends with the tag."""
    text, start, end = tag.string, tag.start(), tag.end()
    return not start or end == len(text) or "\n" in (text[start - 1], text[end])
