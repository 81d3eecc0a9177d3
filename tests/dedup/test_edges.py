"""Edges of buckets against slow references, whatever the partitions and the order of rows."""

import hashlib
import itertools
import random
from collections import defaultdict

import pytest

from corpusmill.dedup.edges import (
    address_edges,
    around,
    between,
    buckets_of,
    candidates,
    changed_members,
    crowded,
    documents_in,
    ends_of,
    exact_edges,
    members_of,
    near_edges,
    sketched,
    stand_alone,
    twins_of,
    verified_edges,
)
from corpusmill.dedup.rules import REACH, MinHashRules, Verification
from corpusmill.dedup.transform import index_documents

PARAMS = MinHashRules(words=2, bands=4, rows=1, seed=1).params
KEYED = "doc_id string, key string"
ADDRESSED = "doc_id string, url string, part int"
INDEX = "doc_id binary, band int, band_hash bigint"
MEMBER = f"{INDEX}, shingles_digest binary"
DOCUMENT = "doc_id string, text_digest string, text string"
HIGH = 0xFF << 120  # its first byte is negative for whoever compares bytes with signs
JACCARD = Verification("jaccard", 500_000, 30)


def name(number):
    return f"{number:032x}"


def key(number):
    return bytes.fromhex(name(number))


def edges(frame):
    assert frame.columns == ["a", "b", "relation", "similarity"]
    return sorted((bytes(r.a), bytes(r.b), r.relation, r.similarity) for r in frame.collect())


def pairs_of(frame):
    return sorted((bytes(row.a), bytes(row.b)) for row in frame.select("a", "b").collect())


def numbered(pairs):
    return sorted((key(a), key(b)) for a, b in pairs)


def rows_of(buckets):
    """Rows of members for {(band, hash): ids}; the words of a document are its id."""
    return [
        (key(n), band, value, hashlib.sha256(key(n)).digest()[:16] if band == 0 else None)
        for (band, value), ids in buckets.items()
        for n in ids
    ]


def words_of(members):
    return members.where("band = 0").select("doc_id", "shingles_digest")


def test_documents_of_one_key_draw_a_star_to_their_smallest_id(dealt):
    rows = [(1, "x"), (4, "x"), (3, "y"), (HIGH, "x"), (5, "y"), (7, "z"), (8, None), (9, None)]

    found = exact_edges(dealt([(name(n), text) for n, text in rows], KEYED))

    assert edges(found) == [
        (key(1), key(4), "exact", 1_000_000),
        (key(1), key(HIGH), "exact", 1_000_000),
        (key(3), key(5), "exact", 1_000_000),
    ]


def test_addresses_that_lead_to_one_place_are_twins(dealt):
    urls = {
        1: "https://Mill.example/corn?b=2&a=1",
        2: "http://mill.example:80/corn?a=1&b=2&utm_source=mail#top",
        3: "https://mill.example/corn?a=1",
        4: "https://mill.example/",
        5: "http://mill.example",
        6: None,
        7: None,
        8: "http://[::1",
        9: "http://[::1",
        10: "corn",
        11: "corn",
    }

    rows = [(name(n), url, None) for n, url in urls.items()]

    found = address_edges(dealt(rows, ADDRESSED))

    assert edges(found) == [(key(1), key(2), "address", None), (key(4), key(5), "address", None)]


def test_parts_of_a_document_are_no_twins_for_its_address(dealt):
    parts = [(1, 1), (2, 2), (3, 3), (4, None), (5, None), (6, 1)]
    rows = [(name(n), "https://mill.example/long", part) for n, part in parts]

    found = address_edges(dealt(rows, ADDRESSED))

    assert edges(found) == [(key(4), key(5), "address", None)]


def test_each_bucket_draws_a_star_to_its_smallest_id(dealt):
    buckets = {(0, 5): [4, 2, HIGH], (1, 5): [7, 4], (0, -9): [9], (2, -9): [HIGH, 4, 2]}

    found = near_edges(dealt(rows_of(buckets), MEMBER))

    assert edges(found) == [
        (key(2), key(4), "near", None),
        (key(2), key(HIGH), "near", None),
        (key(4), key(7), "near", None),
    ]


