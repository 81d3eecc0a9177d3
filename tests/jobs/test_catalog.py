"""The mill over tables by catalog name, on the metastore that Spark itself brings."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlparse

import pytest
from golden_corpus import CORPUS, RECIPE, manifest_of

from corpusmill.contracts import TABLES

pytestmark = pytest.mark.slow
SCHEMA = "catalog_mill"


@pytest.fixture(scope="module")
def options(spark, tmp_path_factory):
    """Where a run by catalog name has its tables and all else."""
    spark.sql(f"CREATE DATABASE {SCHEMA}")
    folder = tmp_path_factory.mktemp("by-name")
    yield ["--warehouse", f"spark_catalog.{SCHEMA}", "--output", str(folder / "output"), *RECIPE]
    spark.sql(f"DROP DATABASE {SCHEMA} CASCADE")


def digest(line):
    return json.loads(Path(line["manifest"]).read_text("utf-8"))["digest"]


def test_the_tables_are_in_the_schema_and_the_shards_are_the_golden_ones(
    cli, spark, options, milled
):
    code, line = cli("run", *options, "--input", str(CORPUS), "--verify")

    found = {row.tableName for row in spark.sql(f"SHOW TABLES IN {SCHEMA}").collect()}
    assert (code, line["verified"]) == (0, "rebuilt")
    assert {*TABLES} <= found
    assert not {name for name in found if name.startswith("scratch_")}
    assert digest(line) == json.loads(manifest_of(milled).read_text("utf-8"))["digest"]
    again = cli("run", *options, "--input", str(CORPUS))[1]
    assert again["status"] == "unchanged"


def test_pins_hold_until_a_file_is_gone_and_copies_outlive_it(cli, spark, options):
    manifest = cli("build-shards", *options)[1]["manifest"]
    held, pins = cli("pins", *options)
    copied, _ = cli("build-shards", *options, "--set=runtime.pin=materialised")
    files = spark.table(f"{SCHEMA}.tokens").inputFiles()
    spark.sql(f"DELETE FROM {SCHEMA}.tokens WHERE doc_id < '8'")
    for name in ("languages", "raw_documents"):
        files += spark.table(f"{SCHEMA}.{name}").inputFiles()
    for file in files:
        Path(urlparse(file).path).unlink()

    code, line = cli("pins", *options)

    assert (held, copied) == (0, 0)
    assert pins["counts"]["protected"] == 5
    states = {pin["table"]: (pin["level"], pin["state"]) for pin in line["pins"]}
    assert states == {
        "tokens": ("materialised", "protected"),
        "mix_plan": ("materialised", "protected"),
        "quality": ("guarded", "protected"),
        "languages": ("guarded", "broken"),
        "raw_documents": ("guarded", "broken"),
    }
    assert code == 0
    rebuilt = cli("verify-shards", *options, "--manifest", manifest, "--rebuild")
    assert (rebuilt[0], rebuilt[1]["status"]) == (0, "rebuilt")


def test_nothing_is_vacuumed_where_the_platform_does_so(cli, options, monkeypatch):
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "18.1")

    code, line = cli("maintain-tables", *options, "--vacuum", "30")

    assert code == 2
    assert "Databricks vacuums by itself" in line["message"]
