"""What two addresses are compared by: are they the same but for what leads to the same place?"""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from courlan import normalize_url

# Names that mail, advertising and statistics add to links and no page reads: exact ones, for what
# only begins so (``gl``, ``cid``, ``ref``, ``source``) tells one page from another on many sites.
_TRACKERS = frozenset(
    (
        *("fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "msclkid"),
        *("yclid", "ysclid", "twclid", "ttclid", "igshid", "igsh", "li_fat_id", "rb_clickid"),
        *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "__hstc", "__hssc", "__hsfp"),
        *("hsctatracking", "ml_subscriber", "ml_subscriber_hash", "oly_anon_id", "oly_enc_id"),
        *("vero_id", "vero_conv", "s_kwcid", "wickedid", "_openstat", "_ga", "_gl", "xtor"),
    )
)
_TRACKING = ("utm_", "mtm_")
_AS_BYTES = "surrogateescape"  # what is no UTF-8 keeps telling two addresses apart


def address_key(url: str) -> str | None:
    """What an address is compared by, None for what is none of http or https.

    Equal for addresses that differ only in scheme, case of the host, default port, fragment, the
    order of parameters, ones that only track readers, and the last slash of the path.
    """
    try:
        parts = urlsplit(url.strip())
        found = normalize_url(parts._replace(query="", fragment=""))
    except ValueError:
        return None
    scheme, mark, place = found.partition("://")
    if not (mark and scheme in ("http", "https") and place.rstrip("/")):
        return None
    query = _query(parts)
    return place.rstrip("/") + (f"?{query}" if query else "")


def _query(parts: SplitResult) -> str:
    """The parameters that say which page, by name; of one name, and without values, as they are."""
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors=_AS_BYTES)
    wanted = [pair for pair in pairs if not _tracks(pair[0].lower())]
    return urlencode(sorted(wanted, key=lambda pair: pair[0]), errors=_AS_BYTES)


def _tracks(name: str) -> bool:
    return name in _TRACKERS or name.startswith(_TRACKING)
