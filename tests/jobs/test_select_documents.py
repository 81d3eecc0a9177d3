"""The job that decides, on the milled golden corpus: and its guards."""

from __future__ import annotations

import pytest
from golden_corpus import RECIPE, places, versions

STRICT = ["--set=runtime.guards.loss_documents=20", "--set=runtime.guards.source_loss=0.1"]
CAPPED = "--set=recipe.selection.domain_cap=1"


def test_a_source_that_loses_too_much_stops_the_job_before_anything_is_published(cli, milled):
    common = [*places(milled), *RECIPE]
    _, before = cli("select-documents", *common)

    stands, told = cli("select-documents", *common, *STRICT)
    code, line = cli("select-documents", *common, *STRICT, CAPPED)
    _, after = cli("select-documents", *common)

    assert (stands, code) == (3, 3)
    assert told["message"].startswith("runtime.guards.source_loss: ")
    assert "documents of source corpus would be dropped, more than 0.1 of them (" in line["message"]
    assert "(4 duplicate.near, 2 gopher_repetition" in told["message"]
    assert "(10 domain.over_cap, 4 duplicate.near, " in line["message"]
    assert (before["status"], after["status"]) == ("unchanged", "unchanged")
    assert versions(after) == versions(before)


@pytest.mark.slow
def test_where_everything_is_kept_no_guard_stops_anything(cli, copied):
    job, all_kept = [*places(copied), *RECIPE, *STRICT], "--set=recipe.selection.keep_all=true"
    steps = ("score-quality", "dedup-exact", "dedup-minhash", "cluster-duplicates")

    codes = [cli(step, *job, all_kept)[0] for step in (*steps, "select-documents")]

    assert codes == [0] * 5
