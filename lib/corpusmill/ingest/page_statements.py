"""What a page states about itself: title, language, date, licence. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree

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

_TIMES = etree.XPath(
    "//time[@datetime][@pubdate or @itemprop = 'datePublished' or"
    " contains(@class, 'published') or contains(@class, 'entry-date')]"
)
_LICENSED = etree.XPath("//a[contains(@rel, 'icense')] | //link[contains(@rel, 'icense')]")
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
_EPOCH = "1970-01-01T00:00:00Z"  # what a missing date becomes in many systems


def stated_by(tree: Any, text: str, json: Iterable[Any], url: str | None) -> dict[str, str | None]:
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
