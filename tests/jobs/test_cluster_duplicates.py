"""The job that makes clusters: on the driver or on Spark, and its guards."""

from __future__ import annotations

import pytest
from golden_corpus import RECIPE, places, versions

from corpusmill.warehouse import Warehouse

BY_SPARK = "--set=runtime.driver_edges=0"


def duplicates(spark, folder):
    rows = Warehouse(spark, str(folder / "warehouse")).snapshot("duplicates").rows
    return sorted(map(tuple, rows.collect()))


@pytest.mark.slow
def test_both_ways_give_the_same_rows(cli, spark, copied):
    common = [*places(copied), *RECIPE]
    standing = {path.name for path in (copied / "warehouse").iterdir()}
    before = duplicates(spark, copied)
    spark.sql(f"DELETE FROM delta.`{copied}/warehouse/duplicates`")

    code, line = cli("cluster-duplicates", *common, BY_SPARK)

    assert (code, line["status"]) == (0, "done")
    assert duplicates(spark, copied) == before != []
    assert {path.name for path in (copied / "warehouse").iterdir()} == standing


def test_who_clusters_is_no_reason_to_do_it_again(cli, copied):
    common = [*places(copied), *RECIPE]
    _, before = cli("cluster-duplicates", *common)

    _, after = cli("cluster-duplicates", *common, BY_SPARK)

    assert after["status"] == "unchanged"
    assert versions(after) == versions(before)
    assert after["counts"] == {"edges": before["counts"]["edges"]}


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (["cluster_documents=1", "cluster_share=0.05"], "cluster_share: one cluster holds"),
        (["loss_documents=1", "duplicate_share=0.01"], "duplicate_share: more than 0.01 of"),
    ],
)
def test_a_guard_stops_the_job_before_anything_is_published(cli, spark, copied, bounds, said):
    common = [*places(copied), *RECIPE]
    sets = [f"--set=runtime.guards.{bound}" for bound in bounds]

    stands, told = cli("cluster-duplicates", *common, *sets)
    spark.sql(f"DELETE FROM delta.`{copied}/warehouse/duplicates`")
    code, line = cli("cluster-duplicates", *common, *sets, BY_SPARK)

    assert (stands, code) == (3, 3)
    assert told["message"] == line["message"]
    assert line["message"].startswith(f"runtime.guards.{said}")
    assert duplicates(spark, copied) == []
    assert not [p.name for p in (copied / "warehouse").iterdir() if p.name.startswith("scratch")]
