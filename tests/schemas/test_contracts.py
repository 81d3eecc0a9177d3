"""The ``.sql`` contracts: what they declare, and that the warehouse's tables are just that."""

from __future__ import annotations

import re
import traceback
from importlib import resources
from pathlib import Path

import pytest

from corpusmill.contracts import TABLES, arrow_schema, contract
from corpusmill.stages import STAGES

SCHEMAS = resources.files("corpusmill.schemas")
RETENTION = {
    "delta.logRetentionDuration": "interval 3650 days",
    "delta.deletedFileRetentionDuration": "interval 3650 days",
    "delta.enableExpiredLogCleanup": "false",
}
PROMISED = {
    "raw_documents": "doc_id source record_key path record_number url created kind origin "
    "generation generator parent_ids content metadata",
    "quarantine": "source path record_number reason length digest",
    "documents": "doc_id source text text_digest chars",
    "languages": "doc_id language top_language language_score",
    "quality": "doc_id broken_rules classifier_scores",
    "edges": "a b relation similarity",
    "duplicates": "doc_id cluster_id cluster_size survivor_id place is_survivor partner_id "
    "relation similarity",
    "selection": "doc_id kept reasons repeats",
    "edits": "doc_id step start end replacement",
    "pii_spans": "doc_id kind start end recogniser score action",
    "clean_documents": "doc_id source language text text_digest",
    "tokens": "doc_id token_count unknown_count token_ids",
    "mix_plan": "stage doc_id repeats",
}
TEXTS = {"text", "content", "url", "metadata", "replacement", "record_key"}
D = "0" * 32
SECRET = "jane.roe@example.org"


def statement(table):
    return SCHEMAS.joinpath(f"{table}.sql").read_text("utf-8")


def properties(table):
    """Names and values of the TBLPROPERTIES, read by hand."""
    block = statement(table).partition("TBLPROPERTIES (")[2]
    pairs = re.findall(r"^  '([^']+)' = '((?:[^'\\]|\\.)*)',?$", block, re.M)
    return {name: value.replace("\\'", "'") for name, value in pairs}


def test_every_sql_file_is_a_table_and_every_table_a_sql_file():
    files = {entry.name for entry in SCHEMAS.iterdir() if entry.name.endswith(".sql")}

    assert files == {f"{table}.sql" for table in TABLES}
    assert len(set(TABLES)) == len(TABLES)


def test_every_stage_writes_a_table_that_has_a_contract():
    assert {stage.partition(".")[0] for stage in STAGES} == {*TABLES} - {"pins", "runs"}


@pytest.mark.parametrize("table", TABLES)
def test_every_line_between_the_brackets_is_a_column_that_was_understood(table):
    body = statement(table).partition("(\n")[2].partition("\n)\n")[0]

    names = [line.split()[0] for line in body.splitlines()]

    assert contract(table).column_names == names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_and_the_table_have_a_comment(table):
    comments = {column.name: column.comment for column in contract(table).columns}
    of_table = re.search(r"^COMMENT '((?:[^'\\]|\\.)+)'$", statement(table), re.M)

    assert [name for name, comment in comments.items() if len(comment) < 5] == []
    assert of_table is not None
    assert of_table[1].endswith(".")


@pytest.mark.parametrize("table", PROMISED)
def test_the_columns_that_scripts_rely_on_are_there(table):
    assert set(PROMISED[table].split()) <= set(contract(table).column_names)


@pytest.mark.parametrize("table", TABLES)
def test_a_check_is_named_like_a_sentence_and_reads_no_text(table):
    checks = {
        name.rpartition(".")[2]: condition
        for name, condition in properties(table).items()
        if name.startswith("delta.constraints.")
    }
    words = {name: set(re.findall(r"\w+", condition)) for name, condition in checks.items()}

    assert set(contract(table).checks) == set(checks)
    assert [
        name for name in checks if not re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+){2,}", name)
    ] == []
    assert [name for name in checks if words[name] & TEXTS] == []
    assert all(words[name] & set(contract(table).column_names) for name in checks)


@pytest.mark.parametrize("table", TABLES)
def test_rows_go_with_their_files_so_that_pins_need_look_for_no_other_kind_of_file(table):
    assert properties(table)["delta.enableDeletionVectors"] == "false"


@pytest.mark.parametrize("table", TABLES)
def test_old_versions_stay_readable_for_ten_years_and_the_log_as_long_as_the_files(table):
    found = properties(table)

    assert {name: found.get(name) for name in RETENTION} == RETENTION


@pytest.mark.parametrize("table", TABLES)
def test_statistics_are_kept_of_no_text(table):
    kept = properties(table)["delta.dataSkippingStatsColumns"].split(",")

    assert set(kept) <= set(contract(table).column_names) - TEXTS


@pytest.mark.parametrize("table", sorted({*TABLES} - {"pins", "runs"}))
def test_arrow_batches_have_the_columns_of_the_contract(table):
    assert arrow_schema(table).names == contract(table).column_names


def test_a_statement_is_made_for_another_place_and_only_its_name_differs():
    made = contract("tokens").create("delta.`/lake/tokens`")

    lines, stated = made.splitlines(), statement("tokens").strip().rstrip(";").splitlines()

    assert lines[0] == "CREATE TABLE IF NOT EXISTS delta.`/lake/tokens` ("
    assert lines[1:] == stated[1:]


