"""Registered domains of addresses, by the list of public suffixes that tldextract ships."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tldextract


@cache
def _split() -> tldextract.TLDExtract:
    """Reads the shipped list once a process, and fetches none."""
    import tldextract  # a fifth of a second, and only workers need it

    return tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())


def registered_domain(url: str) -> str | None:
    """The name that was registered for an address, in lower case: one label and a public suffix.

    Subdomains belong to it, those of hosting services too: what ``github.io`` hands out is one
    domain. Of a name without a public suffix the last label counts as one, and an IP address stands
    for itself; None where the address names no host, as ``urn:`` does.
    """
    parts = _split().extract_str(url)
    if "//" not in url and not parts.suffix:
        return None
    own = [parts.domain, parts.suffix]
    if not parts.suffix and parts.subdomain:
        own = [parts.subdomain.rpartition(".")[2], parts.domain]
    return ".".join(filter(None, own)).lower() or None
