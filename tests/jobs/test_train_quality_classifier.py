"""Training from labelled tables: the same model however rows are dealt, a card, and refusals."""

from __future__ import annotations

import json
import logging
import random
from pathlib import Path

import pytest
from golden_corpus import RECIPE, manifest_of, places

from corpusmill.__main__ import main

KEY = "recipe.quality.classifiers.quality"
GOOD = ["careful", "measured", "argument", "evidence", "therefore", "chapter", "river", "zanzibar"]
BAD = ["click", "here", "win", "free", "subscribe", "now", "cookie", "banner"]
BOTH = ["the", "of", "a", "and", "to", "in"]
BLOCK = "key string, body string, page string, good boolean"


def blocks(count=900):
    """Rows of both labels, three to a page, a tenth of them labelled wrongly."""
    draw = random.Random(5)
    rows = []
    for n in range(count):
        good = draw.random() < 0.6
        words = (GOOD if good else BAD) + BOTH
        body = " ".join(draw.choices(words, k=draw.randint(4, 30)))
        rows.append((f"k{n}", body, f"p{n // 3}", good ^ (draw.random() < 0.1)))
    return rows


def written(spark, folder: Path, rows, partitions=1):
    frame = spark.createDataFrame(rows, BLOCK).repartition(partitions)
    frame.write.format("delta").save(str(folder))
    return folder


def sides(folder: Path, **more):
    """Options that name one table for both labels."""
    entry = {"table": str(folder), "text": "body", "id": "key", "page": "page", **more}
    return [
        f"--set={KEY}.{side}_tables={json.dumps([{**entry, 'where': where}])}"
        for side, where in (("positive", "good"), ("negative", "not good"))
    ]


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    return written(spark, tmp_path_factory.mktemp("blocks") / "blocks", blocks())


def train(cli, folder: Path, *options: str):
    return cli("train-quality-classifier", *places(folder), *options)


def test_a_model_of_labelled_tables_is_measured_and_has_a_card(cli, table, tmp_path):
    code, line = train(cli, tmp_path, *sides(table))

    assert (code, line["status"]) == (0, "done")
    counts, rows = line["counts"]["quality"], blocks()
    assert counts["positive"] == sum(good for *_, good in rows)
    assert counts["negative"] == len(rows) - counts["positive"]
    assert counts["training"] + counts["held_back"] == len(rows)
    assert 0.05 < counts["held_back"] / len(rows) < 0.15
    assert counts["roc_auc"] > 800_000 > counts["length_roc_auc"]
    card_path = Path(line["cards"]["quality"])
    model = card_path.with_name(card_path.name.replace(".quality.card.json", ".bin"))
    card = json.loads(card_path.read_text("utf-8"))
    assert card["sha256"] == line["classifiers"]["quality"]
    assert model.is_file()
    assert card["measured"]["model"]["roc_auc"] == counts["roc_auc"]
    assert set(card["tables"]) == {"positive_tables[0]", "negative_tables[0]"}
    assert all(pin.endswith("@0") for pin in card["tables"].values())
    told = [card["documents"][name][side] for name in card["documents"] for side in SIDES]
    assert sum(n for by_label in told for n in by_label.values()) == len(rows)
    for path in model.parent.glob("*.card.*"):
        assert not [word for word in (*GOOD, *BAD) if word in path.read_text("utf-8").split()]
    assert f"{counts['roc_auc'] / 1e6:.4f}" in card_path.with_suffix(".md").read_text("utf-8")


SIDES = ("training", "held_back")


@pytest.mark.slow
def test_the_same_rows_dealt_otherwise_give_the_same_model_and_figures(cli, spark, table, tmp_path):
    shuffled = blocks()
    random.Random(9).shuffle(shuffled)
    other = written(spark, tmp_path / "other", shuffled, partitions=7)
    settings = [f"--set={KEY}.sample=300"]

    lines = [
        train(cli, tmp_path / str(n), *sides(folder), *settings)[1]
        for n, folder in enumerate((table, other))
    ]

    assert lines[0]["classifiers"] == lines[1]["classifiers"]
    assert lines[0]["counts"] == lines[1]["counts"]
    counts = lines[0]["counts"]["quality"]
    assert 500 < counts["training"] + counts["held_back"] < 700


@pytest.mark.slow
def test_a_pinned_model_is_trained_again_only_when_told(cli, table, tmp_path):
    _, first = train(cli, tmp_path, *sides(table))
    _, second = train(cli, tmp_path, *sides(table))
    _, third = train(cli, tmp_path, *sides(table), "--refit")

    assert [line["status"] for line in (first, second, third)] == ["done", "unchanged", "done"]
    assert first["classifiers"] == second["classifiers"] == third["classifiers"]


@pytest.mark.slow
def test_a_version_that_is_named_is_the_one_that_is_read(cli, spark, tmp_path):
    folder = written(spark, tmp_path / "blocks", blocks(300))
    spark.sql(f"DELETE FROM delta.`{folder}` WHERE key < 'k2'")

    _, newest = train(cli, tmp_path / "newest", *sides(folder))
    _, first = train(cli, tmp_path / "first", *sides(folder, version=0))

    totals = [sum(line["counts"]["quality"][side] for side in SIDES) for line in (newest, first)]
    assert totals == [sum(key >= "k2" for key, *_ in blocks(300)), 300]


