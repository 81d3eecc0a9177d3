"""Token deltas against every document looked up one by one."""

from collections import Counter

import pytest

from corpusmill.shards.deltas import held_by_plan, held_by_table, token_deltas

TOKENS = "doc_id string, text_digest string, token_count bigint"
MIX = "doc_id string, repeats int"
CLEAN = "doc_id string, source string, language string"
SELECTION = "doc_id string, kept boolean, decided_by array<string>"
ID = "doc_id string"
COLUMNS = ("reason", "source_a", "language_a", "source_b", "language_b")
COUNTS = ("documents_a", "documents_b", "tokens_a", "tokens_b")

# document -> what it is in a and in b: (text, ids, repeats, language), or where it was last seen
FATES = {
    "same": (("t", 5, 1, "en"), ("t", 5, 1, "en"), "same"),
    "edited": (("t", 5, 1, "en"), ("t", 7, 1, "en"), "tokens changed"),
    "rewritten": (("t", 5, 1, "en"), ("u", 9, 2, "de"), "text changed"),
    "repeated": (("t", 5, 1, "en"), ("t", 5, 3, "en"), "repeats changed"),
    "withdrawn": (("t", 4, 2, "de"), "documents", "not delivered"),
    "new": ("documents", ("t", 11, 1, "fr"), "not delivered"),
    "twin": (("t", 6, 1, "en"), "selection", "duplicate.near"),
    "twin's twin": ("selection", ("t", 6, 1, "en"), "duplicate.near"),
    "private": (("t", 8, 1, "en"), "clean_documents", "dropped by PII"),
    "unmixed": (("t", 3, 1, "en"), "mix", "left out by the mix"),
    "emptied": (("t", 3, 1, "en"), "tokens", "no tokens"),
}
STEPS = ("documents", "selection", "clean_documents", "tokens", "mix")


def tables(dealt, side):
    """The tables of one set, each document gone as far as its fate says."""
    rows = {name: [] for name in STEPS}
    for doc_id, fates in FATES.items():
        fate = fates[side]
        held = fate if isinstance(fate, tuple) else ("t", 0 if fate == "tokens" else 2, 1, "en")
        reached = len(STEPS) if isinstance(fate, tuple) else STEPS.index(fate)
        text, count, repeats, language = held
        entries = {
            "documents": (doc_id,),
            "selection": (doc_id, True, []),
            "clean_documents": (doc_id, "web", language),
            "tokens": (doc_id, text, count),
            "mix": (doc_id, repeats),
        }
        if fate == "selection":
            rows["selection"] += [(doc_id, False, ["duplicate.near", "domain.over_cap"])]
        if fate == "tokens":
            reached += 1
        for name in STEPS[:reached]:
            rows[name].append(entries[name])
    schemas = (ID, SELECTION, CLEAN, TOKENS, MIX)
    return {name: dealt(rows[name], ddl) for name, ddl in zip(STEPS, schemas, strict=True)}


def slow_cells():
    cells = {}
    for fate_a, fate_b, reason in FATES.values():
        a, b = (fate if isinstance(fate, tuple) else None for fate in (fate_a, fate_b))
        key = [reason]
        for held in (a, b):
            key += ["web", held[3]] if held else [None, None]
        counts = cells.setdefault(tuple(key), Counter())
        for side, held in (("a", a), ("b", b)):
            if held:
                counts[f"documents_{side}"] += 1
                counts[f"tokens_{side}"] += (held[1] + 1) * held[2]
    return {key: tuple(counts[name] for name in COUNTS) for key, counts in cells.items()}


def held(side):
    return held_by_plan(side["tokens"], side["mix"], side["clean_documents"])


def cells(frame):
    rows = frame.collect()
    found = {tuple(row[c] for c in COLUMNS): tuple(row[c] for c in COUNTS) for row in rows}
    assert len(found) == len(rows)
    return found


def test_every_document_is_counted_once_under_its_reason(dealt):
    a, b = tables(dealt, 0), tables(dealt, 1)

    found = cells(token_deltas(held(a), held(b), a, b))

    assert found == slow_cells()


@pytest.mark.parametrize(
    ("unread", "documents"),
    [
        (["documents"], {"withdrawn", "new"}),
        (["selection"], {"twin", "twin's twin", "private"}),
        (["clean_documents"], {"private"}),
        (
            ["documents", "selection", "clean_documents"],
            {"withdrawn", "new", "twin", "twin's twin", "private"},
        ),
    ],
)
def test_without_a_table_only_its_reasons_are_not_known(spark, unread, documents):
    a, b = (tables(spark.createDataFrame, side) for side in (0, 1))
    known = [{n: f for n, f in side.items() if n not in unread} for side in (a, b)]

    frame = token_deltas(held(a), held(b), *known)

    lost = Counter(reason for name, (_, _, reason) in FATES.items() if name in documents)
    before = Counter(reason for _, _, reason in FATES.values())
    now = Counter()
    for row in frame.collect():
        now[row.reason] += max(row.documents_a, row.documents_b)
    assert now == before - lost + Counter({"no reason known": len(documents)})


def test_versions_of_the_tokens_table_count_ids_alone(spark):
    a = spark.createDataFrame([("x", "t", 5), ("y", "t", 0)], TOKENS)
    b = spark.createDataFrame([("x", "t", 5), ("z", "t", 7)], TOKENS)

    frame = token_deltas(held_by_table(a, None), held_by_table(b, None), {"tokens": a}, {})

    assert cells(frame) == {
        ("same", None, None, None, None): (1, 1, 5, 5),
        ("no reason known", None, None, None, None): (1, 1, 0, 7),
    }
