"""The index and the edges over several deliveries: what ends the same, what is refused."""

from __future__ import annotations

import hashlib
import random
import re
from argparse import Namespace
from dataclasses import replace

import pytest
from corpusmill.jobs import cluster_duplicates, dedup_exact, dedup_minhash, select_documents

from corpusmill.contracts import contract
from corpusmill.dedup.rules import DedupRules, MinHashRules
from corpusmill.lsh import spec_of
from corpusmill.maintenance import compact, vacuum
from corpusmill.mill import Mill
from corpusmill.publication import Change
from corpusmill.recipe import Recipe, Runtime
from corpusmill.refusal import Refused, Stopped
from corpusmill.selection import SelectionRules

LOOSE = MinHashRules(words=2, bands=4, rows=2)
STARS = DedupRules(minhash=LOOSE)
VERIFIED = DedupRules(minhash=LOOSE, verify="jaccard", similarity=0.5)
BLANKS = {"string": "-", "bigint": 0, "int": 0, "boolean": False, "binary": b""}
OPTIONS = Namespace(rehash=False)


def name(number):
    return f"{number:032x}"


def key(number):
    return bytes.fromhex(name(number))


@pytest.fixture
def mill_of(spark, tmp_path):
    """``mill_of(rules, place)``: a mill on a warehouse of that name."""

    def make(rules=STARS, place="lake", selection=None, **runtime):
        at = Runtime(warehouse=str(tmp_path / place), output=str(tmp_path / "output"), **runtime)
        recipe = Recipe(dedup=rules, selection=selection or SelectionRules())
        return Mill(recipe=recipe, runtime=at, open_spark=lambda: spark)

    return make


def frame(mill, table, rows):
    """Rows of a table from what is said of them, and anything that fits for the rest."""
    columns = contract(table).columns
    blank = {c.name: None if c.nullable else BLANKS.get(c.type, {}) for c in columns}
    values = [tuple({**blank, **row}.values()) for row in rows]
    return mill.spark.createDataFrame(values, contract(table).ddl)


def deliver(mill, texts, unfit=()):
    """Make {number: text} the documents, all of them scored, and those in ``unfit`` badly."""
    known = []
    for number, text in texts.items():
        digest = hashlib.sha256(text.encode()).hexdigest()
        known.append({"doc_id": name(number), "text_digest": digest, "chars": len(text)})
    bad = [{"gopher_quality": ["too_short"]} if number in unfit else {} for number in texts]
    tables = {
        "documents": [
            {**row, "text": text} for row, text in zip(known, texts.values(), strict=True)
        ],
        "languages": [{**row, "language": "en"} for row in known],
        "quality": [{**row, "broken_rules": b} for row, b in zip(known, bad, strict=True)],
    }
    for table, rows in tables.items():
        columns = contract(table).column_names
        fill(mill, table, [{c: v for c, v in row.items() if c in columns} for row in rows])


def fill(mill, table, rows):
    """Make these the rows of a table, as a delivery of its own."""
    mill.touch(table)
    made = mill.commit(table, [])
    which = f"{table}@{mill.warehouse.version(table)}"
    change = Change(frame(mill, table, rows), None, replace=True)
    mill.publish(table, change, replace(made, inputs={"delivery": which}))


def fill_like(mill, other):
    """Say of the tables that another recipe made them, of which only what decides is another."""
    for table in ("documents", "languages", "quality"):
        rows = other.warehouse.snapshot(table).rows
        made = replace(other.commit(table, []), inputs={"delivery": f"{table}@again"})
        mill.touch(table)
        other.touch(table)
        other.publish(table, Change(rows, None, replace=True), made)


def relate(mill, rehash=False):
    return dedup_minhash.run(mill, Namespace(rehash=rehash)).counts


def maintain(mill):
    """Write files of all tables together, and keep none that only older versions need."""
    tables = ["documents", "languages", "quality", "lsh_index", "edges"]
    compact(mill, tables)
    vacuum(mill, tables, 0)


def dedup(mill, texts):
    """Deliver texts and do all that dedup does; what it counted, and the rows it leads to."""
    deliver(mill, texts)
    fill(mill, "raw_documents", [{"doc_id": name(n), "origin": "human"} for n in texts])
    counts = relate(mill)
    dedup_exact.run(mill, OPTIONS)
    cluster_duplicates.run(mill, OPTIONS)
    return counts, rows(mill, "edges"), rows(mill, "duplicates")


