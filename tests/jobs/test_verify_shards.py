"""Shards looked into without a session, and made again from the raw documents on."""

from __future__ import annotations

import pytest
import small_sets
from golden_corpus import CORPUS, RECIPE, manifest_of, places

from corpusmill.shards.format import FileEntry, ShardEntry
from corpusmill.shards.manifest import read_manifest


def deep(cli, folder, *more):
    manifest = str(manifest_of(folder))
    return cli("verify-shards", *places(folder), *RECIPE, "--manifest", manifest, "--deep", *more)


def test_counts_that_are_not_those_of_the_files_are_told_without_a_session(alone, tmp_path):
    folder = small_sets.build(tmp_path / "set", [[[1, 2, 3]]], count=1)
    clean = alone("verify-shards", "--manifest", folder)
    [shard] = read_manifest(folder).content["shards"]
    files = {part: FileEntry(**shard[part]) for part in ("bin", "docs")}
    small_sets.sign(folder, [ShardEntry(**{**shard, "documents": 2, **files})], count=1)

    code, line, err = alone("verify-shards", "--manifest", folder)

    told = f"{shard['docs']['name']}: its counts are not those of the manifest: documents 1, not 2"
    assert (clean[0], clean[1]["status"], clean[1]["counts"]["shards_wrong"]) == (0, "verified", [])
    assert (code, line["status"]) == (1, "failed")
    assert (line["counts"]["files_wrong"], line["counts"]["shards_wrong"]) == ([], [told])
    assert told in line["message"]
    assert f"wrong: {told}" in err


def test_a_shard_with_a_wrong_file_is_told_by_that_file_alone(alone, tmp_path):
    folder = small_sets.build(tmp_path / "set", [[[1, 2, 3]]], count=1)
    path = next(folder.glob("*.docs"))
    path.write_bytes(bytes(path.stat().st_size))

    code, line, _ = alone("verify-shards", "--manifest", folder)

    assert code == 1
    assert (line["counts"]["files_wrong"], line["counts"]["shards_wrong"]) == ([path.name], [])


@pytest.mark.slow
def test_every_stage_is_replayed_after_the_tables_went_on_and_a_shard_was_lost(
    cli, copied, tmp_path
):
    shard = min(path for path in manifest_of(copied).parent.glob("shard-*.bin") if path.is_file())
    manifest, before = manifest_of(copied), shard.read_bytes()
    shard.unlink()
    fewer = tmp_path / "corpus.jsonl"
    fewer.write_text("\n".join(CORPUS.read_text("utf-8").splitlines()[5:]) + "\n", "utf-8")
    for job in ("ingest-documents", "normalise-documents", "identify-language", "score-quality"):
        source = ["--input", str(fewer), "--source", "more"] if job == "ingest-documents" else []
        assert cli(job, *places(copied), *RECIPE, *source)[0] == 0

    code, line = cli(
        *("verify-shards", *places(copied), *RECIPE, "--manifest", str(manifest), "--deep"),
        "--repair",
    )

    assert (code, line["status"]) == (0, "replayed")
    assert shard.read_bytes() == before
    assert line["counts"]["shards_differing"] == []
    for counts in line["rescored"].values():
        assert counts["rows"] > 20
        assert (counts["only_one"], counts["decided"], counts["beyond"]) == (0, 0, 0)
    assert not list((copied / "output").glob("rebuild-*"))


def test_another_recipe_is_refused_before_any_work_naming_what_differs(cli, copied):
    code, line = deep(cli, copied, "--set=recipe.pii.threshold=0.7", "--set=recipe.seed=3")

    assert code == 2
    assert "pii.threshold: 0.7, not 0.4" in line["message"]
    assert "seed: 3, not 42" in line["message"]


def test_another_engine_is_refused_by_its_name(cli, copied, monkeypatch):
    from corpusmill import resolve

    real = resolve.engines()
    monkeypatch.setattr(resolve, "engines", lambda: {**real, "regex": "1.0"})

    code, line = deep(cli, copied)

    assert code == 2
    assert "engines.regex: 1.0, not" in line["message"]