@pytest.mark.slow
def test_rows_with_both_labels_are_counted_and_left_out(cli, table, tmp_path):
    entry = {"table": str(table), "text": "body", "id": "key"}
    overlap = json.dumps(
        [{**entry, "where": "good"}, {**entry, "where": "key = 'k1' or key = 'k2'"}]
    )
    negative = json.dumps([{**entry, "where": "not good or key < 'k11'"}])
    options = [f"--set={KEY}.positive_tables={overlap}", f"--set={KEY}.negative_tables={negative}"]

    _, line = train(cli, tmp_path, *options)

    good = {key for key, _, _, is_good in blocks() if is_good} | {"k1", "k2"}
    bad = {key for key, _, _, is_good in blocks() if not is_good or key < "k11"}
    counts = line["counts"]["quality"]
    assert counts["contradicted"] == len(good & bad) > 2
    assert (counts["positive"], counts["negative"]) == (len(good - bad), len(bad - good))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table": "/absent/table"}, ["positive_tables[0].table: /absent/table"]),
        ({"table": "no_such_table"}, ["positive_tables[0].table: no_such_table"]),
        ({"version": 7}, ["positive_tables[0].table", "version 7 cannot be read"]),
        ({"text": "content"}, ["has no column content (text)", "key, body, page, good"]),
        ({"page": "site"}, ["has no column site (page)"]),
        ({"text": "good"}, ["the column good holds no text"]),
    ],
)
def test_a_table_that_cannot_be_read_so_is_refused_by_its_key(cli, table, tmp_path, change, words):
    code, line = train(cli, tmp_path, *sides(table, **change))

    assert code == 2
    assert [word for word in [KEY, *words] if word not in line["message"]] == []
    assert not (tmp_path / "output" / "models").exists()


def test_a_condition_that_means_nothing_is_refused_without_being_repeated(cli, table, tmp_path):
    entry = json.dumps([{"table": str(table), "text": "body", "where": "secret_column = 1"}])

    code, line = train(cli, tmp_path, f"--set={KEY}.negative_tables={entry}")

    assert code == 2
    assert "negative_tables[0].table" in line["message"]
    assert "where cannot be understood" in line["message"]
    assert "secret_column" not in line["message"]


def test_a_condition_that_fails_on_a_row_is_refused_and_told_nowhere(cli, spark, table, tmp_path):
    entry = json.dumps([{"table": str(table), "text": "body", "where": "cast(body as int) > 1"}])

    code, line = train(cli, tmp_path, *sides(table), f"--set={KEY}.negative_tables={entry}")

    assert (code, line["status"]) == (2, "refused")
    assert "where" in line["message"]
    assert "CAST_INVALID_INPUT" in line["message"]
    assert not [word for word in (*GOOD, *BAD) if f" {word} " in line["message"]]
    # PySpark's own logger writes the whole message, with the row, to standard error.
    assert not logging.getLogger("SQLQueryContextLogger").isEnabledFor(logging.CRITICAL)
    catalog = Path(spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:"))
    log = (catalog.parent / "logs" / "spark.log").read_text("utf-8", errors="replace")
    assert "Exception in task" in log
    assert not [body for _, body, *_ in blocks() if body in log]


def test_settings_that_fasttext_cannot_train_with_are_refused(cli, table, tmp_path):
    code, line = train(cli, tmp_path, *sides(table), f"--set={KEY}.min_count=2147483647")

    assert (code, line["status"]) == (2, "refused")
    assert line["message"] == f"{KEY}: no word of the examples comes min_count times"
    assert not list((tmp_path / "output").rglob("*.bin"))


def test_sources_that_no_document_is_of_are_told(copied, capsys):
    code = main(["train-quality-classifier", *places(copied), f"--set={KEY}.positive=[nosuch]"])

    assert code == 0
    assert f"{KEY}: no document is of source nosuch" in capsys.readouterr().err


def test_with_labels_of_one_kind_there_is_no_classifier(cli, table, tmp_path):
    code, line = train(cli, tmp_path, sides(table)[0])

    assert (code, line["status"], line["classifiers"]) == (0, "unchanged", {"quality": None})
    assert line["counts"]["quality"]["negative"] == 0
    assert not (tmp_path / "output" / "models").exists()


def test_a_manifest_says_that_there_was_no_classifier(milled):
    content = json.loads(manifest_of(milled).read_text("utf-8"))["content"]

    assert content["recipe"]["quality"]["classifiers"] == {"quality": None}


@pytest.mark.slow
def test_labels_of_the_warehouse_train_the_classifier_they_name_and_its_cut_drops(
    cli, spark, copied
):
    documents = spark.read.format("delta").load(f"{copied}/warehouse/documents")
    ids = sorted(row.doc_id for row in documents.select("doc_id").collect())
    rows = [(doc_id, n % 2, f"page {n // 2}", "quality") for n, doc_id in enumerate(ids)]
    rows += [(ids[0], 1 - rows[0][1], "page 0", "another")]
    labels = spark.createDataFrame(rows, "doc_id string, label int, page string, classifier string")
    labels.write.format("delta").save(f"{copied}/warehouse/labels")
    common = [*places(copied), *RECIPE]

    _, line = cli("train-quality-classifier", *common)

    counts = line["counts"]["quality"]
    assert counts["positive"] + counts["negative"] == len(ids)
    assert (counts["contradicted"], counts["roc_auc"]) == (0, None)
    card = json.loads(Path(line["cards"]["quality"]).read_text("utf-8"))
    assert set(card["tables"]) == {"documents", "raw_documents", "labels"}
    assert card["measured"] is None
    cut = [*common, "--set=recipe.selection.classifier_cuts.quality=1"]
    jobs = ("score-quality", "dedup-exact", "dedup-minhash", "cluster-duplicates")
    for job in (*jobs, "select-documents"):
        assert cli(job, *cut)[0] == 0
    selection = spark.read.format("delta").load(f"{copied}/warehouse/selection").collect()
    reasons = {reason for row in selection for reason in row.reasons}
    assert "classifier.quality.below_cut" in reasons
    assert not any(row.kept for row in selection)