def rows(mill, table):
    return sorted(map(str, mill.warehouse.snapshot(table).rows.collect()))


def near(mill):
    found = mill.warehouse.snapshot("edges").rows.where("relation = 'near'").collect()
    return {(int(row.a.hex(), 16), int(row.b.hex(), 16)) for row in found}


def versions(count, seed):
    """Versions of five texts, some equal, some without words; ids as far apart as digests are."""
    draw = random.Random(seed)
    bases = [draw.choices("abcdefghijklmnop", k=24) for _ in range(5)]
    texts = {}
    for number in range(1, count + 1):
        words = list(draw.choice(bases))
        for _ in range(draw.randrange(6)):
            words[draw.randrange(24)] = draw.choice("qrstuvwxyz")
        texts[number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128] = " ".join(
            words if number % 11 else []
        )
    return texts


def part(texts, *numbers):
    """Those in these thirds of the texts."""
    return {n: text for place, (n, text) in enumerate(texts.items()) if place % 3 in numbers}


def without(texts, *places):
    return {n: text for place, (n, text) in enumerate(texts.items()) if place not in places}


@pytest.mark.slow
@pytest.mark.parametrize("rules", [STARS, VERIFIED], ids=["stars", "verified"])
def test_deliveries_in_any_order_end_as_one_that_has_it_all(mill_of, rules):
    texts = versions(60, 7)
    last = {**without(texts, 0, 7, 8, 21), max(texts): "another text now"}
    orders = {
        "whole": [last],
        "growing": [part(texts, 0), part(texts, 0, 1), texts, last],
        "shrinking": [part(texts, 2, 1), texts, last],
    }

    found = {}
    for place, deliveries in orders.items():
        for delivery in deliveries:
            found[place] = dedup(mill_of(rules, place), delivery)

    assert found["growing"][1:] == found["shrinking"][1:] == found["whole"][1:]
    assert len(found["whole"][1]) > 20
    assert found["whole"][0]["related_again"] is None
    assert 0 < found["growing"][0]["related_again"] <= 5


@pytest.mark.slow
@pytest.mark.parametrize("rules", [STARS, VERIFIED], ids=["stars", "verified"])
def test_a_small_delivery_redraws_only_what_it_touches_and_all_of_that(mill_of, rules):
    texts = versions(40, 8)
    first, last = without(texts, 3, 5), without(texts, 0, 20)
    mill = mill_of(rules)
    deliver(mill, first)
    relate(mill)

    deliver(mill, last)
    counts = relate(mill_of(rules))

    fresh = mill_of(rules, "fresh")
    deliver(fresh, last)
    relate(fresh)
    assert (counts["hashed"], counts["related_again"]) == (2, 4)
    assert rows(mill_of(rules), "edges") == rows(fresh, "edges")
    assert len(rows(fresh, "edges")) > 10


@pytest.mark.slow
def test_copies_count_once_in_a_bucket_that_a_delivery_touches_from_afar(mill_of):
    copies = {100 + n: "one two three four five six" for n in range(24)}
    texts = {**copies, 1: "one two three four seven eight nine ten"}
    delivered = {**texts, 2: "seven eight nine ten eleven twelve"}
    # By this seed the longer text shares buckets with the copies, and not that of band 0.
    rules = replace(VERIFIED, minhash=replace(LOOSE, bands=20, rows=1, seed=6), bucket_cap=17)
    guards = replace(Runtime().guards, bucket_size=20)
    mill = mill_of(rules, guards=guards)
    deliver(mill, texts)
    relate(mill)

    deliver(mill, delivered)
    counts = relate(mill_of(rules, guards=guards))

    first = mill.warehouse.snapshot("lsh_index").rows.where("band = 0").collect()
    of = {int(row.doc_id.hex(), 16): row.band_hash for row in first}
    assert of[1] != of[100]
    fresh = mill_of(rules, "fresh", guards=guards)
    deliver(fresh, delivered)
    relate(fresh)
    assert (counts["related_again"], counts["crowded_buckets"]) == (1, 0)
    assert rows(mill, "edges") == rows(fresh, "edges")


