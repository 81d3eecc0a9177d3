"""The main text of an HTML page, and what the page states about itself.

``trafilatura`` finds the text; docs/decisions/007-html-extractor.md says why, and what its bounds
here are for. The same page gives the same ``Page`` whatever was extracted before it, whatever the
day: the library's duplicate filter, its guess of dates and its network functions are not used.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin

import unicodedata2
from lxml import etree

from corpusmill.ingest.charset import CharsetUnknown, decode

LARGEST_PAGE = 9_999_999  # the parser drops what a longer text holds beyond
FOCI = ("balanced", "precision", "recall")

# Where the library's work grows with the square of something, that has a bound, so that no page
# takes more than some seconds. The decision named above has the measurements.
DEPTH = 128  # elements open at once; from 256 on the parser drops them
COMPARED = 10_000  # tags of a page that is also given to the library's two other extractors
WALK = 2_000_000  # sum over all elements of how deep they are
DEEP_TEXT = 50_000_000  # the same over all characters
INLINE = (4_000, 15_000)  # elements within one paragraph; in one ``div``, beside blocks
ATTRIBUTES = 200_000  # of the page
STRETCH = 8_192  # characters without ``<`` that make a tag worth a look ...
MOST_WORDS = 5_000  # ... and how many words there may be in it, outside quotes
GRID = 100_000_000  # sum over all tables: rows times columns times the larger of columns and 100
SPAN = 100  # rows or columns that a cell spans at most, as the library has it
NESTED = 200  # brackets open at once in JSON inside a page; a deeper one is not looked into

LONGEST = 500  # characters of a title or a licence's address
_TITLES = ("citation_title", "dc.title", "dcterms.title", "og:title", "twitter:title")
_DATES = (
    *("article:published_time", "article:published", "og:published_time", "datepublished"),
    *("citation_publication_date", "citation_date", "dc.date.issued", "dcterms.issued"),
    *("dcterms.created", "dcterms:created", "dc.date", "parsely-pub-date", "sailthru.date"),
    *("publication_date", "publishdate", "publish-date", "pubdate", "date"),
)
SURE = 4  # of these go before what the page states in JSON
_LANGUAGES = ("content-language", "dc.language", "dcterms.language", "language")
_LICENCES = ("dcterms.license", "dc.rights", "dcterms.rights")

_DEEPER = {d: etree.XPath(f"boolean({'/*' * (d + 1)})") for d in (DEPTH // 4, DEPTH // 2, DEPTH)}
_BESIDE_BLOCKS = etree.XPath("count(*[not(self::br or self::div or self::p)])")
_ATTRIBUTES = etree.XPath("count(//@*)")
_JSON = etree.XPath("//script[contains(@type, 'ld+json')] | //div[@data-preloaded]")
_TIMES = etree.XPath(
    "//time[@datetime][@pubdate or @itemprop = 'datePublished' or"
    " contains(@class, 'published') or contains(@class, 'entry-date')]"
)
_LICENSED = etree.XPath("//a[contains(@rel, 'icense')] | //link[contains(@rel, 'icense')]")

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BRACKETS = re.compile(r"[\[\]{}]")
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_LICENSE = re.compile(r'"license"\s*:\s*"([^"]+)"')
_ADDRESS = re.compile(f"https?://\\S{{1,{LONGEST}}}")
_LANGUAGE = re.compile(r"(?=.{2,35}$)[a-z]{2,3}(-[a-z0-9]{1,8})*")
_MOMENT = re.compile(
    r"(\d{4})([-/.]?)(\d\d)\2(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)? ?(?:Z|UTC|GMT|([+-])(\d\d):?(\d\d))?)?",
    re.ASCII,
)
_MAIL_MOMENT = re.compile(
    r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{5,8} \S{1,5}", re.ASCII
)
_LICENSES = re.compile(r"[\"'=]license|license[\"']", re.IGNORECASE)  # all such links have this
_REFERENCE = re.compile(r"&(?:#([xX][0-9a-fA-F]{3,6}|[0-9]{4,7});?|zwn?j;)")
_APART = re.compile(r"[\s<>\u200c\u200d]")
_ASCII = bytes(range(128))
_JOINERS = "\u200c\u200d"  # non-joiner and joiner of letters
_SEEN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_IDEOGRAPHS = range(0x20000, 0x2A6D6)
_EPOCH = "1970-01-01T00:00:00Z"  # what a missing date becomes in many systems


@dataclass(frozen=True)
class ExtractRules:
    """What is taken out of a page, and from which pages.

    max_bytes  a longer page is refused
    max_nodes  so is one with more tags; every ``<`` counts
    comments   readers' comments below an article are text too
    tables     tables are text too
    focus      ``precision`` leaves out more where it is unsure, ``recall`` less than ``balanced``

    Raises ValueError naming the key and what it allows.
    """

    max_bytes: int = 4_194_304
    max_nodes: int = 50_000
    comments: bool = False
    tables: bool = True
    focus: str = "balanced"

    def __post_init__(self) -> None:
        for key, most in (("max_bytes", LARGEST_PAGE), ("max_nodes", 1_000_000)):
            if not 1 <= getattr(self, key) <= most:
                raise ValueError(f"{key} must lie between 1 and {most}")
        if self.focus not in FOCI:
            raise ValueError(f"focus {self.focus}: allowed are {', '.join(FOCI)}")


@dataclass(frozen=True)
class Page:
    """The main text of a page, and what the page states: None where it does not.

    language   lower case, as in ``de`` or ``pt-br``; not checked against the text
    published  UTC, ``YYYY-MM-DDTHH:MM:SSZ``; midnight where only the day is stated
    licence    address of the licence
    """

    text: str
    title: str | None
    language: str | None
    published: str | None
    licence: str | None


class Unextractable(Exception):
    """Why a page has no text for us; the argument is the reason, a name."""


def extract_page(data: bytes, declared: str | None, url: str | None, rules: ExtractRules) -> Page:
    """The main text of a page and what it states.

    ``declared`` is the character set that came with the page, ``url`` its address, which relative
    links are read from. Raises ``Unextractable``; neither its message nor a log holds any text.
    """
    if len(data) > rules.max_bytes:
        raise Unextractable("html_too_large")
    try:
        text = decode(data, declared)
    except CharsetUnknown:
        raise Unextractable("charset_unknown") from None
    page = _page(text, url, rules)
    if page is None:
        raise Unextractable("extraction_failed")
    return page


def _page(text: str, url: str | None, rules: ExtractRules) -> Page | None:
    """The page, or None where the library failed; the error, which may quote the page, is gone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _extract(text, url, rules)
    except Unextractable:
        raise
    except Exception:
        return None


