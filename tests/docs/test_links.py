"""Links between the pages lead to what is there."""

from __future__ import annotations

import re

import pytest
from documented import NOTEBOOKS, PAGES, ROOT, markdown, page_name, prose

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
LINKING = [*PAGES, *NOTEBOOKS, ROOT / "CHANGELOG.md"]


def anchors(page):
    """The names that GitHub gives to the headings of a page."""
    heads = [line.lstrip("#").strip() for line in prose(page) if re.match("#+ ", line)]
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", LINKING, ids=page_name)
def test_links_lead_to_files_and_headings(page):
    for target in LINK.findall("\n".join(prose(page))):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


def test_the_index_names_every_page():
    index = markdown(ROOT / "docs" / "README.md")

    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}

    assert {name for name in pages if f"({name})" not in index} == set()
