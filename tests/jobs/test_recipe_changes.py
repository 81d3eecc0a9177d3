"""Another recipe on tables that stand: what is refused, what is done again, and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from golden_corpus import CORPUS, RECIPE, manifest_of, places, versions

WINDMILL = (
    "The windmill on the hill has turned for two hundred years, and the people of the valley tell "
    "the weather by its sails. When they stand still before a storm, the farmers bring in the hay "
    "and close the shutters. In spring the keeper climbs to the cap with a bucket of grease and a "
    "brush, because the great wheel must run without a sound, and he says that a mill which creaks "
    "is a mill that complains of its master."
)


USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


@pytest.mark.parametrize(
    ("job", "change", "table", "first"),
    [
        ("build-shards", "recipe.pii.threshold=0.9", "tokens", "tokenize-documents"),
        ("tokenize-documents", "recipe.pii.kinds=[US_SSN]", "clean_documents", "redact-pii"),
        ("select-documents", "recipe.selection.keep_all=true", "quality", "score-quality"),
        (
            "build-shards",
            "recipe.selection.classifier_cuts.quality=0.5",
            "tokens",
            "tokenize-documents",
        ),
    ],
)
def test_a_job_alone_refuses_tables_of_another_recipe_and_names_the_job_to_run(
    cli, milled, job, change, table, first
):
    code, line = cli(job, *places(milled), *RECIPE, f"--set={change}")

    assert code == 2
    assert line["message"] == (
        f"table {table} was made by another recipe; give the --conf and --set of the run that made "
        f"it, or run {first} first"
    )


def test_a_classifier_cut_without_a_classifier_is_refused_though_all_is_scored(cli, milled):
    cut = "--set=recipe.selection.classifier_cuts.quality=0.5"

    code, line = cli("score-quality", *places(milled), *RECIPE, cut)

    assert code == 2
    assert line["message"].startswith(
        "recipe.selection.classifier_cuts.quality: there is no classifier"
    )


@pytest.mark.slow
def test_a_recipe_changed_and_changed_back_ends_in_the_same_set(cli, copied):
    run = ["run", *places(copied), "--input", str(CORPUS), *RECIPE]
    looser = ["--set=recipe.selection.keep_all=true", "--set=recipe.quality.presets=[c4]"]
    _, unchanged = cli(*run)

    code, changed = cli(*run, *looser)
    back_code, back = cli(*run)

    assert (code, back_code) == (0, 0)
    assert changed["counts"]["kept"] == changed["counts"]["documents"] > back["counts"]["kept"]
    assert changed["digest"] != unchanged["digest"]
    assert back["digest"] == unchanged["digest"]
    same = ("raw_documents", "documents", "languages")
    assert [versions(back)[name] for name in same] == [versions(unchanged)[name] for name in same]


@pytest.mark.slow
def test_shards_of_an_older_version_of_the_tokens_are_those_of_its_own_day(cli, copied):
    manifest = json.loads(manifest_of(copied).read_text("utf-8"))
    tokens = manifest["lineage"]["tables"]["tokens"]["version"]
    other = copied / "other.jsonl"
    other.write_text(json.dumps({"id": "windmill", "text": WINDMILL}), "utf-8")
    code, after = cli("run", *places(copied), "--input", str(other), *RECIPE)
    assert code == 0
    assert versions(after)["tokens"] > tokens
    assert after["digest"] != manifest["digest"]

    code, line = cli("build-shards", *places(copied), *RECIPE, "--tokens-version", str(tokens))

    assert (code, line["digest"]) == (0, manifest["digest"])


@pytest.mark.slow
def test_another_order_of_survivors_hashes_nothing_again_and_changed_back_gives_the_same_set(
    cli, spark, copied
):
    def table(name):
        rows = spark.read.format("delta").load(f"{copied}/warehouse/{name}").collect()
        return {row.doc_id: row for row in rows}

    run = ["run", *places(copied), "--input", str(CORPUS), *RECIPE]
    _, unchanged = cli(*run)
    before = table("duplicates")

    code, changed = cli(*run, "--set=recipe.dedup.survivor=[-length, -created]")
    after, chars = table("duplicates"), {n: r.chars for n, r in table("documents").items()}
    back_code, back = cli(*run)

    told = versions(changed)
    moved = {name for name, version in versions(unchanged).items() if told[name] != version}
    assert (code, back_code) == (0, 0)
    assert {"duplicates", "selection", "mix_plan", "shard_sets"} <= moved
    assert not {"lsh_index", "edges", "quality", "documents"} & moved
    assert {name: row.cluster_id for name, row in after.items()} == {
        name: row.cluster_id for name, row in before.items()
    }
    for row in after.values():
        mates = [name for name, mate in after.items() if mate.cluster_id == row.cluster_id]
        assert chars[row.survivor_id] == min(chars[name] for name in mates)
        assert chars[before[row.doc_id].survivor_id] == max(chars[name] for name in mates)
    assert back["digest"] == unchanged["digest"] != changed["digest"]


@pytest.mark.slow
def test_survivors_stand_as_often_as_their_clusters_say_and_are_rebuilt(cli, spark, copied):
    def table(name):
        return spark.read.format("delta").load(f"{copied}/warehouse/{name}").collect()

    run = ["run", *places(copied), "--input", str(CORPUS), *RECIPE]
    more = ["--set=recipe.selection.rehydrate={2: 3}", "--set=recipe.mix.stages=[{repeats: 2}]"]

    code, line = cli(*run, *more, "--verify")
    again, unchanged = cli(*run, *more)

    survivors = {row.doc_id for row in table("duplicates") if row.place == 1}
    planned = {row.doc_id: row.repeats for row in table("mix_plan")}
    tokens = {row.doc_id: row.token_count for row in table("tokens")}
    content = json.loads(Path(line["manifest"]).read_text("utf-8"))["content"]
    assert (code, line["verified"]) == (0, "rebuilt")
    assert (again, unchanged["status"], unchanged["digest"]) == (0, "unchanged", line["digest"])
    assert survivors & set(planned)
    assert planned == {name: 6 if name in survivors else 2 for name in tokens}
    assert content["totals"]["documents"] == sum(planned.values())
    assert content["totals"]["tokens"] == sum(
        planned[name] * (count + 1) for name, count in tokens.items()
    )
    assert content["recipe"]["selection"]["rehydrate"] == {"2": 3}


def test_rows_that_somebody_else_took_from_a_derived_table_are_computed_again(cli, spark, copied):
    tokens = f"delta.`{copied}/warehouse/tokens`"
    before = sorted(map(str, spark.sql(f"SELECT * FROM {tokens}").collect()))
    spark.sql(f"DELETE FROM {tokens} WHERE token_count > 40")

    early, refused = cli("build-shards", *places(copied), *RECIPE)
    code, line = cli("tokenize-documents", *places(copied), *RECIPE)

    assert (early, refused["message"]) == (
        2,
        "table tokens was changed by somebody else; run tokenize-documents first",
    )
    assert (code, line["status"]) == (0, "done")
    assert sorted(map(str, spark.sql(f"SELECT * FROM {tokens}").collect())) == before


@pytest.mark.slow
@pytest.mark.parametrize("table", ["raw_documents", "quarantine"])
def test_what_somebody_else_deleted_of_the_raw_tables_comes_back_with_its_file(
    cli, spark, copied, table
):
    name = f"delta.`{copied}/warehouse/{table}`"
    before = spark.sql(f"SELECT * FROM {name}").count()
    [last] = spark.sql(f"SELECT max(record_number) FROM {name}").first()
    spark.sql(f"DELETE FROM {name} WHERE record_number = {last}")
    ingest = ["ingest-documents", *places(copied), *RECIPE, "--input", str(CORPUS)]

    code, line = cli(*ingest)
    _, again = cli(*ingest)

    assert (code, line["status"], again["status"]) == (0, "done", "unchanged")
    assert line["tables"][table]["rows"] == before


@pytest.mark.slow
def test_documents_that_were_never_scored_are_not_kept(cli, spark, copied):
    other = copied / "other.jsonl"
    other.write_text(json.dumps({"id": "windmill", "text": WINDMILL}), "utf-8")
    common = [*places(copied), *RECIPE]
    for job in ("normalise-documents", "identify-language"):
        assert cli("ingest-documents", *common, "--input", str(other))[0] == 0
        assert cli(job, *common)[0] == 0
    for job in ("dedup-exact", "dedup-minhash", "cluster-duplicates"):
        assert cli(job, *common)[0] == 0

    code, _ = cli("select-documents", *common)

    selection = spark.read.format("delta").load(f"{copied}/warehouse/selection")
    assert code == 0
    assert [row.reasons for row in selection.where("not kept").collect()].count(
        ["quality.not_scored"]
    ) == 1


@pytest.mark.slow
def test_lines_that_c4_removes_are_cut_out_of_the_clean_documents(cli, copied, spark, tmp_path):
    menus = tmp_path / "menus.jsonl"
    menus.write_text(json.dumps({"id": "m", "text": f"Home\n{WINDMILL}\nAbout us"}), "utf-8")
    run = ["run", *places(copied), "--input", str(CORPUS), "--input", str(menus), *RECIPE]
    cut = ["--set=recipe.quality.remove_lines=[c4]", "--set=recipe.selection.keep_all=true"]

    code, _ = cli(*run, *cut, "--verify")
    again, unchanged = cli(*run, *cut)

    def texts(table):
        rows = spark.read.format("delta").load(str(copied / "warehouse" / table)).collect()
        return {row.doc_id: row.text for row in rows}

    def short(text):
        return [each for each in text.split("\n") if each.strip() and len(each.split()) < 3]

    before, after = texts("documents"), texts("clean_documents")
    edits = spark.read.format("delta").load(str(copied / "warehouse" / "edits"))
    assert (code, again, unchanged["status"]) == (0, 0, "unchanged")
    assert {row.step for row in edits.select("step").distinct().collect()} == {"lines", "pii"}
    assert any(short(text) for text in before.values())
    assert not any(short(text) for text in after.values())
    assert set(after) == set(before)
