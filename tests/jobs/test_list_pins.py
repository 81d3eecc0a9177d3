"""What shard sets need of the tables: held, told of, and read again when the tables let go."""

from __future__ import annotations

import os
import shutil
from collections import Counter

import pytest
from golden_corpus import RECIPE, manifest_of, places

NEEDED = ("tokens", "mix_plan")


def table(folder, name):
    return f"delta.`{folder / 'warehouse' / name}`"


def moved_on(spark, folder):
    """Newer versions of what the shards were made of, in other files."""
    for name in NEEDED:
        spark.sql(f"DELETE FROM {table(folder, name)} WHERE doc_id < '8'")


def vacuumed(spark, folder):
    """Somebody else takes away every file that the newest version does not need."""
    check = "spark.databricks.delta.retentionDurationCheck.enabled"
    spark.conf.set(check, "false")
    try:
        for name in NEEDED:
            spark.sql(f"VACUUM {table(folder, name)} RETAIN 0 HOURS")
    finally:
        spark.conf.unset(check)


def materialised(cli, folder):
    """Copies for the set of a folder; pins that name the place it was copied from are let go."""
    digest = cli("pins", *places(folder), *RECIPE)[1]["pins"][0]["digest"]
    cli("pins", *places(folder), *RECIPE, "--release", digest)
    code, line = cli("build-shards", *places(folder), *RECIPE, "--set=runtime.pin=materialised")
    assert code == 0, line


def rebuilt(cli, folder):
    manifest = str(manifest_of(folder))
    return cli("verify-shards", *places(folder), *RECIPE, "--manifest", manifest, "--rebuild")


def states(cli, folder):
    code, line = cli("pins", *places(folder), *RECIPE)
    return code, {(pin["table"], pin["level"], pin["state"]) for pin in line["pins"]}


def test_a_run_pins_what_its_shards_need(cli, milled):
    code, line = cli("pins", *places(milled), *RECIPE)

    needs = {pin["table"]: pin["need"] for pin in line["pins"]}

    assert code == 0
    assert needs == {
        **dict.fromkeys(NEEDED, "rebuild"),
        **dict.fromkeys(("raw_documents", "languages", "quality"), "replay"),
    }
    assert line["counts"]["protected"] == 5
    assert {pin["manifest"] for pin in line["pins"]} == {str(manifest_of(milled))}


def test_a_set_is_pinned_once_however_often_it_is_built(cli, copied):
    for _ in range(2):
        cli("build-shards", *places(copied), *RECIPE)

    pins = cli("pins", *places(copied), *RECIPE)[1]["pins"]
    assert sorted(Counter(pin["manifest"] for pin in pins).values()) == [5, 5]


def test_what_another_vacuum_took_is_told_before_any_work(cli, copied, spark):
    moved_on(spark, copied)
    assert rebuilt(cli, copied)[0] == 0
    vacuumed(spark, copied)

    code, line = rebuilt(cli, copied)

    assert code == 2
    assert "files of table tokens @" in line["message"]
    assert "holds no copies" in line["message"]
    code, found = states(cli, copied)
    assert code == 1
    assert {("tokens", "guarded", "broken"), ("mix_plan", "guarded", "broken")} <= found


def test_copies_outlive_any_vacuum(cli, copied, spark):
    materialised(cli, copied)
    moved_on(spark, copied)
    vacuumed(spark, copied)

    assert rebuilt(cli, copied)[0] == 0
    code, found = states(cli, copied)
    assert code == 0
    assert {("tokens", "materialised", "protected")} <= found


@pytest.mark.slow
def test_shards_come_back_from_the_copies_alone(cli, copied, spark):
    materialised(cli, copied)
    moved_on(spark, copied)
    vacuumed(spark, copied)
    shards = [path for path in manifest_of(copied).parent.glob("shard-*") if path.is_file()]
    before = {path.name: path.read_bytes() for path in shards}
    for path in shards:
        path.unlink()

    code, line = cli(
        *("verify-shards", *places(copied), *RECIPE, "--manifest", str(manifest_of(copied))),
        *("--rebuild", "--repair"),
    )

    assert (code, line["status"]) == (0, "rebuilt")
    assert {path.name: path.read_bytes() for path in shards} == before


