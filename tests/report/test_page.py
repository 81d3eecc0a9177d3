"""The page: what stands on it, that nothing on it can run or load, and that it stays small."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from made_facts import EVIL, made_facts, no_facts

from corpusmill.report import page as module
from corpusmill.report.facts import Flow, TableState, Twins
from corpusmill.report.page import render, table_name

SHOWN = EVIL.replace("\u202e", "\\u202e")
HARMLESS = {"href", "class", "style", "role", "tabindex", "scope", "colspan", "id", "lang", "open"}
DRAWN = {"viewbox", "d", "x", "y", "transform"}
HEAD = {"charset", "name", "content", "http-equiv", "dir"}
VOID = {"meta"}


class Reader(HTMLParser):
    """Tags, attributes, lines of tables by section, links, and whether tags close as they open."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.ids, self.links = Counter(), set(), [], []
        self.lines, self.text, self.open, self.section = {}, [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        known = dict(attrs)
        self.ids += [known["id"]] if "id" in known else []
        self.links += [known["href"]] if "href" in known else []
        if tag == "section":
            self.section = known["id"]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.lines.setdefault(self.section, []).append([])
        if tag in ("td", "th"):
            self.lines[self.section][-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if {"td", "th"} & set(self.open):
            self.lines[self.section][-1][-1] += data.strip()


def read(facts):
    reader = Reader()
    reader.feed(render(facts))
    assert reader.open == []
    return reader


def test_nothing_on_the_page_runs_or_is_loaded():
    text = render(made_facts())
    reader = read(made_facts())

    assert not {"script", "img", "iframe", "link", "object", "embed", "form", "base"} & set(
        reader.tags
    )
    aria = {name for name in reader.attributes if name.startswith("aria-")}
    assert reader.attributes <= HARMLESS | DRAWN | HEAD | aria
    assert all(link.startswith("#") for link in reader.links)
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src 'none'" in text


def test_texts_of_others_stay_text():
    reader = read(made_facts())

    assert "".join(reader.text).count(SHOWN) >= 8
    assert "{{ 7 * 7 }}" in "".join(reader.text)
    assert "\u202e" not in "".join(reader.text)


def test_equal_facts_give_equal_bytes():
    assert render(made_facts()) == render(made_facts())


@pytest.mark.parametrize("facts", [made_facts, no_facts], ids=["full", "empty"])
def test_every_section_is_in_the_contents_and_says_where_it_is_from(facts):
    reader = read(facts())
    text = render(facts())

    sections = re.findall(r'<section id="(\w+)">', text)
    assert sections == [anchor for anchor, _ in module._CONTENTS]
    assert set(reader.links) - {"#main"} <= {f"#{name}" for name in sections}
    assert all(f"#{name}" in reader.links for name in sections)
    assert text.count('<p class="from">') == len(sections) - 1
    assert Counter(reader.ids).most_common(1)[0][1] == 1


def test_an_empty_warehouse_is_told_with_the_commands_that_fill_it():
    text = render(no_facts())

    for job in ("ingest-documents", "select-documents", "cluster-duplicates", "build-shards"):
        assert f"<code>corpusmill {job}</code> fills it" in text
    assert "<svg" not in text


def test_no_duplicates_found_is_told_apart_from_none_looked_for():
    looked = TableState("duplicates", 1, 0, is_filled=True)
    never = TableState("duplicates", 0, 0)
    texts = [
        render(replace(made_facts(), tables=[state], twins=Twins())) for state in (looked, never)
    ]

    said = "filled table <code>duplicates</code>, and it has no rows"
    advice = "<code>corpusmill cluster-duplicates</code> fills it"
    assert [said in text for text in texts] == [True, False]
    assert [advice in text for text in texts] == [False, True]


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"gopher_quality": {"min_words": 77}}, "under 77: words of the text"),
        ({}, "under the limit: words of the text"),
    ],
)
def test_limits_of_rules_are_those_of_the_recipe_that_made_the_selection(filters, said):
    """The newest set's recipe says 50."""
    lines = read(replace(made_facts(), recipe={"quality": {"filters": filters}})).lines["dropped"]

    [meant] = [line[1] for line in lines if line and line[0] == "gopher_quality.too_few_words"]
    assert meant.startswith(said)


def test_what_was_counted_is_shown():
    lines = read(made_facts()).lines

    assert ["web", "9,900,000", "77.3 %", "", "5,000", "3,614", "72.3 %"] in lines["tokens"]
    assert ["web", "5,000", "1,386", "27.7 %", "", "duplicate.near", "700"] in lines["dropped"]
    assert ["near", "640"] in lines["duplicates"]
    assert ["EMAIL_ADDRESS", "300", "", "2", "1", "150"] in lines["privacy"]
    assert ["ja", "700", "1.30", "4.00", "< 0.1 %"] in lines["tokenizer"]
    assert ["web/en", "60.0 %", "61.5 %", "", "8,020,000", "700,000", "1 or 2"] in lines["mix"]
    rest = ["everything else", "40.0 %", "38.5 %", "", "5,030,000", "700,000", "1 or 2"]
    assert rest in lines["mix"]
    assert ["old", "a" * 16, "8", "80", "160,000", "no manifest"] in lines["shards"]


def test_a_long_table_says_how_much_it_leaves_out():
    many = [Flow("source", f"s{n:04}", accepted=1, tokens=n) for n in range(2_000)]
    facts = replace(made_facts(), flows=[*many, *made_facts().flows[33:]])

    assert "1,980 more are not shown." in render(facts)
    assert len(render(facts)) < len(render(made_facts())) + 20_000


def test_samples_show_what_was_cleared_and_what_differs():
    text = render(made_facts())

    assert "<mark>&lt;EMAIL_ADDRESS&gt;</mark>" in text
    assert "<ins>baker </ins>" in text
    assert "<ins>cook </ins>" in text
    assert text.count("Not shown: the search for personal data failed") == 3


def test_the_page_is_small():
    assert len(render(made_facts())) < 300_000


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("lake.corpus", "lake.corpus.tokens"),
        ("/data/w`x", "delta.`/data/w``x/tokens`"),
        ("s3://bucket/w", "delta.`s3://bucket/w/tokens`"),
    ],
)
def test_queries_name_the_table_as_sql_does(place, name):
    assert table_name(place, "tokens") == name
