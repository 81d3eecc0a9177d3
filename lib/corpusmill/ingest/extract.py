"""The main text of an HTML page, and what the page states about itself.

``trafilatura`` finds the text; docs/decisions/007-html-extractor.md says why, and what its bounds
here are for. The same page gives the same ``Page`` whatever was extracted before it, whatever the
day: the library's duplicate filter, its guess of dates and its network functions are not used.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from corpusmill.ingest.charset import CharsetUnknown, decode
from corpusmill.ingest.page_bounds import close_deep_json, has_giant_tag, is_complex
from corpusmill.ingest.page_statements import stated_by
from corpusmill.ingest.unprintable import Hidden

LARGEST_PAGE = 9_999_999  # the parser drops what a longer text holds beyond
FOCI = ("balanced", "precision", "recall")
REMEMBERED = 16_000_000  # characters of pages of which the library may remember lines
COMPARED = 10_000  # tags of a page that is also given to the library's two other extractors
_JSON = etree.XPath("//script[contains(@type, 'ld+json')] | //div[@data-preloaded]")


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
    except (Unextractable, MemoryError):  # a worker without memory says nothing of the page
        raise
    except Exception:
        return None


def _extract(text: str, url: str | None, rules: ExtractRules) -> Page:
    nodes = text.count("<")
    if nodes > rules.max_nodes:
        raise Unextractable("html_too_many_nodes")
    if has_giant_tag(text):
        raise Unextractable("html_too_complex")
    library = _library()
    hidden = Hidden(text)
    tree = library.load_html(hidden.text)
    if tree is None:
        raise Unextractable("no_main_text")
    if is_complex(tree, nodes, len(text)):
        raise Unextractable("html_too_complex")
    json = _JSON(tree) if "ld+json" in text or "data-preloaded" in text else ()
    stated = stated_by(tree, text, json, url)
    close_deep_json(json)
    library.memories.make_room(len(text))
    found = library.extract(tree, options=_options(rules, nodes > COMPARED))
    if not found or found.isspace():
        raise Unextractable("no_main_text")
    title = stated.pop("title")
    return Page(hidden.restored(found), title and hidden.restored(title), **stated)


class _Memories:
    """What two pure functions of the library remember: lines of the last pages, however long.

    That makes pages quicker to read and changes none. It is forgotten before it is of more than
    ``REMEMBERED`` characters of pages.
    """

    def __init__(self, *functions: Any) -> None:
        self._functions = functions
        self._held = 0

    def make_room(self, characters: int) -> None:
        """Empty them if this page would be too much."""
        self._held += characters
        if self._held > REMEMBERED:
            for function in self._functions:
                function.cache_clear()
            self._held = characters


@dataclass(frozen=True)
class _Library:
    """What is used of trafilatura."""

    load_html: Callable[[str], Any]
    extract: Callable[..., str | None]
    settings: Callable[..., Any]
    memories: _Memories


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
    return _Library(load_html, extract, Extractor, _Memories(line_processing, trim))


@cache
def _options(rules: ExtractRules, fast: bool) -> Any:
    return _library().settings(
        comments=rules.comments,
        tables=rules.tables,
        precision=rules.focus == "precision",
        recall=rules.focus == "recall",
        fast=fast,
    )
