"""Documents to quality rows: signals asked for, broken rules, classifier scores."""

import hashlib
import random

import pytest
from pyspark.sql import functions as F

from corpusmill.artefacts import Artefact
from corpusmill.contracts import contract
from corpusmill.quality.classifier import PREFIX, Classifier, score, train
from corpusmill.quality.classifier_rules import ClassifierRules, LabelledTable
from corpusmill.quality.filters import FILTERS, SIGNALS, measure_all
from corpusmill.quality.presets import filters_of
from corpusmill.quality.rules import QualityRules
from corpusmill.quality.transform import (
    by_address,
    held_again,
    label_documents,
    label_rows,
    labels_of_documents,
    line_edits,
    listed,
    score_quality,
)
from corpusmill.refusal import Refused

DOCUMENT = "doc_id string, text_digest string, language string, text string"


def documents(texts):
    return [
        (f"{n:032x}", hashlib.sha256(text.encode()).hexdigest(), "en" if n % 3 else "de", text)
        for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    words = ["one", "two", "three", "four", "five", "six"]
    draw = random.Random(1)
    pairs = [
        (" ".join(draw.choices(words[:4] if n % 2 else words[2:], k=9)), n % 2) for n in range(60)
    ]
    return Classifier(
        Artefact.of(train(pairs, ClassifierRules(), 1, tmp_path_factory.mktemp("trained")))
    )


def by_id(frame):
    assert frame.columns == contract("quality").column_names
    return {row.doc_id: row.asDict() for row in frame.collect()}


@pytest.mark.parametrize(
    "presets",
    [
        ("gopher_quality", "gopher_repetition"),
        ("fineweb",),
        ("c4", "gopher_quality"),
        tuple(FILTERS),
    ],
    ids=lambda presets: "-".join(presets),
)
def test_each_document_gets_its_signals_and_those_not_asked_for_are_null(dealt, babble, presets):
    rows = documents(babble[:60])

    found = by_id(score_quality(dealt(rows, DOCUMENT), QualityRules(presets), {}))

    assert len(found) == len(rows)
    limits = QualityRules(presets).filters
    asked = {name for each in filters_of(presets) for name, _ in FILTERS[each].signals}
    for doc_id, digest, language, text in rows:
        signals, [broken] = measure_all([text], [language], limits)
        row = found[doc_id]
        assert row["text_digest"] == digest
        assert row["broken_rules"] == broken
        assert row["classifier_scores"] == {}
        assert {n: row[n] for n in asked} == {n: int(signals[n][0]) for n in asked}
        assert all(row[name] is None for name, _ in SIGNALS if name not in asked)


def test_signals_and_broken_rules_of_one_document_by_hand(dealt):
    text = "# one two # three"

    found = by_id(
        score_quality(dealt(documents([text]), DOCUMENT), QualityRules(("gopher_quality",)), {})
    )

    [row] = found.values()
    assert row["words"] == 3
    assert row["mean_word_length"] == 11_000_000 // 3
    assert row["hashes_per_word"] == 2_000_000 // 5
    assert row["duplicate_lines"] is None
    assert {"gopher_quality"} == set(row["broken_rules"])
    assert len(row["broken_rules"]["gopher_quality"]) >= 2


def test_no_presets_leave_every_signal_null(dealt):
    found = by_id(score_quality(dealt(documents(["one two"]), DOCUMENT), QualityRules(()), {}))

    [row] = found.values()
    assert [row[name] for name, _ in SIGNALS] == [None] * len(SIGNALS)
    assert (row["broken_rules"], row["classifier_scores"]) == ({}, {})


def test_scores_of_all_classifiers_stand_under_their_names(dealt, classifier):
    texts = ["one two one", "five six", "", "three\nfour", "unheard of"]
    rows = documents(texts)
    other = Classifier(classifier.model, good="__label__0", shown="text")
    asked = {"safe": other, "quality": classifier}

    found = by_id(score_quality(dealt(rows, DOCUMENT), QualityRules(("c4",)), asked))

    expected = [score(each, texts).tolist() for each in (classifier, other)]
    assert [found[row[0]]["classifier_scores"] for row in rows] == [
        {"quality": one, "safe": two} for one, two in zip(*expected, strict=True)
    ]
    assert len(set(expected[0])) > 2


def test_rules_held_again_are_those_of_a_table_scored_with_them(dealt, babble, classifier):
    rows = documents(babble[:60])
    scored = dealt(rows, DOCUMENT)
    languages = scored.select("doc_id", "text_digest", "language")
    made = QualityRules(("fineweb",))
    other = QualityRules(("fineweb",), limits={"gopher_quality": {"min_words": 3}})
    unlisted = score_quality(scored, made, {"quality": classifier})
    of_list = F.create_map(F.lit("url"), F.array(F.lit("unwanted_host")))
    standing = unlisted.withColumn("broken_rules", F.map_concat("broken_rules", of_list))

    found = by_id(held_again(standing, languages, made, other))

    expected = by_id(score_quality(scored, other, {"quality": classifier}))
    assert expected != by_id(unlisted)
    for row in expected.values():
        row["broken_rules"] |= {"url": ["unwanted_host"]}
    assert found == expected


def test_rules_that_need_the_texts_are_not_held_again(dealt):
    quality = dealt([("0", "1")], "doc_id string, text_digest string")
    other = QualityRules(("fineweb", "code"), limits={"c4": {"remove_policy": False}})

    with pytest.raises(Refused, match=r"c4\.remove_policy, code cannot be held"):
        held_again(quality, quality, QualityRules(("fineweb",)), other)


def test_lines_to_remove_become_edits_of_their_documents(dealt):
    stays = "This line stays here"
    rows = documents([f"Home\n{stays}\nEnd", stays, f"{stays}.[1]", "", "Home"])

    found = line_edits(
        dealt(rows, DOCUMENT), QualityRules(("none",), remove_lines=("c4",)).line_limits
    )

    assert found.columns == contract("edits").column_names
    edits = sorted(
        (row.doc_id, row.start, row.end, row.step, row.replacement) for row in found.collect()
    )
    assert edits == [
        (rows[0][0], 0, 5, "lines", ""),
        (rows[0][0], 25, 29, "lines", ""),
        (rows[2][0], 21, 24, "lines", ""),
    ]
    assert {row.text_digest for row in found.collect()} == {rows[n][1] for n in (0, 2)}


def test_no_line_rules_make_no_edits(dealt):
    assert line_edits(dealt(documents(["Home"]), DOCUMENT), QualityRules().line_limits).count() == 0


RAW = "doc_id string, url string, record_key string"
LABEL = "doc_id string, label int, page string"
# doc_id -> source, url, record key
LABELLED = {
    "a": ("good", None, "k"),
    "a2": ("good", None, "k"),  # another part of the same record
    "b": ("bad", "https://User@Example.org:8080/Path/?q=1#x", "k"),
    "c": ("bad", "http://example.org/Path", "k2"),
    "d": ("bad", "no address", "k3"),
    "e": ("else", None, "k4"),
    "f": ("good", None, "k5"),
    "g": ("good", None, "k6"),
    "h": ("else", None, "k7"),
}
GIVEN = [("b", 1, "p"), ("e", 0, None), ("e", 0, None), ("g", 2, None), ("f", None, None)]
GIVEN += [("h", 1, "q"), ("h", 0, "q"), ("unknown", 1, None)]
RULES = ClassifierRules(positive=("good",), negative=("bad",))


def labelled(dealt, labels):
    texts = dealt(
        [(name, source) for name, (source, *_) in LABELLED.items()], "doc_id string, source string"
    )
    raw = dealt([(name, *known) for name, (_, *known) in LABELLED.items()], RAW)
    return label_documents(texts, raw, labels, RULES)


def test_documents_are_labelled_by_source_and_grouped_by_address_or_record(dealt):
    found = {
        row.doc_id: (row.label, row.source, row.page) for row in labelled(dealt, None).collect()
    }

    address, record = "address\0example.org/Path", "record\0{}\0{}"
    assert found == {
        "a": (1, "good", record.format("good", "k")),
        "a2": (1, "good", record.format("good", "k")),
        "b": (0, "bad", address),
        "c": (0, "bad", address),
        "d": (0, "bad", record.format("bad", "k3")),
        "f": (1, "good", record.format("good", "k5")),
        "g": (1, "good", record.format("good", "k6")),
    }


def test_what_the_table_of_labels_says_outranks_the_source(dealt):
    rows = labelled(dealt, dealt(GIVEN, LABEL)).collect()

    found = sorted((row.doc_id, row.label) for row in rows)
    assert found == [
        *(("a", 1), ("a2", 1), ("b", 1), ("c", 0), ("d", 0), ("e", 0), ("h", 0), ("h", 1)),
    ]
    assert {row.doc_id: row.page for row in rows}["b"] == "page\0p"


def test_a_document_with_both_labels_speaks_for_neither(dealt):
    rows = labelled(dealt, dealt(GIVEN, LABEL))

    found = {row.doc_id: row.label for row in labels_of_documents(rows).collect()}
    assert found == {"a": 1, "a2": 1, "b": 1, "c": 0, "d": 0, "e": 0, "h": None}


def test_rows_of_a_table_say_what_they_say_wherever_they_stand(dealt):
    long = "x" * (PREFIX + 5)
    table = dealt([(1, "one", "p"), (2, "one", None), (3, long, "q"), (4, None, "q")], TABLE)

    by_key = LabelledTable("t", text="body", id="key", page="page")
    rows = {row.page: row for row in label_rows(table, by_key, 1, "here").collect()}
    bare = label_rows(table, LabelledTable("t", text="body"), 0, "there").collect()

    assert sorted(rows) == ["id\0002", "page\0p", "page\0q"]
    assert {(row.label, row.source) for row in rows.values()} == {(1, "here")}
    assert (rows["page\0q"].chars, rows["page\0q"].text) == (PREFIX + 5, long[:PREFIX])
    assert len({row.doc_id for row in rows.values()}) == 3
    assert rows["page\0p"].doc_id == hashlib.sha256(b"1\0one").hexdigest()[:32]
    assert len({row.doc_id for row in bare}) == len({row.page for row in bare}) == 2


TABLE = "key int, body string, page string"


def test_documents_from_listed_addresses_break_a_rule_of_their_own(dealt, tmp_path):
    file = tmp_path / "list.txt"
    file.write_text("bad.example\n", "utf-8")
    urls = ["https://bad.example/", "https://good.example/", None, "https://a.bad.example/{"]
    rows = documents(["a {b c"] * 4)
    raw = dealt([(row[0], url) for row, url in zip(rows, urls, strict=True)], RAW_URL)
    ids = listed(dealt(rows, DOCUMENT), raw, Artefact.of(file))

    attached = dealt(rows, DOCUMENT).drop("language").join(ids, ["doc_id", "text_digest"])
    found = by_id(score_quality(attached, QualityRules(("c4",)), {}))

    bracket = {"c4": ["too_few_sentences", "curly_bracket"]}
    told = {"url": ["listed_host"], **bracket}
    assert [found[row[0]]["broken_rules"] for row in rows] == [told, bracket, bracket, told]
    digests = [url and hashlib.sha256(url.encode()).hexdigest() for url in urls]
    assert [found[row[0]]["url_digest"] for row in rows] == digests


def test_a_row_is_right_while_its_document_has_the_address_it_was_held_against(dealt):
    one, two = (hashlib.sha256(url.encode()).hexdigest() for url in ("one", "two"))
    rows = [("same", "d", one), ("moved", "d", one), ("lost", "d", two), ("none", "d", None)]
    rows += [("gone", "d", one)]
    raw = [("same", "one"), ("moved", "two"), ("lost", None), ("none", None), ("new", "one")]

    done, moved = by_address(
        dealt(rows, "doc_id string, text_digest string, url_digest string"), dealt(raw, RAW_URL)
    )

    assert sorted(map(tuple, done.collect())) == [("none", "d"), ("same", "d")]
    assert sorted(map(tuple, moved.collect())) == [("gone", "d"), ("lost", "d"), ("moved", "d")]


RAW_URL = "doc_id string, url string"
