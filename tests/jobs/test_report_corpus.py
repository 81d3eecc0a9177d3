"""The report of the milled golden corpus, held against its tables row by row."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
from corpusmill.jobs import verify_shards
from golden_corpus import RECIPE, manifest_of, places

from corpusmill.invocation import parse
from corpusmill.mill import Mill
from corpusmill.replay import refuse_other
from corpusmill.shards.manifest import read_manifest


def page_of(folder: Path) -> str:
    return (folder / "output" / "report.html").read_text("utf-8")


def rows_of(spark, folder, name):
    return [
        row.asDict()
        for row in spark.read.format("delta").load(f"{folder}/warehouse/{name}").collect()
    ]


def cells(page: str, section: str) -> list[list[str]]:
    """Lines of the tables of a section, tags left out."""
    inside = page.partition(f'<section id="{section}">')[2].partition("</section>")[0]
    lines = re.findall(r"<tr>(.*?)</tr>", inside, re.S)
    split = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line, re.S) for line in lines]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in line] for line in split]


def printed(page: str, option: str) -> list[str]:
    """The words of the printed command with this option, after ``corpusmill``."""
    texts = [html.unescape(text) for text in re.findall(r"<pre>(.*?)</pre>", page, re.S)]
    [command] = [text for text in texts if text.startswith("corpusmill") and option in text]
    return shlex.split(command.replace("\\\n", " "))[1:]


@pytest.fixture(scope="module")
def reported(milled):
    """What the job says and writes; every document is drawn."""
    from corpusmill.__main__ import main

    assert main(["report-corpus", *places(milled), *RECIPE, "--samples", "40"]) == 0
    return page_of(milled)


def test_the_report_tells_what_the_tables_hold(spark, milled, reported):
    tables = ("raw_documents", "languages", "selection", "tokens", "duplicates", "quarantine")
    read = {name: rows_of(spark, milled, name) for name in tables}
    language = {row["doc_id"]: row["language"] for row in read["languages"]}
    tokens = Counter()
    for row in read["tokens"]:
        tokens[language[row["doc_id"]]] += row["token_count"]
    kept = sum(row["kept"] for row in read["selection"])
    twins = Counter(row["relation"] for row in read["duplicates"] if not row["is_survivor"])

    shown = {line[0]: line for line in cells(reported, "funnel")}
    assert shown["Accepted"][1] == str(len(read["raw_documents"]))
    assert shown["Duplicates"][1] == str(kept)
    assert shown["Tokenised"][1] == str(len(read["tokens"]))
    by_language = {line[0]: line[1] for line in cells(reported, "tokens") if line[0] in tokens}
    assert by_language == {name: f"{count:,}" for name, count in tokens.items()}
    relations = {line[0]: line[1] for line in cells(reported, "duplicates") if line[0] in twins}
    assert relations == {name: str(count) for name, count in twins.items()}


def test_the_report_says_how_to_rebuild_the_set(milled, reported):
    manifest = json.loads(manifest_of(milled).read_text("utf-8"))

    assert f"--manifest {manifest_of(milled)}" in reported
    assert manifest["digest"] in reported
    assert reported.count('class="state protected"') == 5


def test_the_printed_commands_go_from_any_folder(cli, milled, reported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, line = cli(*printed(reported, "--rebuild"))

    assert (code, line["status"]) == (0, "rebuilt")
    assert list(tmp_path.iterdir()) == []


def test_the_printed_replay_takes_the_recipe_that_the_set_was_made_with(milled, reported):
    """Its tokenizer was fitted, and lies in the output folder."""
    job, *words = printed(reported, "--deep")
    settings = parse(job, [*words, *RECIPE], verify_shards.options).settings

    refuse_other(
        Mill(settings.recipe, settings.runtime, lambda: None), read_manifest(manifest_of(milled))
    )


def test_the_recipe_of_the_tables_speaks_whatever_this_command_is_given(cli, milled):
    others = ["--set=recipe.seed=7", "--set=recipe.selection.keep_per_cluster=2"]
    pages = set()
    for more in ([], others):
        assert cli("report-corpus", *places(milled), "--samples=1", *more)[0] == 0
        pages.add(page_of(milled))

    assert len(pages) == 1


@pytest.mark.slow
def test_shard_sets_stand_in_the_order_in_which_they_were_written(cli, copied):
    digests = [json.loads(manifest_of(copied).read_text("utf-8"))["digest"]]
    for count in (2, 8):
        _, line = cli(
            "build-shards", *places(copied), *RECIPE, f"--set=recipe.shards.count={count}"
        )
        digests.insert(0, line["digest"])

    assert cli("report-corpus", *places(copied), "--samples=0")[0] == 0

    shown = [line[1] for line in cells(page_of(copied), "shards") if line[:1] == ["main"]]
    assert shown == [digest[:16] for digest in digests]


def test_no_personal_data_is_on_the_page(spark, milled, reported):
    texts = {row["doc_id"]: row["text"] for row in rows_of(spark, milled, "documents")}
    spans = rows_of(spark, milled, "pii_spans")
    personal = {texts[span["doc_id"]][span["start"] : span["end"]] for span in spans}

    assert personal
    assert [value for value in personal if value in reported] == []
    assert "village-school.example" not in reported
    assert "<mark>&lt;EMAIL_ADDRESS&gt;</mark>" in reported
    assert "<ins>" in reported
    assert "<script" not in reported


def test_equal_tables_give_equal_bytes_and_the_counts_add_up(cli, milled):
    digests = set()
    for _ in range(2):
        code, line = cli("report-corpus", *places(milled), *RECIPE)
        digests.add(hashlib.sha256(page_of(milled).encode()).hexdigest())

    assert (code, line["status"], len(digests)) == (0, "done", 1)
    counts = line["counts"]
    assert counts["decided"].keys() <= counts["dropped"].keys()
    assert sum(counts["decided"].values()) == counts["documents"] - counts["kept"]


def test_without_samples_no_text_is_shown(cli, milled):
    code, _ = cli("report-corpus", *places(milled), *RECIPE, "--samples", "0")

    assert code == 0
    assert "<blockquote" not in page_of(milled)


def test_older_versions_are_reported_where_they_are_named(cli, milled):
    """Version 0 of a table is as it was created, before any row."""
    code, line = cli("report-corpus", *places(milled), *RECIPE, "--table-version", "tokens=0")

    assert code == 0
    assert line["counts"]["tokens"] == 0
    assert "<code>corpusmill tokenize-documents</code> fills it" in page_of(milled)


def test_a_warehouse_without_tables_has_a_report_too(cli, tmp_path):
    code, line = cli("report-corpus", *places(tmp_path))

    assert code == 0
    assert line["counts"]["raw_documents"] == 0
    assert "<code>corpusmill ingest-documents</code> fills it" in page_of(tmp_path)


def test_a_number_of_samples_that_is_none_is_refused(cli, milled):
    code, line = cli("report-corpus", *places(milled), *RECIPE, "--samples", "-1")

    assert code == 2
    assert "--samples" in line["message"]