@pytest.fixture(scope="module")
def warehouse(spark, tmp_path_factory):
    """Every table, freshly made."""
    from corpusmill.warehouse import Warehouse

    made = Warehouse(spark, str(tmp_path_factory.mktemp("contracts")))
    made.ensure(*TABLES)
    return made


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_exactly_the_columns_types_comments_and_nulls_of_its_contract(warehouse, table):
    fields = warehouse.spark.table(warehouse.identifier(table)).schema.fields

    found = [
        (f.name, f.dataType.simpleString(), f.nullable, f.metadata.get("comment")) for f in fields
    ]

    declared = contract(table).columns
    assert found == [(c.name, c.type, c.nullable, c.comment) for c in declared]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_properties_of_its_contract(warehouse, table):
    detail = warehouse.spark.sql(f"DESCRIBE DETAIL {warehouse.identifier(table)}").first()

    found = detail["properties"]

    wanted = properties(table)
    assert {name: found.get(name) for name in wanted} == wanted


def test_tables_that_stand_are_left_as_they_are(warehouse):
    from corpusmill.warehouse import Warehouse

    again = Warehouse(warehouse.spark, warehouse.place)
    again.ensure(*TABLES)

    assert {again.version(table) for table in TABLES} == {0}
    assert [again.table_id(t) for t in TABLES] == [warehouse.table_id(t) for t in TABLES]


VIOLATIONS = {
    "doc_id_is_32_hex": ("selection", (SECRET, "t", True, [], [], 1, {})),
    "dropped_means_decided": ("selection", (D, "t", False, [SECRET], [], 1, {})),
    "stands_once_or_more": ("selection", (D, "t", True, [SECRET], [], 0, {})),
    "score_is_in_millionths": (
        "languages",
        (D, "t", "en", "en", 1_000_001, None, None, "Latn", {}),
    ),
    "span_is_not_empty": ("edits", (D, "t", "pii", 5, 5, SECRET)),
    "count_matches_ids": ("tokens", (D, "t", 987_654, 0, [1, 2])),
    "reason_is_a_name": ("quarantine", ("s", "p", 0, 0, "f", "e", 1, SECRET, 1, "d", None)),
    "a_is_smaller": ("edges", (bytearray(b"\2" * 16), bytearray(b"\1" * 16), "near", None)),
    "relation_is_known": ("edges", (bytearray(b"\1" * 16), bytearray(b"\2" * 16), SECRET, None)),
    "repeats_at_least_once": ("mix_plan", ("main", D, "t", 0)),
    "band_is_known": (
        "lsh_index",
        (bytearray(b"\1" * 16), -2, 7, "t", None, None, 1, SECRET),
    ),
    "cluster_has_two_or_more": ("duplicates", (D, D, D, 1, D, 1, True, D, "near", None)),
    "place_lies_in_cluster": (
        "duplicates",
        (D, D, D, 2, "1" * 32, 3, False, SECRET, "near", None),
    ),
    "survivor_comes_first": ("duplicates", (D, D, D, 2, D, 2, True, SECRET, "near", None)),
    "action_is_known": ("pii_spans", (D, "t", "US_SSN", 1, 2, "r", 1, SECRET)),
    "digest_is_64_hex": ("shard_sets", ("main", SECRET, "r", 1, 1, 1, 1, "m")),
    "chars_are_not_negative": ("documents", (D, "s", "c", "t", -1, {}, SECRET)),
    "text": ("clean_documents", (D, "s", "en", SECRET, None)),
}


def test_every_check_of_every_contract_has_a_row_that_breaks_it():
    checks = {check for table in TABLES for check in contract(table).checks}

    assert checks - set(VIOLATIONS) == {"origin_is_known"}


@pytest.mark.parametrize("check", VIOLATIONS)
def test_a_row_that_breaks_a_check_is_refused_by_the_name_of_the_check_alone(warehouse, check):
    from corpusmill.ledger import Commit
    from corpusmill.publication import Change, ContractError

    table, row = VIOLATIONS[check]
    frame = warehouse.spark.createDataFrame([row], contract(table).ddl)

    with pytest.raises(ContractError) as caught:
        warehouse.publish(table, Change(frame), Commit("test", "s", "c", "r", {}, {}))

    said = "".join(traceback.format_exception(caught.value))
    assert str(caught.value) == f"{table}: a row breaks the check {check}"
    assert SECRET not in said
    assert "987654" not in said
    assert warehouse.spark.table(warehouse.identifier(table)).count() == 0


def test_an_unknown_origin_is_refused_in_a_merge_too_and_its_row_is_not_told(warehouse):
    from corpusmill.ledger import Commit
    from corpusmill.publication import Change, ContractError

    values = {"doc_id": D, "origin": SECRET, "metadata": {}, "parent_ids": []}
    row = tuple(
        values.get(c.name, None if c.nullable else 0 if c.type == "bigint" else "x")
        for c in contract("raw_documents").columns
    )
    frame = warehouse.spark.createDataFrame([row], contract("raw_documents").ddl)
    change = Change(frame, frame.select("doc_id"))

    with pytest.raises(ContractError) as caught:
        warehouse.publish("raw_documents", change, Commit("test", "s", "c", "r", {}, {}))

    assert str(caught.value) == "raw_documents: a row breaks the check origin_is_known"
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_log_of_the_session_does_not_tell_the_text_of_a_refused_row(warehouse):
    from corpusmill.ledger import Commit
    from corpusmill.publication import Change, ContractError

    text = "no-log-should-hold-this"
    row = (D, "s", "c", "t", -1, {}, text)
    frame = warehouse.spark.createDataFrame([row], contract("documents").ddl)
    with pytest.raises(ContractError):
        warehouse.publish("documents", Change(frame), Commit("test", "s", "c", "r", {}, {}))

    log = Path(warehouse.spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:")).parent

    assert (log / "logs" / "spark.log").is_file()
    assert text not in (log / "logs" / "spark.log").read_text("utf-8", errors="replace")
