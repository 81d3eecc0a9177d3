"""HTML files: one page, one document, its main text."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

from corpusmill.ingest.blocks import Block
from corpusmill.ingest.extract import Page, Unextractable, extract_page
from corpusmill.ingest.plain import only_record
from corpusmill.ingest.records import Reading, Record, Refusal, Unfit, text_of
from corpusmill.ingest.rules import IngestRules


def read(
    location: Path, block: Block, how: Reading, wanted: Container[int] | None
) -> Iterator[Record | Refusal]:
    """The page as one record."""

    def document(data: bytes) -> Record:
        page = main_text(data, None, None, how.rules)
        return Record(
            block.first,
            page.text,
            0,
            created=page.published,
            licence=page.licence,
            metadata=stated(page),
        )

    return only_record(location, block, how.rules, wanted, document)


def main_text(data: bytes, charset: str | None, url: str | None, rules: IngestRules) -> Page:
    """The page that bytes hold, ``charset`` being what their transport says. Raises ``Unfit``."""
    try:
        page = extract_page(data, charset, url, rules.html)
    except Unextractable as error:
        raise Unfit(str(error)) from None
    text_of(page.text)
    return page


def stated(page: Page) -> dict[str, str]:
    """What a page says of itself and has no column of its own."""
    found = {"language": page.language, "title": page.title}
    return {name: value for name, value in found.items() if value}