@pytest.mark.slow
def test_a_looser_policy_hashes_only_what_is_newly_eligible(mill_of):
    texts = versions(20, 9)
    unfit = sorted(texts)[:4]
    strict = mill_of()
    deliver(strict, texts, unfit)
    hashed = relate(strict)["hashed"]
    before = near(strict)

    loose = mill_of(selection=SelectionRules(ignore=("gopher_quality",)))
    fill_like(strict, loose)
    counts = relate(loose)

    assert (hashed, counts["hashed"], counts["related_again"]) == (16, 4, None)
    assert not {*unfit} & {end for edge in before for end in edge}
    assert {*unfit} & {end for edge in near(loose) for end in edge}
    assert loose.warehouse.snapshot("lsh_index").rows.where("band = 0").count() == 20


@pytest.mark.slow
def test_documents_that_scoring_lets_through_again_are_related_again(mill_of):
    texts = versions(20, 9)
    unfit = sorted(texts)[:4]
    deliver(mill_of(), texts, unfit)
    relate(mill_of())

    deliver(mill_of(), texts, unfit[:1])
    counts = relate(mill_of())

    assert (counts["hashed"], counts["related_again"]) == (3, 3)
    assert {*unfit[1:]} & {end for edge in near(mill_of()) for end in edge}


@pytest.mark.slow
def test_more_changes_than_the_bound_are_drawn_anew_with_the_same_edges(mill_of, capsys):
    texts = versions(20, 12)
    for bound, place in ((3, "anew"), (100, "again")):
        deliver(mill_of(place=place), part(texts, 0))
        relate(mill_of(place=place))
        deliver(mill_of(place=place), texts)
        counts = relate(mill_of(place=place, broadcast_rows=bound))
        assert (counts["related_again"] is None) == (place == "anew")

    assert "more than 3 documents are others" in capsys.readouterr().err
    assert rows(mill_of(place="anew"), "edges") == rows(mill_of(place="again"), "edges")


@pytest.mark.slow
def test_a_delivery_that_changes_no_edge_is_not_looked_at_again(mill_of):
    texts = {1: "one two three four", 2: "five six seven eight"}
    deliver(mill_of(), texts)
    relate(mill_of())
    deliver(mill_of(), {**texts, 3: "nine ten eleven twelve"})

    first = relate(mill_of())["related_again"]
    second = relate(mill_of())["related_again"]

    assert (first, second) == (1, 0)


@pytest.mark.slow
def test_after_maintenance_a_delivery_still_redraws_only_what_it_touches(mill_of):
    texts = versions(40, 8)
    for delivered in (part(texts, 0), part(texts, 0, 1)):
        deliver(mill_of(), delivered)
        relate(mill_of())
    maintain(mill_of())
    deliver(mill_of(), texts)

    counts = relate(mill_of())

    fresh = mill_of(place="fresh")
    deliver(fresh, texts)
    relate(fresh)
    assert 0 < counts["related_again"] == counts["hashed"] <= 13
    assert rows(mill_of(), "edges") == rows(fresh, "edges")


@pytest.mark.slow
def test_where_old_versions_lost_their_files_all_edges_are_drawn_again(mill_of, capsys):
    texts = {1: "one two three four", 2: "one two three four", 3: "five six seven"}
    deliver(mill_of(), part(texts, 0, 1))
    relate(mill_of())
    deliver(mill_of(), {**texts, 4: "five six seven"})
    maintain(mill_of())  # between a delivery and what is made of it

    counts = relate(mill_of())
    again = relate(mill_of())

    assert "files of what they were drawn from are gone" in capsys.readouterr().err
    assert (counts["hashed"], counts["related_again"], again["related_again"]) == (2, None, 0)
    assert near(mill_of()) == {(1, 2), (3, 4)}


CHINESE = "中华人民共和国万岁春风又绿江南岸明月何时照我还白日依山尽黄河入海流"


