"""Each order alone and combined, against keys that Python sorts by, ties and gaps included."""

from __future__ import annotations

import itertools

import pytest

from corpusmill.precedence import SurvivorRules, precedence

ROW = (
    "doc_id string, source string, chars bigint, created string, classifier_scores map<string,int>"
)
# Every combination of these twice: ties in all that is compared are decided by the id.
SCORES = (None, {}, {"other": 9}, {"quality": 0}, {"quality": 5}, {"quality": 900_000})
CHARS = (0, 9, 10)
DATES = (None, "1999-12-31T23:59:59Z", "2001-01-01T00:00:00Z", "2001-01-01T00:00:01Z")
SOURCES = ("books", "news", "web")
ROWS = [
    (f"{n * 7919 % 1_000:03d}", source, chars, created, scores)
    for n, (_, scores, chars, created, source) in enumerate(
        itertools.product((1, 2), SCORES, CHARS, DATES, SOURCES)
    )
]


def score(row):
    return (row[4] or {}).get("quality")


def moment(row):
    return None if row[3] is None else int("".join(filter(str.isdigit, row[3])))


def place(row, named):
    return named.index(row[1]) if row[1] in named else None


def first(value, sign):
    """A sort key: unknown last, the others small first (sign 1) or large first (-1)."""
    return (value is None, 0 if value is None else sign * value)


SLOW = {
    "quality": lambda row, _: first(score(row), -1),
    "-quality": lambda row, _: first(score(row), 1),
    "length": lambda row, _: first(row[2], -1),
    "-length": lambda row, _: first(row[2], 1),
    "created": lambda row, _: first(moment(row), 1),
    "-created": lambda row, _: first(moment(row), -1),
    "source": lambda row, named: first(place(row, named), 1),
    "-source": lambda row, named: first(place(row, named), -1),
}


@pytest.mark.parametrize(
    ("survivor", "sources"),
    [
        *(((name,), ()) for name in SLOW if "source" not in name),
        (("source",), ("news", "books")),
        (("-source",), ("news", "books")),
        ((), ()),
        (("quality", "length", "created"), ()),
        (("-created", "-quality"), ()),
        (("source", "-created", "length", "quality"), ("web",)),
        (("-length", "source", "-quality", "created"), ("books", "web", "absent")),
    ],
    ids=lambda value: ",".join(value) or "none",
)
def test_documents_stand_in_the_order_that_is_asked_for(dealt, survivor, sources):
    rules = SurvivorRules(survivor, sources)

    found = dealt(ROWS, ROW).orderBy(precedence(rules)).select("doc_id").collect()

    def slow(row):
        return ([SLOW[name](row, sources) for name in survivor], row[0])

    assert [row.doc_id for row in found] == [row[0] for row in sorted(ROWS, key=slow)]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"survivor": ("quality", "size")}, ["survivor: size", "quality, length, created, source"]),
        ({"survivor": ("--length",)}, ["survivor: --length is unknown"]),
        ({"survivor": ("doc_id",)}, ["survivor: doc_id is unknown"]),
        ({"survivor": ("length", "-length")}, ["survivor: ", "only once"]),
        ({"survivor": ("source",)}, ["sources: ", "go together with source in survivor"]),
        ({"sources": ("web",)}, ["sources: ", "go together with source in survivor"]),
        ({"survivor": ("source",), "sources": ("web", "web")}, ["sources: ", "only once"]),
        ({"survivor": ("source",), "sources": ("web", "")}, ["sources: ", "empty"]),
    ],
)
def test_what_is_no_order_is_refused_by_its_key(rules, words):
    with pytest.raises(ValueError, match=r"^s") as caught:
        SurvivorRules(**rules)

    assert [word for word in words if word not in str(caught.value)] == []
