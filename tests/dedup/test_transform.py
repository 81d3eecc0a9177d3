"""Index rows, edges and survivors, whatever the partitions and the order of rows."""

import hashlib
import json

from corpusmill.dedup.edges import members_of, near_edges
from corpusmill.dedup.minhash import band_hashes, shingles_of, signatures
from corpusmill.dedup.rules import PRESETS, MinHashRules
from corpusmill.dedup.transform import choose_survivors, index_documents, with_spec
from corpusmill.precedence import SurvivorRules
from corpusmill.text.shingles import FoldedWords

FINEWEB = PRESETS["fineweb"].params
SMALL = MinHashRules(words=2, bands=3, rows=2, seed=1).params
DOCUMENT = "doc_id string, text_digest string, text string"
MEMBER = (
    "doc_id binary, cluster_id binary, partner_id binary, relation string, similarity int, "
    "copy_id binary"
)
MEASURED = "doc_id string, source string, chars bigint, created string"
QUALITY = "doc_id string, classifier_scores map<string,int>"
LONG = "the mill by the river grinds corn for the whole village since the year of the flood"


def name(number):
    return f"{number:032x}"


def key(number):
    return bytes.fromhex(name(number))


def as_keys(members):
    return [(*map(key, member[:3]), *member[3:], key(member[0])) for member in members]


HIGH = 0xFF << 120  # its first byte is negative for whoever compares bytes with signs


def documents(texts):
    return [(name(n), hashlib.sha256(t.encode()).hexdigest(), t) for n, t in texts.items()]


def edges(frame):
    assert frame.columns == ["a", "b", "relation", "similarity"]
    return sorted((bytes(r.a), bytes(r.b), r.relation, r.similarity) for r in frame.collect())


def eligible(dealt, numbers):
    return dealt([(name(n), "-") for n in numbers], "doc_id string, text_digest string")


def test_a_document_has_a_row_a_band_and_what_is_known_of_it_on_the_first(dealt):
    rows = documents({n: " ".join(f"w{n * k % 7}" for k in range(n)) for n in range(1, 30)})

    found = index_documents(dealt(rows, DOCUMENT), SMALL).collect()

    expected = []
    for doc_id, digest, text in rows:
        form = FoldedWords.of([text])
        hashes = band_hashes(signatures(shingles_of(form, SMALL), SMALL), SMALL)[0].tolist()
        digests = (form.digests()[0], shingles_of(form, SMALL).digests()[0])
        known = (digest, *digests, max(1, len(text.split()) - 1))
        for band, value in enumerate(hashes):
            own = known if band == 0 else (None, None, None, None)
            expected.append((bytes.fromhex(doc_id), band, value, *own, None))
    assert sorted(tuple(row) for row in found) == expected


def test_a_document_without_words_has_one_row_under_its_own_id(dealt):
    rows = documents({1: "", 2: "?!", HIGH + 3: "one two"})

    found = index_documents(dealt(rows, DOCUMENT), SMALL).collect()

    known = sorted((bytes(r.doc_id), r.band, r.text_digest, r.words_digest) for r in found)
    assert known[:2] == [(bytes.fromhex(doc_id), 0, digest, None) for doc_id, digest, _ in rows[:2]]
    assert [row[:2] for row in known[2:]] == [(key(HIGH + 3), n) for n in range(3)]


def test_one_more_row_says_what_an_index_was_hashed_with(dealt):
    rows = documents({1: "one two", 2: "three four"})
    index = index_documents(dealt(rows, DOCUMENT), SMALL)

    found = with_spec(index, json.dumps({"bands": 3}))

    assert found.schema == index.schema
    [spec] = found.where("band < 0").collect()
    assert (bytes(spec.doc_id), json.loads(spec.spec)) == (key(0), {"bands": 3})
    assert found.where("band >= 0").count() == index.count() == 6


def test_documents_without_words_meet_nobody_however_they_are_numbered(dealt):
    rows = documents({n << 64: "" for n in (1, 2, 3, (1 << 63) + 1)})

    index = index_documents(dealt(rows, DOCUMENT), FINEWEB)

    ids = [n << 64 for n in (1, 2, 3, (1 << 63) + 1)]
    assert edges(near_edges(members_of(index, eligible(dealt, ids)))) == []


