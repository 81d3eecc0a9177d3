"""Shards made again from the raw documents on."""

from __future__ import annotations

import pytest
from golden_corpus import CORPUS, RECIPE, manifest_of, places


def deep(cli, folder, *more):
    manifest = str(manifest_of(folder))
    return cli("verify-shards", *places(folder), *RECIPE, "--manifest", manifest, "--deep", *more)


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
