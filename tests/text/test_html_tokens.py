"""What HTML left behind goes; what only has the same characters stays."""

from __future__ import annotations

import hashlib
from collections import Counter
from html.entities import html5

import pytest

from corpusmill.text.html_tokens import without_html

TABLE = "2222401e93a2f95e37a3b2e8ef94656bd6ba960d381035872a601c9463af26d6"


@pytest.mark.parametrize(
    ("text", "plain", "places"),
    [
        ("a<br>b", "a\nb", 1),
        ("a<br/>\nb<BR />\n", "a\nb\n", 2),
        ("<p>one</p>\n<p>two</p>", "one\ntwo", 4),
        ("one</p><p>two", "one\n\ntwo", 2),
        ("un<i>believ</i>able H<sub>2</sub>O", "unbelievable H2O", 4),
        ("<b>Note</b>: x", "Note: x", 2),
        ("a <option value='x'> b <option>c</option>", "a \n b \nc", 3),
        ("<a href=\"http://x.y/?a=1&b=2\" title='a > b'>text</a>", "text", 2),
        ("<td>1</td><td>2</td>", "1  2", 4),
        ("<span\n class=x>y</span >", "y", 2),
        ("x<!-- <b>\n -- -->y<!-- open", "xy<!-- open", 1),
        ("<script>if (a<b) {}</script>x<SCRIPT src=y>\n</Script>z", "xz", 2),
        ("<style type='text/css'>p {}\n</style>x", "x", 1),
        ("<script>open", "<script>open", 0),
        ("<!DOCTYPE html>\n<?xml version='1.0'?>\nx", "\n\nx", 2),
        ("AT&amp;T &lt;3 &copy;&nbsp;2020 &#8217;&#x2019;", "AT&T <3 ©\xa02020 ’’", 6),
        ("&#128;&#0;&#xD800;", "€\ufffd\ufffd", 3),  # as browsers read them
    ],
)
def test_tokens_go_and_are_counted(text: str, plain: str, places: int) -> None:
    changes: Counter[str] = Counter()

    assert without_html(text, changes) == plain
    assert changes["html"] == places


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d, a<b, x <- y, 1 <2> 3",
        "if a <b and c> d",
        "List<String> m = new HashMap<K, V>(); Foo<S> f; Array<U>; vector<a> v",
        "#include <map>\n#include <stdio.h>",
        "usage: cp <source> <target>; see <option>, <file> and <input>",
        "<john@example.org> <https://example.org/> <T> <3 <>",
        "R&D, AT&T, a&b; &copy 2020, &notit; &bogus; &#xffffffff; &;",
        "<!-- never closed",
        "a -> b --> c",
        "",
    ],
)
def test_what_is_no_html_stays(text: str) -> None:
    changes: Counter[str] = Counter()

    assert without_html(text, changes) == text
    assert not +changes


def test_a_word_in_brackets_is_a_tag_where_its_end_is_in_the_text() -> None:
    assert without_html("<code>x</code> <title>", Counter()) == "x <title>"
    assert without_html("<title> <code>x</code> </TITLE>", Counter()) == " x "


def test_every_named_reference_becomes_what_the_standard_says() -> None:
    names = [name for name in html5 if name.endswith(";")]

    found = [without_html(f"&{name}", Counter()) for name in names]

    assert found == [html5[name] for name in names]
    assert len(names) > 2_000


def test_the_table_of_references_is_the_same_in_every_python() -> None:
    table = "\n".join(f"{name} {value}" for name, value in sorted(html5.items()))

    assert hashlib.sha256(table.encode()).hexdigest() == TABLE
