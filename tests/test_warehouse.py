"""Delta tables: made by contract, read by version, changed in commits that say what they hold."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from delta.exceptions import ConcurrentTransactionException

from corpusmill import publication
from corpusmill.contracts import contract
from corpusmill.ledger import Commit, Ledger
from corpusmill.publication import Change, ContractError, Overtaken, told_clearly
from corpusmill.refusal import Refused
from corpusmill.warehouse import Warehouse

A, B, C = "a" * 32, "b" * 32, "c" * 32
ENGINES = {"regex": "1"}
LANGUAGES = contract("languages").ddl
LOW, HIGH = bytearray(b"\1" * 16), bytearray(b"\2" * 16)


@pytest.fixture(params=["path", "catalog"])
def warehouse(request, spark, tmp_path):
    """An empty warehouse: a folder, or a schema of the session catalog."""
    if request.param == "path":
        yield Warehouse(spark, str(tmp_path / "lake"))
        return
    name = "mill_" + "".join(filter(str.isalnum, tmp_path.name)).lower()
    spark.sql(f"CREATE DATABASE {name}")
    yield Warehouse(spark, f"spark_catalog.{name}")
    spark.sql(f"DROP DATABASE {name} CASCADE")


@pytest.fixture
def folder(spark, tmp_path):
    """A warehouse by path, where the way it is named does not matter."""
    return Warehouse(spark, str(tmp_path / "lake"))


def commit(stage="s1", part="", chain="", **inputs):
    return Commit("some-job", stage, f"chain {chain}{stage}", "r" * 64, inputs, ENGINES, part)


def frame(warehouse, *rows):
    """Rows of ``languages``: (doc_id, text_digest)."""
    said = ("en", "en", 9, None, None, None, {})
    return warehouse.spark.createDataFrame([(*row, *said) for row in rows], LANGUAGES)


def edges(warehouse, *relations):
    rows = [(LOW, HIGH, relation, None) for relation in relations]
    return warehouse.spark.createDataFrame(rows, contract("edges").ddl)


def rows(warehouse, version=None):
    found = warehouse.snapshot("languages", version).rows.collect()
    return sorted((row.doc_id, row.text_digest) for row in found)


def test_rows_are_appended_merged_and_replaced_one_commit_each(warehouse):
    warehouse.ensure("languages")
    keys = frame(warehouse, (A, "old"), (C, "absent")).select("doc_id")

    appended = warehouse.publish(
        "languages", Change(frame(warehouse, (A, "1"), (B, "1"))), commit()
    )
    merged = warehouse.publish(
        "languages", Change(frame(warehouse, (A, "2")), keys), commit(chain="2")
    )
    replaced = warehouse.publish(
        "languages", Change(frame(warehouse, (C, "3")), replace=True), commit(chain="3")
    )
    again = warehouse.publish(
        "languages", Change(frame(warehouse, (A, "4")), replace=True), commit(chain="3")
    )

    assert (appended, merged, replaced, again) == (1, 2, 3, 3)
    assert rows(warehouse, 0) == []
    assert rows(warehouse, 1) == [(A, "1"), (B, "1")]
    assert rows(warehouse, 2) == [(A, "2"), (B, "1")]
    assert rows(warehouse) == rows(warehouse, 3) == [(C, "3")]


def test_a_warehouse_opened_later_reads_the_same(warehouse):
    warehouse.ensure("languages")
    warehouse.publish("languages", Change(frame(warehouse, (A, "1"))), commit())

    again = Warehouse(warehouse.spark, warehouse.place)

    assert again.version("languages") == 1
    assert again.table_id("languages") == warehouse.table_id("languages")
    assert again.snapshot("languages").table_id == warehouse.table_id("languages")
    assert rows(again) == [(A, "1")]


def test_our_commits_say_whose_they_are_until_somebody_replaces_the_table(folder, monkeypatch):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"))), commit())
    known = str(folder.detail("languages")["id"])

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "detail", lambda *_: pytest.fail("Delta was asked"))
        assert Warehouse(folder.spark, folder.place).table_id("languages") == known

    frame(folder, (B, "1")).writeTo(folder.identifier("languages")).using("delta").createOrReplace()
    later = Warehouse(folder.spark, folder.place)

    assert later.table_id("languages") == str(later.detail("languages")["id"]) != known


def test_a_table_that_does_not_exist_is_refused_by_name(warehouse):
    with pytest.raises(Refused, match="table tokens does not exist"):
        warehouse.snapshot("tokens")

    assert warehouse.table_id("tokens") is None


def test_a_version_that_does_not_exist_is_refused_by_number(warehouse):
    warehouse.ensure("languages")

    for version in (1, 99, 2**40):
        with pytest.raises(Refused, match=rf"table languages: version {version} cannot be read"):
            warehouse.snapshot("languages", version)


def test_a_table_of_another_release_is_refused_by_the_columns_it_lacks(warehouse):
    warehouse.ensure("edges")  # makes the place
    name = warehouse.identifier("languages")
    warehouse.spark.sql(f"CREATE TABLE {name} (doc_id STRING, language_score STRING) USING DELTA")
    warehouse.ensure("languages")

    with pytest.raises(Refused, match=r"another release .*has no text_digest, .*language_score"):
        warehouse.snapshot("languages")


def test_a_column_that_somebody_added_is_no_reason_to_refuse(warehouse):
    warehouse.ensure("languages")
    warehouse.spark.sql(f"ALTER TABLE {warehouse.identifier('languages')} ADD COLUMN mine INT")

    assert warehouse.snapshot("languages").rows.count() == 0


def test_a_commit_says_in_the_history_what_it_was_made_of(warehouse):
    warehouse.ensure("languages")
    made = [commit(chain=each, documents="some-id@4") for each in "123"]
    gone = frame(warehouse, (A, "1")).select("doc_id")
    warehouse.publish("languages", Change(frame(warehouse, (A, "1"))), made[0])
    warehouse.publish("languages", Change(frame(warehouse), gone), made[1])
    warehouse.publish("languages", Change(frame(warehouse), replace=True), made[2])

    history = warehouse.spark.sql(f"DESCRIBE HISTORY {warehouse.identifier('languages')}").collect()

    said = [json.loads(row["userMetadata"]) for row in history if row["version"] > 0]
    assert [entry["corpusmill"]["number"] for entry in said] == [3, 2, 1]
    for entry in said:
        assert entry["job"] == "some-job"
        assert entry["stage_digest"] == "s1"
        assert entry["recipe_digest"] == "r" * 64
        assert entry["inputs"] == {"documents": "some-id@4"}
        assert entry["engines"] == ENGINES


def test_the_session_does_not_keep_the_metadata_of_a_merge(folder):
    folder.ensure("languages")
    keys = frame(folder, (A, "1")).select("doc_id")
    folder.publish("languages", Change(frame(folder, (A, "1")), keys), commit())

    folder.spark.sql(f"DELETE FROM {folder.identifier('languages')} WHERE doc_id = '{A}'")

    head = folder.spark.sql(f"DESCRIBE HISTORY {folder.identifier('languages')} LIMIT 1").first()
    assert head["operation"] == "DELETE"
    assert head["userMetadata"] is None


def test_a_new_table_has_an_empty_ledger(folder):
    folder.ensure("languages")

    assert folder.ledger("languages") == Ledger()


def test_the_ledger_is_what_the_newest_commit_of_ours_says_up_to_a_version(warehouse):
    warehouse.ensure("languages")
    first, second = commit("s1", documents="i@1"), commit("s2", documents="i@2")
    warehouse.publish("languages", Change(frame(warehouse, (A, "1"))), first)
    warehouse.publish("languages", Change(frame(warehouse, (B, "1"))), second)

    assert warehouse.ledger("languages") == Ledger(2, {"": second})
    assert warehouse.ledger("languages", 2) == Ledger(2, {"": second})
    assert warehouse.ledger("languages", 1) == Ledger(1, {"": first})
    assert warehouse.ledger("languages", 0) == Ledger()


@pytest.mark.parametrize(
    "change",
    [
        "OPTIMIZE {}",
        "ALTER TABLE {} SET TBLPROPERTIES ('note' = 'mine')",
        "ALTER TABLE {} ALTER COLUMN language COMMENT 'mine'",
        "COMMENT ON TABLE {} IS 'mine'",
    ],
)
def test_commits_of_others_that_leave_the_rows_alone_are_passed_over(folder, change):
    folder.ensure("languages")
    for key in (A, B):
        folder.publish("languages", Change(frame(folder, (key, "1"))), commit(documents=key))

    folder.spark.sql(change.format(folder.identifier("languages")))
    later = Warehouse(folder.spark, folder.place)

    assert later.version("languages") == 3
    assert later.ledger("languages") == Ledger(2, {"": commit(documents=B)})


@pytest.mark.parametrize("metadata", [None, "not json", "[]", '"text"', '{"other": 1}', "7"])
def test_after_rows_of_others_nothing_is_known_but_the_number(folder, metadata):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"))), commit())

    writer = frame(folder, (B, "1")).writeTo(folder.identifier("languages"))
    (writer if metadata is None else writer.option("userMetadata", metadata)).append()
    later = Warehouse(folder.spark, folder.place)

    assert later.version("languages") == 2
    assert later.ledger("languages") == Ledger(1)
    assert later.ledger("languages", 1) == Ledger(1, {"": commit()})


@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET language = 'xx'"])
def test_a_change_of_rows_by_hand_is_noticed(folder, change):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"))), commit())

    folder.spark.sql(change.format(folder.identifier("languages")))

    assert Warehouse(folder.spark, folder.place).ledger("languages") == Ledger(1)


def test_rows_can_be_taken_out_and_none_put_in(folder):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"), (B, "1"))), commit())

    gone = frame(folder, (A, "1")).select("doc_id")
    folder.publish("languages", Change(None, gone), commit(documents="i@2"))

    assert rows(folder) == [(B, "1")]
    assert folder.ledger("languages") == Ledger(2, {"": commit(documents="i@2")})


def test_where_no_setting_says_what_a_merge_is_made_of_the_table_is_written_again(
    warehouse, monkeypatch
):
    fixed = ("spark.sql.warehouse.dir", "spark.sql.extensions")  # Spark refuses to set them
    monkeypatch.setattr(publication, "_TXN", fixed)
    warehouse.ensure("languages")
    keys = frame(warehouse, (A, "old"), (C, "absent")).select("doc_id")
    changes = [
        Change(frame(warehouse, (A, "1"), (B, "1"))),
        Change(frame(warehouse, (A, "2")), keys),
        Change(None, keys),
    ]

    made = [
        warehouse.publish("languages", change, commit(documents=f"i@{number}"))
        for number, change in enumerate(changes)
    ]
    again = warehouse.publish("languages", changes[-1], commit(documents="i@2"))

    assert (made, again) == ([1, 2, 3], 3)
    assert rows(warehouse, 2) == [(A, "2"), (B, "1")]
    assert rows(warehouse) == [(B, "1")]
    later = Warehouse(warehouse.spark, warehouse.place)
    assert later.ledger("languages") == Ledger(3, {"": commit(documents="i@2")})
    assert later.count("languages", 3) == 1
    assert warehouse.spark.conf.get(publication._USER_METADATA, None) is None


def test_tables_read_back_on_the_way_are_told_and_are_no_part_of_the_identity(folder):
    folder.ensure("languages")
    made = replace(commit(), beside={"pii_spans": "id@7"})

    folder.publish("languages", Change(frame(folder, (A, "1"))), made)

    assert folder.ledger("languages").parts[""].beside == {"pii_spans": "id@7"}
    assert made.identity == commit().identity


def test_what_delta_says_of_two_writers_is_said_of_the_table():
    with pytest.raises(Overtaken, match="tokens: another run writes"), told_clearly("tokens"):
        raise ConcurrentTransactionException("a long story")


def test_a_dotted_name_that_is_no_schema_says_how_a_folder_is_written(spark):
    warehouse = Warehouse(spark, "lake.v2")

    with pytest.raises(Refused, match=r"runtime\.warehouse: no schema lake\.v2; .*\./lake\.v2"):
        warehouse.ensure("languages")


def test_equal_identities_are_equal_stages_and_inputs_whatever_the_job_and_recipe():
    one = Commit("a", "s", "c", "r1", {"x": "1", "y": "2"}, {})
    other = Commit("b", "s", "c", "r2", {"y": "2", "x": "1"}, ENGINES)

    assert one.identity == other.identity
    assert one.identity != Commit("a", "s", "c2", "r1", {"x": "1", "y": "2"}, {}).identity
    assert one.identity != Commit("a", "s", "c", "r1", {"x": "1", "y": "3"}, {}).identity


def test_two_parts_of_edges_are_replaced_and_remembered_each_on_its_own(warehouse):
    warehouse.ensure("edges")
    exact, near, again = commit("e1", "exact"), commit("n1", "near"), commit("e2", "exact")
    warehouse.publish("edges", Change(edges(warehouse, "exact"), replace=True), exact)
    warehouse.publish("edges", Change(edges(warehouse, "near"), replace=True), near)
    both = warehouse.snapshot("edges").rows

    assert {row.relation for row in both.collect()} == {"exact", "near"}
    assert warehouse.ledger("edges").parts == {"exact": exact, "near": near}

    warehouse.publish("edges", Change(edges(warehouse), replace=True), again)

    assert [row.relation for row in warehouse.snapshot("edges").rows.collect()] == ["near"]
    assert warehouse.ledger("edges") == Ledger(3, {"exact": again, "near": near})


def test_a_part_cannot_bring_rows_of_the_other_part(folder):
    folder.ensure("edges")

    with pytest.raises(ContractError, match="edges: a row breaks the check"):
        folder.publish("edges", Change(edges(folder, "near"), replace=True), commit("e", "exact"))

    assert folder.snapshot("edges").rows.count() == 0


def test_a_merge_by_two_keys_takes_only_rows_that_match_both(folder):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"), (A, "2"), (B, "1"))), commit())
    keys = frame(folder, (A, "1"), (B, "2"), (A, "1")).select("doc_id", "text_digest")

    folder.publish("languages", Change(frame(folder), keys), commit(chain="2"))

    assert rows(folder) == [(A, "2"), (B, "1")]


def test_a_merge_may_put_back_the_very_row_it_takes_away(folder):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"))), commit())
    keys = frame(folder, (A, "1")).select("doc_id")

    version = folder.publish("languages", Change(frame(folder, (A, "1")), keys), commit(chain="2"))

    assert version == 2
    assert rows(folder) == [(A, "1")]


def test_a_transaction_number_that_was_used_changes_nothing(folder):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"))), commit())
    options = {"txnAppId": "corpusmill/languages", "txnVersion": "1"}

    frame(folder, (B, "1")).writeTo(folder.identifier("languages")).options(**options).append()

    assert rows(Warehouse(folder.spark, folder.place)) == [(A, "1")]


def test_columns_come_in_any_order_and_leave_in_the_contract_s(folder):
    folder.ensure("languages")
    turned = frame(folder, (A, "1")).select(*reversed(contract("languages").column_names))

    folder.publish("languages", Change(turned), commit())

    assert folder.snapshot("languages").rows.columns == contract("languages").column_names
    assert rows(folder) == [(A, "1")]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda f: f.drop("language"), "language"),
        (lambda f: f.withColumnRenamed("language", "lang"), "lang"),
        (lambda f: f.selectExpr("*", "1 AS extra"), "extra"),
        (lambda f: f.withColumn("language_score", f.language_score.cast("bigint")), "bigint"),
    ],
    ids=["missing", "renamed", "extra", "type"],
)
def test_a_frame_that_differs_from_the_contract_is_refused_and_nothing_is_written(
    folder, change, named
):
    folder.ensure("languages")

    with pytest.raises(ContractError, match=f"languages: columns differ.*{named}"):
        folder.publish("languages", Change(change(frame(folder, (A, "1")))), commit())

    assert Warehouse(folder.spark, folder.place).version("languages") == 0


def test_a_publication_that_failed_leaves_the_table_and_the_next_one_works(folder):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"))), commit())
    keys = frame(folder, (A, "1")).select("doc_id")
    with pytest.raises(ContractError):
        folder.publish("languages", Change(frame(folder, ("no id", "1")), keys), commit("s2"))

    assert rows(folder) == [(A, "1")]
    assert folder.ledger("languages").parts[""] == commit("s1")

    assert folder.publish("languages", Change(frame(folder, (B, "1"))), commit("s3")) == 2
    assert rows(folder) == [(A, "1"), (B, "1")]


def test_ensuring_again_or_under_a_relative_name_makes_no_second_table(
    spark, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    relative = Warehouse(spark, "lake")
    relative.ensure("languages", "tokens")

    absolute = Warehouse(spark, str(tmp_path / "lake"))
    absolute.ensure("languages", "tokens")

    assert relative.place == absolute.place
    assert relative.table_id("tokens") == absolute.table_id("tokens")
    assert sorted(path.name for path in (tmp_path / "lake").iterdir()) == ["languages", "tokens"]


@pytest.mark.parametrize("name", ["it's a folder", "é`b", "2024.01.05"])
def test_a_folder_may_have_any_name(spark, tmp_path, name):
    warehouse = Warehouse(spark, str(tmp_path / name))

    warehouse.ensure("languages")
    warehouse.publish("languages", Change(frame(warehouse, (A, "1"))), commit())

    assert rows(warehouse) == [(A, "1")]
    assert (tmp_path / name / "languages" / "_delta_log").is_dir()


def test_rows_of_a_version_are_counted(folder):
    folder.ensure("languages")
    folder.publish("languages", Change(frame(folder, (A, "1"), (B, "1"))), commit())

    assert folder.count("languages", 0) == 0
    assert folder.count("languages", 1) == folder.count("languages", 1) == 2


def test_a_schema_of_the_catalog_that_is_not_there_has_no_table(spark):
    warehouse = Warehouse(spark, "spark_catalog.no_such_schema")

    with pytest.raises(Refused, match="table languages does not exist"):
        warehouse.snapshot("languages")


@pytest.mark.slow
def test_rows_of_a_version_are_counted_whatever_led_to_it(folder):
    folder.ensure("languages")
    changes = [
        Change(frame(folder, (A, "1"), (B, "1"))),
        Change(frame(folder, (C, "1"))),
        Change(frame(folder, (A, "2")), frame(folder, (B, "1")).select("doc_id")),
        Change(frame(folder, (B, "3"))),
        Change(frame(folder), replace=True),
        Change(frame(folder, (C, "4"))),
    ]
    for number, change in enumerate(changes):
        folder.publish("languages", change, commit(chain=str(number)))
    folder.spark.sql(f"OPTIMIZE {folder.identifier('languages')}")
    last = folder.spark.sql(f"DESCRIBE HISTORY {folder.identifier('languages')}").first()["version"]

    counted = [Warehouse(folder.spark, folder.place).count("languages", n) for n in range(last + 1)]

    rows = [folder.snapshot("languages", n).rows.count() for n in range(last + 1)]
    assert counted == rows
    assert counted[:7] == [0, 2, 3, 3, 4, 0, 1]