def test_members_are_the_eligible_documents_without_the_spec(dealt):
    rows = [(key(n), 0, 5) for n in (1, 2, 3)] + [(key(0), -1, 0), (key(2), 1, 6)]

    found = members_of(dealt(rows, INDEX), dealt([(name(n), "") for n in (0, 2, 3, 4)], KEYED))

    found = sorted((bytes(row.doc_id), row.band) for row in found.collect())
    assert found == [(key(2), 0), (key(2), 1), (key(3), 0)]


def test_every_two_documents_of_a_bucket_are_a_pair(dealt):
    members = dealt(rows_of({(0, 5): [4, 2, HIGH], (1, 5): [7, 4], (1, 6): [2, HIGH]}), MEMBER)

    pairs = candidates(members, 30)

    assert pairs_of(twins_of(words_of(members))) == []
    assert pairs_of(pairs) == numbered([(2, 4), (2, HIGH), (4, HIGH), (4, 7)])


def test_documents_of_equal_words_are_twins_and_one_stands_for_all(dealt):
    buckets = {(0, 5): [1, 2, 3, 4], (1, 7): [2, 3, 9]}
    rows = [
        (n, band, value, b"same" if n in (key(2), key(3)) and words else words)
        for n, band, value, words in rows_of(buckets)
    ]
    members = dealt([*rows, (key(9), 0, 77, b"nine")], MEMBER)

    twins = twins_of(words_of(members))
    pairs = candidates(stand_alone(members, twins), 30)

    assert pairs_of(twins) == numbered([(2, 3)])
    assert pairs_of(pairs) == numbered([(1, 2), (1, 4), (2, 4), (2, 9)])


def test_in_a_crowded_bucket_each_is_a_pair_with_the_next_ones(dealt):
    ids = [n * 3 + 1 for n in range(REACH + 15)]
    members = dealt(rows_of({(0, 5): ids, (1, 1): ids[:20]}), MEMBER)

    pairs = candidates(members, 20)
    found = crowded(members, 20)

    near = {(a, b) for i, a in enumerate(ids) for b in ids[i + 1 : i + 1 + REACH]}
    assert pairs_of(pairs) == numbered(near | set(itertools.combinations(ids[:20], 2)))
    assert [(r.band, bytes(r.doc_id), r.size) for r in found.collect()] == [(0, key(1), len(ids))]


def corpus(count, seed):
    """Versions of six texts, some of them equal, and some texts without a word."""
    draw = random.Random(seed)
    bases = [draw.choices("abcdefghijklmnop", k=20) for _ in range(6)]
    texts = {}
    for number in range(1, count):
        words = list(draw.choice(bases))
        for _ in range(draw.randrange(5)):
            words[draw.randrange(20)] = draw.choice("qrstuvwxyz")
        texts[number << 100] = " ".join(words if number % 9 else [])
    texts[count << 100] = texts[1 << 100].upper() + "!"
    return texts


def documents(texts):
    return [(name(n), hashlib.sha256(t.encode()).hexdigest(), t) for n, t in texts.items()]


def slow_edges(texts, band_rows, verification):
    """What the edges of whole buckets are, one bucket and one pair at a time."""
    words = {n: tuple(text.lower().replace("!", "").split()) for n, text in texts.items() if text}
    stands = {n: min(m for m in words if words[m] == words[n]) for n in words}
    found = {(first, n): 1_000_000 for n, first in stands.items() if n != first}
    buckets = defaultdict(set)
    for n, band, value in band_rows:
        if stands.get(n) == n:
            buckets[band, value].add(n)
    for ids in map(sorted, buckets.values()):
        reach = len(ids) if len(ids) <= verification.bucket_cap else REACH
        for i, a in enumerate(ids):
            alike = {(a, b): slow_jaccard(words[a], words[b]) for b in ids[i + 1 : i + 1 + reach]}
            found |= {pair: s for pair, s in alike.items() if s >= verification.similarity}
    return found


def slow_jaccard(one, other):
    a, b = ({each[i : i + 2] for i in range(len(each) - 1)} for each in (one, other))
    return len(a & b) * 1_000_000 // len(a | b)


def drawn(index, texts, verification, members=None, touched=None):
    """Verified edges of an index, all or those of these members between touched documents."""
    members = index if members is None else members
    words = index.where("band = 0").select("doc_id", "shingles_digest")
    words = words.join(members.select("doc_id").distinct(), "doc_id", "left_semi")
    twins = twins_of(words)
    pairs = candidates(stand_alone(members, twins), verification.bucket_cap)
    if touched is not None:
        twins, pairs = between(twins, touched), between(pairs, touched)
    asked = texts.join(ends_of(pairs), "doc_id", "left_semi")
    sketches = sketched(asked, PARAMS, verification.measure)
    found = verified_edges(twins, pairs, sketches, verification)
    return {(a, b): similarity for a, b, _, similarity in edges(found)}