def test_long_texts_meet_by_likeness_and_short_ones_by_all_their_words(dealt):
    texts = {
        1: LONG,
        2: LONG.upper().replace(" ", ", "),
        3: LONG + " and the war",
        4: "one two",
        5: "One: two!",
        6: "one two three",
        7: "two one",
        8: "one",
        9: "",
        10: "…",
        11: "Room 101",
        12: "Room 202",
        13: "カード",
        14: "ガード",
    }
    texts = {n << 64: text for n, text in texts.items()}  # ids that differ early, as digests do

    index = index_documents(dealt(documents(texts), DOCUMENT), FINEWEB)

    found = edges(near_edges(members_of(index, eligible(dealt, texts))))
    assert (key(1 << 64), key(2 << 64), "near", None) in found
    assert (key(4 << 64), key(5 << 64), "near", None) in found
    assert {(a, b) for a, b, _, _ in found} <= {
        (key(1 << 64), key(2 << 64)),
        (key(1 << 64), key(3 << 64)),
        (key(2 << 64), key(3 << 64)),
        (key(4 << 64), key(5 << 64)),
    }


# doc_id, chars, created, classifier score; the survivor of each cluster, and why
CLUSTERS = {
    "the higher score": (3, [(1, 900, "2001", 10), (2, 900, "2001", None), (3, 5, None, 11)]),
    "any score before none": (5, [(4, 900, "2001", None), (5, 5, None, 0)]),
    "the longer text": (8, [(6, 90, "2001", 10), (7, 90, "2000", 10), (8, 91, None, 10)]),
    "the earlier date": (10, [(9, 9, "2001-01-02", 1), (10, 9, "2001-01-01", 1)]),
    "any date before none": (12, [(11, 9, None, 1), (12, 9, "2024", 1)]),
    "the smaller id": (13, [(13, 9, "2001", 1), (14, 9, "2001", 1), (15, 9, "2001", 1)]),
    "the smaller id, nothing known": (16, [(17, 9, None, None), (16, 9, None, None)]),
}


def test_one_document_of_each_cluster_survives_by_the_stated_order(dealt):
    members, measured = [], [(name(99), "web", 10_000, "1900")]
    scores = [(name(99), {"quality": 10**6})]
    for _, mates in CLUSTERS.values():
        smallest = min(number for number, *_ in mates)
        for number, chars, created, score in mates:
            members.append((number, smallest, 0, "near", None))
            measured.append((name(number), "web", chars, created))
            scores.append((name(number), {} if score is None else {"quality": score}))

    found = choose_survivors(
        dealt(as_keys(members), MEMBER),
        dealt(measured, MEASURED),
        dealt(scores, QUALITY),
        SurvivorRules(),
    ).collect()

    survivors = {row.doc_id for row in found if row.is_survivor}
    assert survivors == {name(number) for number, _ in CLUSTERS.values()}
    sizes = {name(n): len(mates) for _, mates in CLUSTERS.values() for n, *_ in mates}
    assert {row.doc_id: row.cluster_size for row in found} == sizes
    survivor = {name(n): name(first) for first, mates in CLUSTERS.values() for n, *_ in mates}
    assert {row.doc_id: row.survivor_id for row in found} == survivor
    assert all(row.is_survivor == (row.place == 1) for row in found)
    places = [(row.cluster_id, row.place) for row in found]
    assert sorted(places) == [
        (name(min(n for n, *_ in mates)), place)
        for _, mates in CLUSTERS.values()
        for place in range(1, len(mates) + 1)
    ]
    assert sorted(
        (r.doc_id, r.cluster_id, r.partner_id, r.relation, r.similarity) for r in found
    ) == sorted((*map(name, member[:3]), *member[3:]) for member in members)


def test_documents_that_were_never_scored_survive_by_what_else_is_known(dealt):
    members = as_keys([(n, 1, 1, "exact", 1_000_000) for n in (1, 2)])
    measured = [(name(1), "web", 5, None), (name(2), "web", 6, None)]

    found = choose_survivors(
        dealt(members, MEMBER), dealt(measured, MEASURED), dealt([], QUALITY), SurvivorRules()
    ).collect()

    assert {row.doc_id: row.is_survivor for row in found} == {name(1): False, name(2): True}


def test_the_members_of_a_cluster_have_places_in_the_order_that_is_asked_for(dealt):
    clusters = {1: [5, 3, 9, 3, 7], 11: [1, 1], 21: list(range(40, 10, -1))}
    numbered = [(first + n, first, c) for first, cs in clusters.items() for n, c in enumerate(cs)]
    members = as_keys([(n, first, 0, "near", 900_000) for n, first, _ in numbered])
    measured = [(name(n), "web", chars, None) for n, _, chars in numbered]

    found = choose_survivors(
        dealt(members, MEMBER),
        dealt(measured, MEASURED),
        dealt([], QUALITY),
        SurvivorRules(("-length",)),
    ).collect()

    expected = {}
    for first in clusters:
        order = sorted((chars, n) for n, mine, chars in numbered if mine == first)
        for place, (_, n) in enumerate(order, 1):
            expected[name(n)] = (name(first), name(order[0][1]), place, place == 1, len(order))
    assert {
        r.doc_id: (r.cluster_id, r.survivor_id, r.place, r.is_survivor, r.cluster_size)
        for r in found
    } == expected
