"""Tables are compacted and vacuumed, and nothing that a shard set needs goes."""

from __future__ import annotations

import pytest
from golden_corpus import RECIPE, manifest_of, places

KEY = "delta.deletedFileRetentionDuration"


def table(folder, name):
    return f"delta.`{folder / 'warehouse' / name}`"


def verified(cli, folder):
    manifest = str(manifest_of(folder))
    return cli("verify-shards", *places(folder), *RECIPE, "--manifest", manifest, "--rebuild")[0]


def kept_for(spark, folder, name):
    return spark.sql(f"DESCRIBE DETAIL {table(folder, name)}").first()["properties"][KEY]


def in_pieces(spark, folder, name):
    """The rows of a table in files of a few rows each, as many small deliveries leave them."""
    rows = spark.table(table(folder, name))
    rows.repartition(5, "doc_id").write.format("delta").mode("overwrite").save(
        str(folder / "warehouse" / name)
    )


def test_small_files_become_one_and_the_rows_stay(cli, copied, spark):
    in_pieces(spark, copied, "tokens")
    before = sorted(map(str, spark.table(table(copied, "tokens")).collect()))

    code, line = cli("maintain-tables", *places(copied), *RECIPE, "--table", "tokens")

    assert (code, line["counts"]["files_compacted"]) == (0, {"tokens": 4})
    assert sorted(map(str, spark.table(table(copied, "tokens")).collect())) == before
    assert verified(cli, copied) == 0


@pytest.mark.slow
def test_a_mill_goes_on_after_compaction_with_nothing_to_do(cli, copied):
    cli("maintain-tables", *places(copied), *RECIPE)

    code, line = cli("tokenize-documents", *places(copied), *RECIPE)

    assert (code, line["status"]) == (0, "unchanged")


def test_nothing_goes_that_a_shard_set_needs(cli, copied, spark):
    in_pieces(spark, copied, "tokens")
    in_pieces(spark, copied, "documents")
    options = (
        *places(copied),
        *RECIPE,
        "--table",
        "documents",
        "--table",
        "tokens",
        "--vacuum",
        "0",
    )
    files = set((copied / "warehouse").rglob("*.parquet"))

    code, line = cli("maintain-tables", *options)

    assert code == 2, line
    assert "table tokens" in line["message"]
    assert "1 shard sets need" in line["message"]
    assert files <= set((copied / "warehouse").rglob("*.parquet"))
    assert verified(cli, copied) == 0
    assert {kept_for(spark, copied, name) for name in ("tokens", "documents")} == {
        "interval 3650 days"
    }


def test_what_nobody_needs_goes(cli, copied, spark):
    in_pieces(spark, copied, "documents")
    options = (*places(copied), *RECIPE, "--table", "documents", "--vacuum")
    assert cli("maintain-tables", *options, "30")[1]["counts"]["files_removed"] == {"documents": 0}

    code, line = cli("maintain-tables", *options, "0")

    assert code == 0
    assert line["counts"]["files_removed"]["documents"] > 0
    assert spark.table(table(copied, "documents")).count() > 0
    assert verified(cli, copied) == 0


@pytest.mark.slow
def test_copies_free_the_table_of_the_pin(cli, copied, spark):
    digest = cli("pins", *places(copied), *RECIPE)[1]["pins"][0]["digest"]
    cli("pins", *places(copied), *RECIPE, "--release", digest)  # of the place it was copied from
    cli("build-shards", *places(copied), *RECIPE, "--set=runtime.pin=materialised")
    in_pieces(spark, copied, "tokens")
    options = (*places(copied), *RECIPE, "--table", "tokens", "--vacuum", "0")

    code, line = cli("maintain-tables", *options)

    assert code == 0
    assert line["counts"]["files_removed"]["tokens"] > 0
    assert verified(cli, copied) == 0
