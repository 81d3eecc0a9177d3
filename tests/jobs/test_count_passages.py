"""Passages of the golden corpus: counted once, pinned, cut out of the clean documents."""

from __future__ import annotations

import json

import pytest
import slow_passages
from golden_corpus import CORPUS, RECIPE, places

MENU = "Home · News · Contact us"
TALE = (
    "The windmill on hill {0} has turned for two hundred years, and the people of valley {0} tell "
    "the weather by its sails. When they stand still before a storm, the farmers of {0} bring in "
    "the hay and close the shutters. In spring the keeper of {0} climbs to the cap with a bucket "
    "of grease and a brush, because the great wheel must run without a sound."
)
NAMES = ["Aber", "Brook", "Cliff", "Dale", "Esk", "Firth", "Glen", "Hythe"]
FREQUENT = "--set=recipe.dedup.passages.frequent={}"
KEPT = "--set=recipe.selection.keep_all=true"


@pytest.fixture
def pages(tmp_path):
    """Eight tales below one menu, and the menu alone; the first tale has its own line twice."""
    file = tmp_path / "pages.jsonl"
    tales = [f"{MENU}\n\n{TALE.format(name)}\n{name}!" for name in NAMES]
    tales[0] += f"\n{NAMES[0]}?"
    texts = {**dict(zip(NAMES, tales, strict=True)), "bare": MENU}
    records = [{"id": name, "text": text} for name, text in texts.items()]
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return file


def texts(spark, folder, table):
    rows = spark.read.format("delta").load(f"{folder}/warehouse/{table}").collect()
    return {row.doc_id: row.text for row in rows}


def pins(folder):
    return sorted(path.name for path in (folder / "output" / "models").glob("frequent-*.npy"))


@pytest.mark.slow
def test_frequent_lines_are_counted_once_and_cut_out(cli, spark, copied, pages):
    run = [*places(copied), *RECIPE, KEPT, "--set=recipe.dedup.passages.repeats=lines"]
    run.append(FREQUENT.format("[{documents: 7}]"))
    first = ["run", *run, "--input", str(CORPUS), "--input", str(pages)]

    code, line = cli(*first, "--verify")
    again, unchanged = cli(*first)

    counts = line["counts"]["stages"]
    assert (code, again, unchanged["status"]) == (0, 0, "unchanged")
    assert counts["count_passages"] == {"frequent": [1]}
    before, after = texts(spark, copied, "documents"), texts(spark, copied, "clean_documents")
    [bare] = [doc_id for doc_id, text in before.items() if text == MENU]
    tales = {doc_id for doc_id, text in before.items() if text.startswith(f"{MENU}\n")}
    assert (len(tales), after[bare]) == (8, "")
    assert all(after[doc_id].startswith("\nThe windmill") for doc_id in tales)
    [twice] = [doc_id for doc_id in tales if before[doc_id].endswith("\nAber!\nAber?")]
    assert after[twice] == "\n" + TALE.format("Aber") + "\nAber!"
    edits = spark.read.format("delta").load(f"{copied}/warehouse/edits")
    asked = {row.step: row["count"] for row in edits.groupBy("step").count().collect()}
    assert asked["frequent"] == 9
    made = counts["redact_pii"]["edits"]
    assert {step: each["edits"] for step, each in made.items()} == asked
    cut = 9 * len(MENU) + 8
    assert made["frequent"]["characters"] == cut
    assert line["counts"]["edited_characters"]["frequent"] == cut
    lines = [slow_passages.units(text, "lines") for text in after.values()]
    assert all(len(set(own)) == len(own) for own in lines)
    assert counts["redact_pii"]["emptied"] == 1


@pytest.mark.slow
def test_a_list_is_reused_until_told_to_refit(cli, spark, copied, pages):
    common = [*places(copied), *RECIPE, FREQUENT.format("[{documents: 7}, {preset: sentences}]")]
    early, refused = cli("redact-pii", *common)
    _, counted = cli("count-passages", *common)
    _, reused = cli("count-passages", *common)
    for job in ("normalise-documents", "identify-language", "score-quality"):
        assert cli("ingest-documents", *common, "--input", str(pages))[0] == 0
        assert cli(job, *common)[0] == 0
    for job in ("dedup-exact", "dedup-minhash", "cluster-duplicates", "select-documents"):
        assert cli(job, *common)[0] == 0

    _, pinned = cli("count-passages", *common)
    before = pins(copied)
    _, fitted = cli("count-passages", *common, "--refit")
    code, line = cli("redact-pii", *common)

    assert early == 2
    assert refused["message"].endswith("not counted yet; run count-passages first")
    assert (counted["status"], reused["status"]) == ("done", "unchanged")
    assert counted["passages"] == reused["passages"] == pinned["passages"]
    assert pinned["passages"][0] != fitted["passages"][0]
    assert (len(before), set(before) < set(pins(copied))) == (2, True)
    assert (code, line["status"]) == (0, "done")


def test_too_many_frequent_passages_stop_the_job(cli, milled):
    common = [*places(milled), *RECIPE, FREQUENT.format("[{unit: sentences, documents: 1}]")]

    code, line = cli("count-passages", *common, "--set=runtime.guards.frequent_passages=0")

    assert code == 3
    assert line["message"].startswith("runtime.guards.frequent_passages: ")
    assert pins(milled) == []


def test_nothing_is_counted_where_nothing_is_asked_for(cli, milled):
    code, line = cli("count-passages", *places(milled), *RECIPE)

    assert (code, line["status"], line["counts"]) == (0, "unchanged", {"frequent": []})
