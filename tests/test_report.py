"""The data card: what stands on it, in which order, and that nothing on it can run."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from corpusmill.distributions import Distributions, Spread
from corpusmill.losses import Loss
from corpusmill.page import escaped, grid
from corpusmill.report import Findings, render
from corpusmill.samples import Sample

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">'
COUNTS = {
    "raw_documents": 120,
    "documents": 100,
    "scored": 80,
    "kept": 60,
    "clean_documents": 60,
    "quarantined": {"text_missing": 3},
    "dropped": {"duplicate.near": 9, "c4.a": 20, "gopher_quality.b": 15, "language.unknown": 5},
    "decided": {"duplicate.near": 4, "c4.a": 16, "gopher_quality.b": 15, "language.unknown": 5},
    "tagged": {"fineweb.c": 7},
    "duplicates": {"near": 9},
    "pii": {},
    "edited_characters": {"frequent": 70, "pii": 5},
    "languages": {"en": 95, "unknown": 5},
}
LOSSES = [
    Loss("source", EVIL, 10, 3, {"c4.a": 3}),
    Loss("source", "web", 90, 30, {"c4.a": 20, "gopher_quality.b": 10}),
    Loss("language", "en", 95, 35, {"c4.a": 20}),
    Loss("kind", "book", 100, 0, {}),
]
SPREADS = (Spread("words", "language", "en", 95, (1, 2, 3, 4, 50_000)),)


class Reader(HTMLParser):
    """Cells of all tables, line by line, and the names of all tags."""

    def __init__(self):
        super().__init__()
        self.tags, self.lines, self.titles, self.text = set(), [], [], []
        self.inside = None

    def handle_starttag(self, tag, attrs):
        self.tags |= {tag, *(name for name, _ in attrs if name.startswith("on"))}
        self.inside = tag
        if tag == "tr":
            self.lines.append([])
        if tag in ("td", "th"):
            self.lines[-1].append("")

    def handle_data(self, data):
        self.text.append(data)
        if self.inside in ("td", "th"):
            self.lines[-1][-1] += data
        if self.inside == "h2":
            self.titles.append(data)


def card(samples=(), counts=COUNTS, losses=LOSSES):
    found = Findings(losses, Distributions(95, 95, SPREADS), [("quality", 19, 4, 99, 4)], samples)
    reader = Reader()
    reader.feed(render(counts, {"warehouse": EVIL}, found))
    return reader


def test_the_funnel_stands_in_the_order_in_which_rules_decide():
    lines = card().lines

    start = lines.index(["rule", "dropped here", "would drop alone", "documents left"])
    assert lines[start + 1 : start + 5] == [
        ["language.unknown", "5", "5", "95"],
        ["gopher_quality.b", "15", "15", "80"],
        ["c4.a", "16", "20", "64"],
        ["duplicate.near", "4", "9", "60"],
    ]


def test_losses_stand_by_group_with_the_rule_that_drops_most():
    lines = card().lines

    assert ["web", "90", "30", "33.3 %", "c4.a", "20"] in lines
    assert ["en", "95", "35", "36.8 %", "c4.a", "20"] in lines
    assert ["book", "100", "0", "0.0 %", "", "0"] in lines


def test_spreads_and_buckets_are_shown():
    lines = card().lines

    assert ["language", "en", "95", "1", "2", "3", "4", "50,000"] in lines
    assert ["quality", "19", "4", "99", "4"] in lines


def test_samples_stand_under_the_rule_that_decided():
    samples = [
        Sample(None, "1" * 32, "web", ("fineweb.c",), "kept text"),
        Sample("c4.a", "2" * 32, "web", ("c4.a",), None),
        Sample("language.unknown", "3" * 32, EVIL, ("language.unknown",), EVIL),
    ]

    reader = card(samples)

    assert [title for title in reader.titles if title.startswith("Some")] == [
        "Some that were kept",
        "Some that language.unknown dropped",
        "Some that c4.a dropped",
    ]
    text = "".join(reader.text)
    assert EVIL in text
    assert "Not shown: the search for personal data failed on this text." in text
    assert not {"script", "img", "onerror", "a", "iframe", "link"} & reader.tags


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a<b & 'c'", "a&lt;b &amp; &#x27;c&#x27;"),
        ("one\ntwo", "one\ntwo"),
        ("\x1b[2J\u202egnp", "\\x1b[2J\\u202egnp"),
        (7, "7"),
    ],
)
def test_what_cannot_be_seen_is_shown_by_its_code(value, shown):
    assert escaped(value) == shown


def test_a_long_table_says_how_much_it_leaves_out():
    text = grid(("n",), [(n,) for n in range(50)], most=40)

    assert text.count("<tr>") == 41
    assert "10 more are not shown." in text