@pytest.mark.slow
@pytest.mark.parametrize("order", [(1, 2, 3), (2, 3, 1)])
def test_texts_of_equal_words_but_other_characters_stand_for_themselves(mill_of, order):
    texts = {1: CHINESE, 2: " ".join(CHINESE), 3: " ".join(CHINESE[:-1] + "去")}
    characters = MinHashRules(characters=4, bands=20, rows=1)
    rules = DedupRules(minhash=characters, verify="jaccard", similarity=0.6)
    for count in (2, 3):
        deliver(mill_of(rules), {n: texts[n] for n in order[:count]})
        relate(mill_of(rules))

    assert near(mill_of(rules)) == {(2, 3)}


@pytest.mark.slow
def test_without_its_bridge_a_cluster_falls_apart_and_the_best_twin_survives(mill_of):
    half = ["one two three four five six seven eight", "red blue green pink gray gold teal lime"]
    texts = {1: half[0] + " x", 2: half[0] + " y", 3: " ".join(half), 4: half[1], 5: half[1]}
    rules = DedupRules(minhash=replace(LOOSE, bands=40, rows=1), verify="jaccard", similarity=0.4)
    mill = mill_of(rules)
    dedup(mill, texts)
    whole = mill.warehouse.snapshot("duplicates").rows.collect()

    mill = mill_of(rules)
    dedup(mill, {n: text for n, text in texts.items() if n not in (3, 1)})

    left = mill.warehouse.snapshot("duplicates").rows.collect()
    assert {row.doc_id: row.cluster_id for row in whole} == {name(n): name(1) for n in texts}
    assert {r.doc_id: (r.cluster_id, r.is_survivor) for r in left} == {
        name(4): (name(4), True),
        name(5): (name(4), False),
    }


@pytest.mark.slow
def test_another_spec_is_refused_naming_what_differs_until_told_to_rehash(mill_of):
    texts = versions(12, 10)
    mill = mill_of()
    deliver(mill, texts)
    relate(mill)
    other = mill_of(DedupRules(minhash=replace(LOOSE, rows=3)))

    with pytest.raises(Refused, match=r"permutations: 8, not 12, rows: 2, not 3.*--rehash"):
        relate(other)
    counts = relate(other, rehash=True)
    fresh = mill_of(place="fresh")
    deliver(fresh, {1: "one two three"})
    assert relate(fresh, rehash=True)["hashed"] == 1

    index = other.warehouse.snapshot("lsh_index").rows
    assert counts["hashed"] == len(texts)
    assert [row.spec for row in index.where("band = -1").collect()] == [spec_of(other)]
    assert relate(other)["hashed"] == 0


@pytest.mark.slow
def test_other_ways_to_verify_hash_nothing_again(mill_of):
    mill = mill_of()
    deliver(mill, versions(12, 11))
    relate(mill)

    counts = relate(mill_of(VERIFIED))

    assert (counts["hashed"], counts["related_again"]) == (0, None)


@pytest.mark.slow
@pytest.mark.parametrize("cap", [18, 64], ids=["above-the-cap", "below-the-cap"])
def test_a_bucket_that_is_too_large_stops_the_job_naming_its_smallest_id(mill_of, cap):
    texts = {n << 100: f"all of us are here {chr(96 + n) * 3}" for n in range(1, 25)}
    mill = mill_of(replace(VERIFIED, bucket_cap=17))
    deliver(mill, texts)
    counts = relate(mill)

    tight = mill_of(
        replace(VERIFIED, bucket_cap=cap), guards=replace(Runtime().guards, bucket_size=20)
    )
    told = f"bucket_size: .* more than 20 .* 2[1-4] with {name(1 << 100)}"
    with pytest.raises(Stopped, match=told) as caught:
        relate(tight)

    named = re.findall("with ([0-9a-f]{32})", str(caught.value))
    assert len(named) == len(set(named))
    assert counts["crowded_buckets"] > 0
    assert counts["in_crowded_buckets"] >= 18
    assert tight.changed == {}


def test_documents_longer_than_what_is_hashed_are_counted(mill_of):
    mill = mill_of(DedupRules(minhash=replace(LOOSE, longest=3)))
    deliver(mill, {1: "a b c d", 2: "a b c d e f g", 3: "a b c d x y"})

    counts = relate(mill)

    assert counts["cut_short"] == 2
    assert near(mill) == {(1, 2), (1, 3)}


