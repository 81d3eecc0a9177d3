"""What removing twins takes of each source; stops where clusters or removals are too large."""

from __future__ import annotations

import pytest

from corpusmill.recipe import Guards
from corpusmill.refusal import Stopped
from corpusmill.removals import Removal, check_clusters, check_removals, removals

DUPLICATE = "doc_id string, cluster_id string, is_survivor boolean"
DOCUMENT = "doc_id string, source string, text_digest string"
DOCUMENTS = [
    *((f"w{n}", "web", f"w{n}") for n in range(6)),
    *((f"b{n}", "books", f"b{n}") for n in range(4)),
]
CLUSTERS = {"b0": ["b0", "w0", "w1"], "w2": ["w2", "w3"], "w4": ["w4", "w5"]}
SURVIVORS = ("w0", "w2", "w5")
LOOSE = {"cluster_share": 1, "cluster_documents": 1, "loss_documents": 1, "duplicate_share": 1}


def twins(clusters=CLUSTERS, survivors=SURVIVORS):
    return [
        (member, name, member in survivors)
        for name, members in clusters.items()
        for member in members
    ]


def test_removals_are_counted_by_source(dealt):
    found = removals(dealt(twins(), DUPLICATE), dealt(DOCUMENTS, DOCUMENT))

    assert found == [Removal("books", 4, 1), Removal("web", 6, 3)]


def test_without_twins_nothing_is_removed(spark):
    documents = spark.createDataFrame(DOCUMENTS, DOCUMENT)
    none = spark.createDataFrame([], DUPLICATE)

    assert removals(none, documents) == [Removal("books", 4, 0), Removal("web", 6, 0)]
    for each in (documents, documents.limit(0)):
        check_clusters(none, each, Guards())
        check_removals(none, each, Guards())


def test_a_cluster_of_too_many_documents_stops_naming_the_three_largest(dealt):
    clusters = {**CLUSTERS, "b1": ["b1", "b2"]}
    frames = dealt(twins(clusters), DUPLICATE), dealt(DOCUMENTS, DOCUMENT)

    with pytest.raises(Stopped) as caught:
        check_clusters(*frames, Guards(**{**LOOSE, "cluster_share": 0.29}))

    assert str(caught.value) == (
        "runtime.guards.cluster_share: one cluster holds 3 different texts, more than 0.29 of 10 "
        "and than 1 (cluster_documents): b0 of 3; b1 of 2; w2 of 2"
    )


def test_a_source_that_loses_too_much_stops_naming_the_worst(spark):
    clusters = {"b0": ["b0", "w0", "w1"], "w4": ["w3", "w4", "w5"]}
    frames = (
        spark.createDataFrame(twins(clusters), DUPLICATE),
        spark.createDataFrame(DOCUMENTS, DOCUMENT),
    )

    with pytest.raises(Stopped) as caught:
        check_removals(*frames, Guards(**{**LOOSE, "duplicate_share": 0.24}))

    assert str(caught.value) == (
        "runtime.guards.duplicate_share: more than 0.24 of the texts would be removed for a "
        "twin: 3 of 6 of source web; 1 of 4 of source books; most of web in the clusters w4 (2), "
        "b0 (1)"
    )
    for bound in ({"duplicate_share": 0.5}, {"duplicate_share": 0, "loss_documents": 7}):
        check_removals(*frames, Guards(**{**LOOSE, **bound}))


@pytest.mark.parametrize(
    "bound",
    [
        pytest.param({"cluster_share": 0.3}, id="at-the-share"),
        pytest.param({"cluster_share": 0, "cluster_documents": 3}, id="at-the-number"),
    ],
)
def test_a_cluster_at_a_bound_stops_nothing(spark, bound):
    frames = (
        spark.createDataFrame(twins(), DUPLICATE),
        spark.createDataFrame(DOCUMENTS, DOCUMENT),
    )

    check_clusters(*frames, Guards(**{**LOOSE, **bound}))


def test_copies_of_a_text_stop_nothing_however_many_they_are(spark):
    copies = [(doc_id, source, "the same") for doc_id, source, _ in DOCUMENTS]
    whole = {"b0": [doc_id for doc_id, _, _ in DOCUMENTS]}
    rows = spark.createDataFrame(twins(whole, ("w3",)), DUPLICATE)
    documents = spark.createDataFrame(copies, DOCUMENT)
    none = Guards(cluster_share=0, cluster_documents=1, loss_documents=1, duplicate_share=0)

    assert removals(rows, documents) == [Removal("books", 1, 0), Removal("web", 1, 0)]
    check_clusters(rows, documents, none)
    check_removals(rows, documents, none)


def test_texts_with_copies_count_once_each(spark):
    documents = [*DOCUMENTS, *((f"c{n}", "web", f"w{n}") for n in range(6))]
    whole = {"c0": [doc_id for doc_id, _, _ in documents]}
    rows = spark.createDataFrame(twins(whole, ("c3",)), DUPLICATE)
    frame = spark.createDataFrame(documents, DOCUMENT)

    assert removals(rows, frame) == [Removal("books", 4, 4), Removal("web", 6, 5)]
    with pytest.raises(Stopped, match="one cluster holds 10 different texts"):
        check_clusters(rows, frame, Guards(**{**LOOSE, "cluster_share": 0.5}))