def touched_by(before, after, changed):
    """Between whom edges can be others, and all members of their buckets."""
    moved = buckets_of(before, changed).union(buckets_of(after, changed)).distinct()
    touched = documents_in(after, moved).union(changed).distinct()
    return touched, around(after, buckets_of(after, touched))


def by_key(found):
    return {(key(a), key(b)): similarity for (a, b), similarity in found.items()}


@pytest.mark.parametrize("cap", [100, 17], ids=["whole", "crowded"])
def test_verified_edges_are_those_of_a_slow_comparison(dealt, cap):
    texts, verification = corpus(200, 3), Verification("jaccard", 500_000, cap)
    frame = dealt(documents(texts), DOCUMENT)
    index = index_documents(frame, PARAMS)
    rows = [(int(r.doc_id.hex(), 16), r.band, r.band_hash) for r in index.collect()]

    found = drawn(index, frame, verification)

    expected = slow_edges(texts, rows, verification)
    assert found == by_key(expected)
    whole = slow_edges(texts, rows, Verification("jaccard", 500_000, 1_000))
    assert (expected != whole) == (cap == 17)
    assert 1_000_000 > max(s for s in expected.values() if s < 1_000_000) > 500_000


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "stars"])
@pytest.mark.parametrize(
    "gone",
    [pytest.param((), id="came", marks=pytest.mark.slow), pytest.param((1, 5, 12, 30), id="both")],
)
def test_only_edges_between_documents_of_touched_buckets_change(dealt, spark, gone, verified):
    texts = corpus(60, 4)
    old = {n: text for place, (n, text) in enumerate(texts.items()) if place % 10}
    new = {n: text for place, (n, text) in enumerate(texts.items()) if place not in gone}
    moved = set(old) ^ set(new)
    frames = [dealt(documents(each), DOCUMENT) for each in (old, new)]
    before, after = (index_documents(frame, PARAMS) for frame in frames)
    changed = spark.createDataFrame([(key(n),) for n in moved], "doc_id binary")

    touched, members = touched_by(before, after, changed)

    inside = {bytes(row.doc_id) for row in touched.collect()}
    if verified:
        whole = [drawn(before, frames[0], JACCARD), drawn(after, frames[1], JACCARD)]
        part = drawn(after, frames[1], JACCARD, members, touched)
    else:
        stars = (near_edges(before), near_edges(after), between(near_edges(members), touched))
        *whole, part = ({(a, b): s for a, b, _, s in edges(each)} for each in stars)
    stood = {pair: s for pair, s in whole[0].items() if not inside.issuperset(pair)}
    assert {**stood, **part} == whole[1]
    assert {key(n) for n in moved} & {end for pair in whole[1] for end in pair}
    assert whole[0] != whole[1]


def test_what_shares_no_bucket_with_a_change_is_not_looked_at(dealt, spark):
    before = dealt(rows_of({(0, 1): [1, 2], (1, 1): [2, 3], (0, 9): [8, 9]}), MEMBER)
    after = dealt(rows_of({(0, 1): [1, 2, 4], (1, 1): [2, 3], (0, 9): [8, 9]}), MEMBER)

    changed = spark.createDataFrame([(key(4),)], "doc_id binary")

    touched, members = touched_by(before, after, changed)

    assert sorted(bytes(row.doc_id) for row in touched.collect()) == [key(1), key(2), key(4)]
    seen = sorted((row.band, row.band_hash, bytes(row.doc_id)) for row in members.collect())
    assert seen == [*((0, 1, key(n)) for n in (1, 2, 4)), (1, 1, key(2)), (1, 1, key(3))]


def test_members_are_others_when_they_come_go_or_have_another_text(dealt):
    ddl = "doc_id binary, band int, text_digest string"
    before = dealt([(key(n), 0, "t") for n in (1, 2, 3)] + [(key(1), 1, None)], ddl)
    after = dealt([(key(1), 0, "t"), (key(2), 0, "u"), (key(HIGH), 0, "t"), (key(4), 1, "t")], ddl)

    found = changed_members(before, after)

    assert sorted(bytes(row.doc_id) for row in found.collect()) == [key(2), key(3), key(HIGH)]
