"""The whole mill on thirty documents: what comes out, twice, changed, alone, killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from golden_corpus import CORPUS, EXPECTED, RECIPE, manifest_of, places, shard_digests, versions

from corpusmill.__main__ import main
from corpusmill.contracts import TABLES
from corpusmill.mill import Mill
from corpusmill.recipe import Recipe, Runtime
from corpusmill.shards.format import RECORD
from corpusmill.warehouse import Warehouse

STEPS = [
    "ingest-documents",
    "normalise-documents",
    "identify-language",
    "train-quality-classifier",
    "score-quality",
    "dedup-exact",
    "dedup-minhash",
    "cluster-duplicates",
    "select-documents",
    "count-passages",
    "redact-pii",
    "train-tokenizer",
    "tokenize-documents",
    "build-shards",
]


def rows(spark, folder: Path, table: str) -> list[dict]:
    return [
        row.asDict()
        for row in spark.read.format("delta").load(f"{folder}/warehouse/{table}").collect()
    ]


def commits(spark, folder: Path, table: str) -> list:
    history = spark.sql(f"DESCRIBE HISTORY delta.`{folder}/warehouse/{table}`")
    return history.orderBy("version").collect()


def test_the_golden_corpus_gives_the_golden_shards(milled):
    expected = json.loads(EXPECTED.read_text("utf-8"))

    assert shard_digests(manifest_of(milled)) == expected["shards"]


def test_every_commit_of_a_run_has_a_row_in_runs_that_tells_what_it_took(spark, milled):
    found = {(row["table_name"], row["version"]): row for row in rows(spark, milled, "runs")}

    ours = {
        (table, commit["version"])
        for table in {*TABLES} - {"runs"}
        for commit in commits(spark, milled, table)
        if "stage_digest" in (commit["userMetadata"] or "")
    }
    assert set(found) == ours
    for (table, version), row in found.items():
        at = f"{milled}/warehouse/{table}"
        then = spark.read.format("delta").option("versionAsOf", version).load(at)
        assert row["rows"] == then.count()
        assert 0 < row["milliseconds"] < 600_000
        assert row["peak_memory"] > 200_000_000  # the JVM alone is larger
        if version == 1:  # after the one that made the table
            assert row["added"] == row["rows"]


def test_a_pass_is_weighed_by_what_delta_says_of_its_documents(spark, milled):
    runtime = Runtime(warehouse=f"{milled}/warehouse", output=f"{milled}/output")
    mill = Mill(Recipe(), runtime, lambda: spark)
    pin = mill.warehouse.snapshot("documents").pin
    now = [0.0]
    mill.progress.now = lambda: now[0]
    mill.progress.at_work = dict

    told = []
    for documents in (None, 6):
        with mill.progress.stage("stage"), mill.through("table", {"documents": pin}, documents):
            now[0] += 5.0
            mill.progress.look()
        told.append(mill.progress.gone_through(0.001))

    count = len(rows(spark, milled, "documents"))
    stored = sum(p.stat().st_size for p in (milled / "warehouse" / "documents").glob("*.parquet"))
    rate = f"{stored * 6 // count / 1000:,.1f}"
    assert told == [
        f": {count} documents, {count},000 a second",
        f": 6 documents, 6,000 a second, {rate} MB/s",
    ]


def test_every_document_is_where_its_text_says(spark, milled):
    key_of = {row["doc_id"]: row["record_key"] for row in rows(spark, milled, "raw_documents")}
    selection = {key_of[row["doc_id"]]: row for row in rows(spark, milled, "selection")}

    kept = {key for key, row in selection.items() if row["kept"]}
    assert {"bread", "ferry", "german", "contact", "card"} <= kept
    assert "gopher_quality.too_few_words" in selection["short"]["reasons"]
    assert "gopher_repetition.duplicate_lines" in selection["chant"]["reasons"]
    assert "language.unknown" in selection["noise"]["reasons"]
    assert selection["bread-again"]["reasons"] == ["duplicate.exact"]
    assert ("collection" in kept) != ("collection-retold" in kept)
    assert all(row["kept"] == (row["reasons"] == []) for row in selection.values())


def test_broken_records_are_accounted_for(spark, milled):
    lines = len(CORPUS.read_text("utf-8").splitlines())
    (refused,) = rows(spark, milled, "quarantine")

    assert refused["reason"] == "text_is_no_string"
    assert refused["record_number"] == lines - 1
    assert len(rows(spark, milled, "raw_documents")) + 1 == lines


def test_personal_data_is_gone_from_clean_text_and_named_by_kind(spark, milled):
    clean = " ".join(row["text"] for row in rows(spark, milled, "clean_documents"))
    kinds = {row["kind"] for row in rows(spark, milled, "pii_spans")}

    for secret in ("office@", "212-555-0187", "8.8.4.4", "GB29 NWBK", "4111 1111", "brother.elder"):
        assert secret not in clean
    assert {"EMAIL_ADDRESS", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE"} <= kinds


def test_personal_data_is_nowhere_but_in_the_raw_tables(milled):
    raw = ("raw_documents", "documents", "quarantine")
    files = [p for p in milled.rglob("*") if p.is_file() and not {*p.parts} & {*raw}]

    leaks = [p for p in files if b"village-school.example" in p.read_bytes()]

    assert files
    assert leaks == []


def test_a_second_run_changes_no_table(cli, milled):
    arguments = ["run", *places(milled), "--input", str(CORPUS), *RECIPE]
    before = cli(*arguments)[1]

    code, line = cli(*arguments)

    assert code == 0
    assert line["status"] == "unchanged"
    assert versions(line) == versions(before)
    assert line["digest"] == before["digest"]


@pytest.mark.slow
def test_all_jobs_alone_give_the_digest_of_one_run(cli, milled, tmp_path):
    common = [*places(tmp_path), *RECIPE]
    lines = [cli("ingest-documents", *common, "--input", str(CORPUS))]
    lines += [cli(step, *common) for step in STEPS[1:]]

    assert [code for code, _ in lines] == [0] * len(STEPS)
    assert lines[-1][1]["digest"] == json.loads(manifest_of(milled).read_text())["digest"]


@pytest.mark.slow
def test_one_kind_of_pii_less_recomputes_what_is_downstream_of_it_and_nothing_else(
    cli, spark, copied
):
    before = {name: len(commits(spark, copied, name)) for name in TABLES}
    fewer = "--set=recipe.pii.kinds=[EMAIL_ADDRESS, IP_ADDRESS]"

    code, _ = cli("run", *places(copied), "--input", str(CORPUS), *RECIPE, fewer)

    changed = {name for name in TABLES if len(commits(spark, copied, name)) != before[name]}
    downstream = {"pii_spans", "edits", "clean_documents", "tokens", "mix_plan", "shard_sets"}
    assert code == 0
    assert changed == downstream | {"pins", "runs"}


@pytest.mark.slow
def test_a_changed_record_recomputes_its_rows_and_no_others(cli, spark, milled, tmp_path):
    corpus = tmp_path / "corpus.jsonl"
    whole = CORPUS.read_text("utf-8")
    corpus.write_text(whole.replace("grain of sand between", "pinch of salt between", 1), "utf-8")
    shutil.copytree(milled / "output", tmp_path / "output", symlinks=True)
    revise = "--set=recipe.ingest.changed_files=revise"
    arguments = ["run", *places(tmp_path), "--input", str(corpus), *RECIPE, revise]
    _, before = cli(*arguments)
    corpus.write_text(whole, encoding="utf-8")

    _, line = cli(*arguments)

    for table in ("documents", "languages", "quality", "clean_documents", "tokens"):
        metrics = commits(spark, tmp_path, table)[-1]["operationMetrics"]
        assert int(metrics["numTargetRowsInserted"]) == 1, table
        assert int(metrics["numTargetRowsDeleted"]) == 1, table
    golden = json.loads(manifest_of(milled).read_text("utf-8"))["digest"]
    assert before["digest"] != golden
    assert line["digest"] == golden
    # The golden set was there already, made of the tables of another warehouse.
    own = json.loads(Path(line["manifest"]).read_text("utf-8"))["lineage"]["tables"]
    others = json.loads(manifest_of(milled).read_text("utf-8"))["lineage"]["tables"]
    assert own.keys() == others.keys() >= {"raw_documents", "pii_spans", "edits", "tokens"}
    assert not {own[name]["id"] for name in own} & {others[name]["id"] for name in others}
    verify = ["verify-shards", *places(tmp_path), "--manifest", line["manifest"], "--rebuild"]
    assert cli(*verify)[0] == 0


def test_files_without_records_make_an_empty_valid_set(cli, tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n\n", encoding="utf-8")

    code, line = cli("run", *places(tmp_path), "--input", str(empty), *RECIPE)

    assert code == 0
    assert json.loads(Path(line["manifest"]).read_text())["content"]["shards"] == []
    assert (
        cli("verify-shards", *places(tmp_path), "--manifest", line["manifest"], "--rebuild")[0] == 0
    )
    filled = {name for name, table in line["tables"].items() if table["rows"]}
    # Of the index, what it was hashed with.
    assert filled == {"runs", "shard_sets", "pins", "lsh_index"}


def test_a_damaged_shard_is_named_and_put_back(cli, milled):
    manifest = manifest_of(milled)
    shard = next(manifest.parent.glob("shard-*.bin"))
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    arguments = ["verify-shards", *places(milled), *RECIPE, "--manifest", str(manifest)]

    code, line = cli(*arguments)
    repaired, _ = cli(*arguments, "--rebuild", "--repair")

    assert code == 1
    assert line["counts"]["files_wrong"] == [shard.name]
    assert repaired == 0
    assert shard.read_bytes() == whole


@pytest.mark.parametrize("damage", ["manifest", "shard cut short", "shard missing"])
def test_a_damaged_set_does_not_stand_and_is_built_again(cli, copied, damage):
    manifest = manifest_of(copied)
    shard = next(manifest.parent.glob("shard-*.bin"))
    whole = shard.read_bytes(), json.loads(manifest.read_text("utf-8"))
    if damage == "manifest":
        manifest.write_text("{", "utf-8")
    elif damage == "shard missing":
        shard.unlink()
    else:
        shard.write_bytes(whole[0][:-1])

    code, _ = cli("build-shards", *places(copied), *RECIPE)

    assert code == 0
    assert shard.read_bytes() == whole[0]
    assert json.loads(manifest.read_text("utf-8"))["content"] == whole[1]["content"]


def id_of(spark, folder: Path, record_key: str) -> str:
    raw = rows(spark, folder, "raw_documents")
    [doc_id] = (row["doc_id"] for row in raw if row["record_key"] == record_key)
    return doc_id


def test_explain_tells_why_a_document_is_out(cli, spark, milled):
    code, line = cli("explain", id_of(spark, milled, "bread-again"), *places(milled), *RECIPE)

    assert code == 0
    found = line["explanation"]
    [selected] = found["selection"]
    assert (selected["kept"], selected["decided_by"]) == (False, ["duplicate.exact"])
    assert found["duplicates"][0]["relation"] == "exact"
    assert "loaf of bread" not in json.dumps(found)


def test_explain_tells_where_each_edit_stands_in_the_clean_text(cli, spark, milled):
    tables = f"{milled}/warehouse"
    texts = spark.read.format("delta").load(f"{tables}/clean_documents").collect()
    clean = {row.doc_id: row.text for row in texts if "<EMAIL_ADDRESS>" in row.text}
    doc_id = min(clean)

    _code, line = cli("explain", doc_id, *places(milled), *RECIPE)

    edits = line["explanation"]["edits"]
    assert "<EMAIL_ADDRESS>" in [edit["replacement"] for edit in edits]
    shown = [clean[doc_id][edit["clean_start"] : edit["clean_end"]] for edit in edits]
    assert shown == [edit["replacement"] for edit in edits]


def test_explain_tells_what_a_sequence_is_made_of(cli, spark, milled):
    manifest = manifest_of(milled)
    content = json.loads(manifest.read_bytes())["content"]
    shard = max(content["shards"], key=lambda shard: shard["documents"])
    records = np.fromfile(manifest.parent / shard["docs"]["name"], RECORD, offset=16)
    raw = rows(spark, milled, "raw_documents")
    origin = {r["doc_id"]: (r["source"], r["path"], r["record_number"]) for r in raw}
    where = ["--manifest", str(manifest), "--shard", str(shard["shard"]), "--sequence"]

    code, line = cli("explain", *where, "0", *places(milled), *RECIPE)
    beyond = cli("explain", *where, str(shard["sequences"]), *places(milled), *RECIPE)

    found = line["explanation"]
    assert (code, found["shard"], found["sequence"]) == (0, shard["shard"], 0)
    expected = [
        (record["doc_id"].tobytes().hex(), int(record["offset"]), int(record["length"]))
        for record in records
        if record["sequence"] == 0
    ]
    told = found["documents"]
    assert [(d["doc_id"], d["offset"], d["length"]) for d in told] == expected
    assert all((d["source"], d["path"], d["record_number"]) == origin[d["doc_id"]] for d in told)
    assert beyond[0] == 2
    assert f"0 to {shard['sequences'] - 1}" in beyond[1]["message"]


@pytest.mark.slow
def test_explain_works_in_a_process_where_no_session_is_yet(spark, milled):
    doc_id = id_of(spark, milled, "bread")
    command = [sys.executable, "-m", "corpusmill", "explain", doc_id, *places(milled)]

    done = subprocess.run([*command, "--master", "local[1]"], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["explanation"]["selection"][0]["kept"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["tokenize-documents", "--table-version", "clean_documents=99"], "clean_documents"),
        (["normalise-documents"], "raw_documents"),
        (["build-shards", "--set=runtime.world_size=0"], "runtime.world_size"),
    ],
)
def test_what_cannot_be_done_is_refused_at_the_door(cli, tmp_path, arguments, named):
    code, line = cli(arguments[0], *places(tmp_path), *RECIPE, *arguments[1:])

    assert code == 2
    assert line["status"] == "refused"
    assert named in line["message"]
    assert not (tmp_path / "warehouse").exists()


def test_too_much_quarantine_stops_the_run_which_said_what_it_was_at(spark, capsys, tmp_path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"id": 1, "text": "fine"}\n' + "{}\n" * 9, encoding="utf-8")

    code = main(["run", *places(tmp_path), "--input", str(broken), *RECIPE])

    out, err = capsys.readouterr()
    line = json.loads(out.splitlines()[-1])
    # Without how far it is, which is told where it takes more than half a minute.
    said = [" ".join(text.split()[1:]) for text in err.splitlines() if " gone" not in text]
    assert said[0] == "waiting for Spark"
    assert said[1].startswith("warehouse ")
    assert said[2] == "tables"
    assert said[3].startswith(f"{len(TABLES)} tables are there (")
    assert said[4] == "[1/15] ingest-documents"
    assert code == 3
    assert "quarantine_share" in line["message"]
    assert "text_missing" in line["message"]


@pytest.mark.slow
def test_a_killed_driver_is_made_good_by_the_same_command(cli, milled, tmp_path):
    command = [sys.executable, "-m", "corpusmill", "run", *places(tmp_path)]
    command += ["--input", str(CORPUS), *RECIPE, "--master", "local[2]"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    for line in process.stderr:
        if "build-shards" in line:
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.communicate()
    assert not list(tmp_path.glob("output/shards/*/manifest.json"))

    code, line = cli("run", *places(tmp_path), "--input", str(CORPUS), *RECIPE)

    assert code == 0
    assert line["digest"] == json.loads(manifest_of(milled).read_text())["digest"]


class Killed(BaseException):
    """What ends a run between two commits."""


@pytest.mark.slow
@pytest.mark.parametrize("commits_each", [2, 5])
def test_a_mill_that_is_killed_every_few_commits_ends_in_the_same_set(
    cli, milled, tmp_path, monkeypatch, commits_each
):
    command = ["run", *places(tmp_path), "--input", str(CORPUS), *RECIPE]
    publish, left, kills = Warehouse.publish, [0], 0

    def until_killed(self, name, change, commit):
        before = self.version(name)
        version = publish(self, name, change, commit)
        left[0] -= version != before
        if left[0] == 0:
            raise Killed
        return version

    monkeypatch.setattr(Warehouse, "publish", until_killed)
    while True:
        left[0] = commits_each
        try:
            code, line = cli(*command)
            break
        except Killed:
            kills += 1
            assert kills < 30

    _, again = cli(*command)
    assert kills > 2
    assert code == 0
    assert line["digest"] == json.loads(manifest_of(milled).read_text())["digest"]
    assert (again["status"], again["digest"]) == ("unchanged", line["digest"])