def _extract(text: str, url: str | None, rules: ExtractRules) -> Page:
    nodes = text.count("<")
    if nodes > rules.max_nodes:
        raise Unextractable("html_too_many_nodes")
    if _has_giant_tag(text):
        raise Unextractable("html_too_complex")
    library = _library()
    hidden = _Hidden(text)
    tree = library.load_html(hidden.text)
    if tree is None:
        raise Unextractable("no_main_text")
    if _is_complex(tree, nodes, len(text)):
        raise Unextractable("html_too_complex")
    json = _JSON(tree) if "ld+json" in text or "data-preloaded" in text else ()
    stated = _stated(tree, text, json, url)
    _close_deep_json(json)
    try:
        found = library.extract(tree, options=_options(rules, nodes > COMPARED))
    finally:
        for remembered in library.memories:
            remembered.cache_clear()
    if not found or found.isspace():
        raise Unextractable("no_main_text")
    title = stated.pop("title")
    return Page(hidden.restored(found), title and hidden.restored(title), **stated)


@dataclass(frozen=True)
class _Library:
    """What is used of trafilatura; ``memories`` hold text of pages and are emptied after each."""

    load_html: Callable[[str], Any]
    extract: Callable[..., str | None]
    settings: Callable[..., Any]
    memories: tuple[Any, ...]


@cache
def _library() -> _Library:
    """trafilatura, made silent: some of its messages quote the page.

    It takes a quarter of a second to import, which only those who extract pages should wait for.
    """
    from trafilatura import extract, load_html
    from trafilatura.settings import Extractor
    from trafilatura.utils import line_processing, trim

    for name in ("trafilatura", "htmldate", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return _Library(load_html, extract, Extractor, (line_processing, trim))


@cache
def _options(rules: ExtractRules, fast: bool) -> Any:
    return _library().settings(
        comments=rules.comments,
        tables=rules.tables,
        precision=rules.focus == "precision",
        recall=rules.focus == "recall",
        fast=fast,
    )


def _has_giant_tag(text: str) -> bool:
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


def _is_complex(tree: Any, nodes: int, characters: int) -> bool:
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


def _close_deep_json(elements: Iterable[Any]) -> None:
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


def _stated(tree: Any, text: str, json: Iterable[Any], url: str | None) -> dict[str, str | None]:
    """What a page says about itself, as the fields of ``Page``.

    The text of the page spares a search of the tree for what is not there.
    """
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        names = (meta.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        content = " ".join((meta.get("content") or "").split())
        if content:
            metas.setdefault(next(filter(None, names), "").strip().lower(), content)
    linked = "\n".join(element.text or "" for element in json)
    times = _TIMES(tree) if "datetime" in text else ()
    links = _LICENSED(tree) if "icense" in text and _LICENSES.search(text) else ()
    return {
        "title": (_first(metas, _TITLES) or _heading(tree))[:LONGEST] or None,
        "language": _language(tree, metas),
        "published": _published(metas, linked, times),
        "licence": _licence(metas, linked, links, url),
    }


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str:
    return next((metas[name] for name in names if name in metas), "")


def _heading(tree: Any) -> str:
    headings = (" ".join(e.text_content().split()) for e in tree.iter("title", "h1"))
    return next(filter(None, headings), "")


def _language(tree: Any, metas: dict[str, str]) -> str | None:
    root = tree.getroottree().getroot()
    for stated in (root.get("lang"), root.get("xml:lang"), _first(metas, _LANGUAGES)):
        language = re.split(r"[,;\s]", (stated or "").strip().lower())[0].replace("_", "-")
        if _LANGUAGE.fullmatch(language):
            return language
    return None


def _published(metas: dict[str, str], linked: str, times: Iterable[Any]) -> str | None:
    dates = [metas.get(name, "") for name in _DATES]
    dates[SURE:SURE] = _PUBLISHED.findall(linked)[:1]
    dates += [element.get("datetime") for element in times]
    return next((moment for date in dates if (moment := _utc(date))), None)


def _utc(stated: str) -> str | None:
    """A date as pages write it, without a look at the clock; a time without a zone is UTC.

    Only what reads one way is read: the year first, or the form of mail.
    """
    try:
        moment = _moment(stated.strip())
    except (ValueError, OverflowError, TypeError):
        return None
    told = f"{moment.isoformat()}Z" if moment else None
    return None if told == _EPOCH else told


def _moment(stated: str) -> datetime | None:
    if _MAIL_MOMENT.fullmatch(stated):
        mailed = parsedate_to_datetime(stated)
        return mailed.replace(tzinfo=None) - (mailed.utcoffset() or timedelta())
    found = _MOMENT.fullmatch(stated)
    if not found:
        return None
    year, _, month, day, hour, minute, second, sign, hours, minutes = found.groups(default="0")
    ahead = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    clock = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second))
    return datetime(int(year), int(month), int(day)) + clock - ahead