def test_documents_of_equal_words_are_exact_twins_where_the_recipe_says_so(mill_of):
    texts = {
        **{1: "The mill, by the river.", 2: "the mill by the\nriver", 3: "the mill by a river"},
        **{4: "-----", 5: "-----", 6: "----", 7: "1 river, 2 mills", 8: "1 river, 3 mills"},
        **{9: "año nuevo", 10: "ano nuevo", 11: "ガード", 12: "カート"},
    }
    rules = replace(STARS, exact="words")
    mill = mill_of(rules)
    deliver(mill, texts)
    with pytest.raises(Refused, match="lsh_index does not exist"):
        dedup_exact.run(mill_of(rules), OPTIONS)
    relate(mill)

    dedup_exact.run(mill, OPTIONS)

    edges = mill.warehouse.snapshot("edges").rows.where("relation = 'exact'").collect()
    assert sorted((bytes(row.a), bytes(row.b), row.similarity) for row in edges) == [
        (key(1), key(2), 1_000_000),
        (key(4), key(5), 1_000_000),
    ]


def test_clusters_are_refused_while_edges_are_of_other_documents(mill_of):
    mill = mill_of()
    texts = {1: "one two three four five", 2: "six seven eight nine ten"}
    dedup(mill, texts)
    deliver(mill, {**texts, 3: texts[1]})
    fill(mill, "raw_documents", [{"doc_id": name(n), "origin": "human"} for n in (1, 2, 3)])
    _refuse_clusters(mill, "dedup-exact and dedup-minhash")

    relate(mill)
    _refuse_clusters(mill, "dedup-exact")
    dedup_exact.run(mill, OPTIONS)
    cluster_duplicates.run(mill, OPTIONS)

    assert mill.warehouse.snapshot("duplicates").rows.count() == 2


def test_nothing_is_selected_by_clusters_of_other_documents(mill_of):
    mill = mill_of()
    texts = {1: "one two three four five", 2: "six seven eight nine ten"}
    dedup(mill, texts)
    deliver(mill, {**texts, 3: "a text that is like no other"})
    fill(mill, "raw_documents", [{"doc_id": name(n), "origin": "human"} for n in (1, 2, 3)])
    relate(mill)
    dedup_exact.run(mill, OPTIONS)

    said = "table duplicates was made from other versions of .* run cluster-duplicates first"
    with pytest.raises(Refused, match=said):
        select_documents.run(mill, Namespace(refit=False))
    cluster_duplicates.run(mill, OPTIONS)
    select_documents.run(mill, Namespace(refit=False))

    assert mill.warehouse.snapshot("duplicates").rows.count() == 0
    assert mill.warehouse.snapshot("selection").rows.where("kept").count() == 3


def test_exact_twins_by_words_are_those_of_the_index_as_it_is(mill_of):
    mill = mill_of(replace(STARS, exact="words"))
    texts = {1: "one two three four five", 2: "six seven eight nine ten"}
    dedup(mill, texts)
    deliver(mill, {**texts, 3: texts[1]})
    fill(mill, "raw_documents", [{"doc_id": name(n), "origin": "human"} for n in (1, 2, 3)])
    dedup_exact.run(mill, OPTIONS)
    relate(mill)

    with pytest.raises(Refused, match=r"other versions of lsh_index than .* dedup-exact"):
        cluster_duplicates.run(mill, OPTIONS)


@pytest.mark.slow
def test_edges_that_stayed_the_same_and_files_written_together_refuse_no_clusters(mill_of, spark):
    mill = mill_of()
    texts = {1: "one two three four five", 2: "one two three four five"}
    dedup(mill, texts)
    _, edges, duplicates = dedup(mill, {**texts, 3: "six seven eight nine ten"})
    spark.sql(f"ALTER TABLE {mill.warehouse.identifier('documents')} SET TBLPROPERTIES ('a' = 'b')")

    later = mill_of()
    cluster_duplicates.run(later, OPTIONS)

    assert (rows(later, "edges"), rows(later, "duplicates")) == (edges, duplicates)
    assert later.warehouse.version("documents") > mill.warehouse.version("documents")


def _refuse_clusters(mill, jobs):
    said = f"table edges was made from other versions of .*documents.* run {jobs} first"
    with pytest.raises(Refused, match=said):
        cluster_duplicates.run(mill, OPTIONS)
