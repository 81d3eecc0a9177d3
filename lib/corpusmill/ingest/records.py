"""A record of a file is accepted or refused; a refused one keeps its place, length and digest only.

The fields of a record, wherever they come from (a JSON object, a row of Parquet, a row of a Delta
table), become a ``Record`` here, by one set of rules.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from typing import Any

from corpusmill.config import NAME
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Source

# Refusals that say nothing against the input: a crawl holds requests, images and empty pages.
EXPECTED = frozenset(
    {
        "repeated_record",
        "repeated_key",
        "not_a_page",
        "status_not_ok",
        "media_type_not_read",
        "no_main_text",
    }
)

# What every Python reads alike; from 3.11 on it would read more.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_DOC_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Reading:
    """How the files of a source are read: its declaration, and the limits."""

    source: Source = field(default_factory=Source)
    rules: IngestRules = field(default_factory=IngestRules)

    @cached_property
    def taken(self) -> frozenset[str | None]:
        """The fields that have a column of their own."""
        return frozenset(vars(self.source.columns).values())


@dataclass(frozen=True)
class Record:
    """An accepted record.

    ``number`` counts the records of its file from 0, ``offset`` is where it begins, in bytes,
    ``key`` its own id or None, ``source`` the source it names itself. Times are UTC, as ``utc``
    gives them.
    """

    number: int
    content: str
    offset: int | None = None
    key: str | None = None
    source: str | None = None
    url: str | None = None
    created: str | None = None
    crawled: str | None = None
    licence: str | None = None
    generator: str | None = None
    generation: int | None = None
    parent_ids: list[str] | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """A record that was not accepted: why, how many bytes it had, and their SHA-256 in hex."""

    number: int
    reason: str
    length: int
    digest: str
    offset: int | None = None


class Unfit(Exception):
    """Why a record is refused; the argument is the reason, a name."""


def refusal(number: int, data: bytes, reason: str, offset: int | None = None) -> Refusal:
    """The refusal of a record whose bytes are known."""
    return Refusal(number, reason, len(data), hashlib.sha256(data).hexdigest(), offset)


def refused_beyond(accepted: int, reasons: Mapping[str, int], share: float) -> str | None:
    """How many of the records that should have been text were refused, where that is more than a
    share of them; else None."""
    broken = Counter({name: n for name, n in reasons.items() if name not in EXPECTED})
    refused = broken.total()
    if refused <= share * (accepted + refused):
        return None
    top = ", ".join(f"{n} {name}" for name, n in broken.most_common(3))
    return f"{refused} of {accepted + refused} records were refused, more than {share:.0%} ({top})"


def record_of(number: int, fields: Mapping[str, Any], how: Reading, offset: int | None) -> Record:
    """The record that named fields make. Raises ``Unfit``."""
    columns, taken = how.source.columns, how.taken
    content = text_of(fields.get(columns.text))
    rest = {as_text(name): as_text(v) for name, v in fields.items() if name not in taken}
    created = _field(fields, columns.created)
    moment = moment_of(created)
    if created is not None and moment is None:
        rest[as_text(columns.created)] = as_text(created)
    return Record(
        number=number,
        content=content,
        offset=offset,
        key=_key(_field(fields, columns.id)),
        source=_source(_field(fields, columns.source)),
        url=_text(_field(fields, columns.url)),
        created=moment,
        licence=_text(_field(fields, columns.licence)),
        generator=_text(_field(fields, columns.generator)),
        generation=_generation(_field(fields, columns.generation)),
        parent_ids=_parents(_field(fields, columns.parent_ids), how.source.parents),
        metadata=dict(sorted(rest.items())),
    )


def text_of(value: Any) -> str:
    """A value that may be the text of a document. Raises ``Unfit``."""
    if value is None:
        raise Unfit("text_missing")
    if not isinstance(value, str):
        raise Unfit("text_is_no_string")
    if not value or value.isspace():
        raise Unfit("text_blank")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unfit("lone_surrogate") from None
    return value


def as_text(value: Any) -> str:
    """Any value as text that has a UTF-8 form.

    Text as it is, times as ``moment_of`` tells them, bytes in hex, everything else as JSON.
    """
    if not isinstance(value, str):
        plainly = isinstance(value, bytes | date | time | timedelta | Decimal)
        value = (
            _foreign(value) if plainly else json.dumps(value, ensure_ascii=False, default=_foreign)
        )
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)


def doc_id(source: str, record_key: str) -> str:
    """First 128 bits of SHA-256 over source name and record key: 32 hex characters.

    The two are joined by NUL, which no source name holds. A part of a split document adds ``#part``
    to the source name, which holds none: no key is spelt like a part.
    """
    return hashlib.sha256(f"{source}\0{record_key}".encode()).hexdigest()[:32]


def utc(text: str | None) -> str | None:
    """An ISO 8601 date or time as ``YYYY-MM-DDTHH:MM:SSZ``; None for anything else.

    A time without a zone counts as UTC.
    """
    stated = (text or "").strip()
    if not _ISO.fullmatch(stated):
        return None
    try:
        return _stamp(datetime.fromisoformat(stated.replace("Z", "+00:00")))
    except (ValueError, OverflowError):
        return None


def moment_of(value: Any) -> str | None:
    """The same of any value: text, or the date or time of a table."""
    if isinstance(value, datetime):
        return _stamp(value)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    return utc(value) if isinstance(value, str) else None


def _stamp(moment: datetime) -> str:
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    moment = zoned.astimezone(timezone.utc).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='seconds')}Z"


def _field(fields: Mapping[str, Any], column: str | None) -> Any:
    return None if column is None else fields.get(column)


def _text(value: Any) -> str | None:
    return None if value is None else as_text(value)


def _key(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Unfit("id_is_no_string")
    key = str(value)
    if not key.isascii() and _SURROGATE.search(key):
        raise Unfit("lone_surrogate")
    return key


def _source(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise Unfit("source_is_no_name")
    return value


def _generation(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise Unfit("generation_is_no_number")
    return value


def _parents(value: Any, source: str | None) -> list[str] | None:
    """doc_ids of the parents, in the order given; keys of another source become its doc_ids."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        raise Unfit("parent_ids_are_no_list")
    if source is not None:
        return [doc_id(source, as_text(key)) for key in value]
    if not all(_DOC_ID.fullmatch(key) for key in value):
        raise Unfit("parent_ids_are_no_doc_ids")
    return list(value)


def _foreign(value: Any) -> Any:
    """What tables hold and JSON does not."""
    if isinstance(value, bytes):
        return value.hex()
    moment = moment_of(value)
    return str(value) if moment is None else moment