def _licence(
    metas: dict[str, str], linked: str, links: Iterable[Any], url: str | None
) -> str | None:
    licences = [link for link in links if "license" in link.get("rel").lower().split()]
    stated = [_absolute(link.get("href"), url) for link in licences if link.get("href")]
    stated += [*_LICENSE.findall(linked)[:1], _first(metas, _LICENCES)]
    return next((address for address in stated if _ADDRESS.fullmatch(address)), None)


def _absolute(link: str, url: str | None) -> str:
    try:
        return urljoin(url or "", link.strip())
    except ValueError:
        return ""


class _Hidden:
    """A page in which characters that the library would delete have others in their place.

    It deletes what Python calls unprintable. That is every character newer than Python's Unicode,
    so that a page would read otherwise under another Python; and the joiners without which Persian
    and the scripts of India are misspelt. Ideographs that the page does not hold stand in for them.
    """

    def __init__(self, text: str) -> None:
        self._original: dict[int, str] = {}
        self._stand_in: dict[str, str] = {}
        refers = "&#" in text or "&zw" in text
        self.text = _REFERENCE.sub(_referred, text) if refers else text
        beyond = _beyond_ascii(self.text)
        if _candidates().search(beyond):
            self._spare = _absent(beyond)
            self.text = _candidates().sub(self._hide, self.text)

    def restored(self, text: str) -> str:
        """What was taken from the page, with its own characters, in NFC."""
        if not self._original:
            return text
        whole: str = unicodedata2.normalize("NFC", text.translate(self._original))
        return whole

    def _hide(self, found: re.Match[str]) -> str:
        character, around = found[0], found.string[max(0, found.start() - 1) : found.end() + 1]
        joins = len(around) == 3 and not _APART.search(around[::2])
        if not (joins if character in _JOINERS else character in _deleted()):
            return character
        if character not in self._stand_in:
            self._stand_in[character] = next(self._spare)
            self._original[ord(self._stand_in[character])] = character
        return self._stand_in[character]


def _absent(text: str) -> Iterator[str]:
    """Ideographs that do not stand in a text."""
    held = frozenset(text)
    yield from (character for character in map(chr, _IDEOGRAPHS) if character not in held)


def _beyond_ascii(text: str) -> str:
    """The characters beyond ASCII, where any is beyond Latin-1 too."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode().translate(None, _ASCII).decode()
    return ""


def _referred(found: re.Match[str]) -> str:
    """A character reference as the character, where that one may have to be hidden."""
    number = found[1]
    if not number:
        return _JOINERS[found[0] == "&zwj;"]
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    character = chr(code) if code < 0x110000 else ""
    return character if _candidates().fullmatch(character) else found[0]


@cache
def _deleted() -> frozenset[str]:
    """Assigned characters that this Python calls unprintable, and format characters one can see."""
    planes = map(chr, (*range(0x100, 0xD800), *range(0xE000, 0x40000)))
    return frozenset(
        c
        for c in planes
        if c in _SEEN or (not c.isprintable() and unicodedata2.category(c)[0] in "LMNPS")
    )


@cache
def _candidates() -> re.Pattern[str]:
    """What has to be looked up in ``_deleted``: a class that is quick to search."""
    low = "".join(c for c in sorted(_deleted()) if c < "\U00010000")
    return re.compile(f"[{re.escape(low)}{_JOINERS}\U00010000-\U0010ffff]")