@pytest.mark.slow
def test_a_set_that_was_let_go_is_pinned_again_at_versions_that_can_be_read(cli, copied, spark):
    digest = cli("pins", *places(copied), *RECIPE)[1]["pins"][0]["digest"]
    cli("pins", *places(copied), *RECIPE, "--release", digest)
    for name in NEEDED:  # the same rows in another file
        spark.sql(f"OPTIMIZE {table(copied, name)} ZORDER BY (doc_id)")
    vacuumed(spark, copied)
    refused = rebuilt(cli, copied)

    built = cli("build-shards", *places(copied), *RECIPE)

    assert (refused[0], built[0]) == (2, 0)
    assert built[1]["digest"] == digest
    assert "broken" not in {state for _, _, state in states(cli, copied)[1]}
    assert rebuilt(cli, copied)[0] == 0


@pytest.mark.slow
def test_a_damaged_copy_is_named(cli, copied, spark):
    materialised(cli, copied)
    moved_on(spark, copied)
    vacuumed(spark, copied)
    [copy] = (manifest_of(copied).parent / "pinned").glob("tokens-*.parquet")
    data = bytearray(copy.read_bytes())
    data[100] ^= 1
    copy.unlink()  # it is a link to the table's own file
    copy.write_bytes(data)

    code, line = rebuilt(cli, copied)

    assert code == 2
    assert f"{copy.name} is damaged" in line["message"]


def aged(spark, folder, days):
    """Commits of long ago in a table that keeps its versions for a week."""
    for name in NEEDED:
        key = "delta.deletedFileRetentionDuration"
        spark.sql(
            f"ALTER TABLE {table(folder, name)} SET TBLPROPERTIES ('{key}'='interval 7 days')"
        )
        for path in (folder / "warehouse" / name / "_delta_log").glob("*.json"):
            then = path.stat().st_mtime - days * 86_400
            os.utime(path, (then, then))


@pytest.mark.slow
@pytest.mark.parametrize("level", ["guarded", "materialised"])
def test_past_its_retention_a_version_is_refused_in_words_or_read_from_copies(
    cli, copied, spark, level
):
    if level == "materialised":
        materialised(cli, copied)
    moved_on(spark, copied)
    aged(spark, copied, 8)

    code, line = rebuilt(cli, copied)

    if level == "guarded":
        assert code == 2
        assert "older than the table's retention" in line["message"]
        assert "ALTER TABLE" in line["message"]
    assert code == {"guarded": 2, "materialised": 0}[level]


@pytest.mark.slow
def test_days_before_the_end_a_pin_is_at_risk(cli, copied, spark):
    moved_on(spark, copied)
    aged(spark, copied, 5)

    code, line = cli("pins", *places(copied), *RECIPE)

    [tokens] = [pin for pin in line["pins"] if pin["table"] == "tokens"]
    assert (code, tokens["state"]) == (0, "at risk")
    assert tokens["why"] == "1 days of delta.deletedFileRetentionDuration are left"


@pytest.mark.slow
def test_a_table_that_was_made_again_is_another(cli, copied, spark):
    shutil.rmtree(copied / "warehouse" / "tokens")
    cli("tokenize-documents", *places(copied), *RECIPE)

    code, line = rebuilt(cli, copied)

    assert code == 2
    assert "another table" in line["message"]
    assert ("tokens", "guarded", "broken") in states(cli, copied)[1]


@pytest.mark.slow
def test_a_set_is_let_go_by_its_digest(cli, copied):
    digest = cli("pins", *places(copied), *RECIPE)[1]["pins"][0]["digest"]

    code, line = cli("pins", *places(copied), *RECIPE, "--release", digest[:12])

    assert (code, line["counts"]["released"], line["pins"]) == (0, 5, [])
    code, line = cli("pins", *places(copied), *RECIPE, "--release", digest[:12])
    assert code == 2
