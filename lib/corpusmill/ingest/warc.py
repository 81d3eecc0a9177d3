"""WARC and WET files: pages as they were crawled, and texts that were taken out of them.

Responses and resources that are HTML or plain text, and conversions, become documents; every other
record is refused under a reason that says it is none. ``warcio`` reads the records, each on its own
bytes: of the libraries it is the one that takes false transfer and content encodings, common in
crawls, as browsers do.
"""

from __future__ import annotations

import io
import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.charset import decode
from corpusmill.ingest.framing import Framed, Frames
from corpusmill.ingest.html import main_text, stated
from corpusmill.ingest.plain import decoded
from corpusmill.ingest.records import Reading, Record, Refusal, Unfit, refusal, text_of, utc
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.unpack import Stream, packing_of

_HTML = ("text/html", "application/xhtml+xml")
_TEXT = ("text/plain", "text/markdown")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]+)", re.ASCII | re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(
    rb"\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b", re.I | re.S
)
_SNIFFED = 1024


def plan(
    location: Path, _start: int, _end: int | None, step: int, rules: IngestRules
) -> Iterator[Block]:
    """Blocks of about ``step`` bytes of the file, cut where reading may begin."""
    start = count = 0
    for framed in _framed(location, 0, rules):
        if framed.splits and framed.fault is None and framed.offset - start >= step:
            yield Block(start, framed.offset, 0, count)
            start, count = framed.offset, 0
        count += 1
    yield Block(start, None, 0, count)


def read(
    location: Path, block: Block, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    """Every record of a block, accepted or refused."""
    for number, framed in enumerate(_framed(location, block.start, how.rules), block.first):
        if number - block.first >= block.records:
            return
        if wanted is None or number in wanted:
            yield _record(number, framed, how)


def _framed(location: Path, start: int, rules: IngestRules) -> Iterator[Framed]:
    with location.open("rb") as file:
        file.seek(start)
        stream = Stream(file, packing_of(location.name), rules.expansion)
        yield from Frames(stream, rules.record_bytes)


def _record(number: int, framed: Framed, how: Reading) -> Record | Refusal:
    if framed.data is None:
        return Refusal(number, str(framed.fault), framed.length, framed.digest, framed.offset)
    try:
        return _document(number, framed.offset, _parsed(framed.data), how.rules)
    except Unfit as unfit:
        return refusal(number, framed.data, str(unfit), framed.offset)


def _parsed(data: bytes) -> Any:
    """The record as ``warcio`` has it. Raises ``Unfit`` for whatever it raises."""
    try:
        found = next(iter(ArchiveIterator(io.BytesIO(data))))
    except MemoryError:
        raise
    except Exception:
        raise Unfit("not_a_warc_record") from None
    return found


def _document(number: int, offset: int, record: Any, rules: IngestRules) -> Record:
    headers = record.rec_headers
    url = headers.get_header("WARC-Target-URI")
    about: dict[str, Any] = {
        "number": number,
        "offset": offset,
        "key": headers.get_header("WARC-Record-ID") or None,
        "url": url.strip("<>") if url else None,
        "crawled": _moment(headers.get_header("WARC-Date")),
    }
    if record.rec_type == "conversion":
        text = text_of(decoded(_body(record, rules)))
        language = headers.get_header("WARC-Identified-Content-Language")
        return Record(content=text, metadata={"language": language} if language else {}, **about)
    media, charset, body = _payload(record, rules)
    if media in _TEXT:
        return Record(content=text_of(_plain(body, charset)), **about)
    page = main_text(body, charset, about["url"], rules)
    return Record(
        content=page.text,
        created=page.published,
        licence=page.licence,
        metadata=stated(page),
        **about,
    )


def _payload(record: Any, rules: IngestRules) -> tuple[str, str | None, bytes]:
    """Media type, stated charset and body of a page. Raises ``Unfit`` for everything else."""
    if record.rec_type not in ("response", "resource"):
        raise Unfit("not_a_page")
    block = (record.rec_headers.get_header("Content-Type") or "application/http").lower()
    http = record.http_headers is not None and block.startswith("application/http")
    if record.rec_type == "response" and not http:
        raise Unfit("media_type_not_read")
    if record.http_headers is not None and record.http_headers.get_statuscode() != "200":
        raise Unfit("status_not_ok")
    headers = record.http_headers or record.rec_headers
    content_type = headers.get_header("Content-Type") or ""
    media = content_type.partition(";")[0].strip().lower()
    if media and media not in (*_HTML, *_TEXT):
        raise Unfit("media_type_not_read")
    body = _body(record, rules)
    if not media:
        if not _LOOKS_LIKE_HTML.match(body[:_SNIFFED]):
            raise Unfit("media_type_not_read")
        media = _HTML[0]
    charset = _CHARSET.search(content_type)
    return media, charset[1] if charset else None, body


def _body(record: Any, rules: IngestRules) -> bytes:
    """The body without its encodings, bounded: a little can hold far too much."""
    headers = record.http_headers
    encoding = ((headers and headers.get_header("Content-Encoding")) or "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Unfit("encoding_not_read")
    if encoding == "x-gzip":  # the old name, which the library does not know
        headers.replace_header("Content-Encoding", "gzip")
    try:
        body: bytes = record.content_stream().read(rules.record_bytes + 1)
    except MemoryError:
        raise
    except Exception:
        raise Unfit("encoding_damaged") from None
    if len(body) > rules.record_bytes:
        raise Unfit("record_too_long")
    return body


def _plain(body: bytes, charset: str | None) -> str:
    try:
        return decode(body, charset)
    except ValueError:
        raise Unfit("charset_unknown") from None


def _moment(stated_date: str | None) -> str | None:
    """WARC 1.1 allows fractions of a second of any length."""
    return utc(re.sub(r"\.\d+", "", stated_date or ""))
