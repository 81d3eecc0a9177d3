"""``corpusmill diff``: two sets and two versions, against every document looked up one by one."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import small_sets
from golden_corpus import RECIPE, manifest_of, places

from corpusmill.__main__ import main
from corpusmill.shards.format import decode
from corpusmill.shards.manifest import read_manifest

LETTER = (
    "The letter came on a Tuesday, and it was wet from the rain. The baker read it twice, then he "
    "put it into the oven, because the news in it was old and the bread needed the heat. His wife "
    "asked what the letter had said, and he told her that the mill on the hill would be sold to a "
    "man from the coast who had never seen flour, and that the bridge would have to be paid for by "
    "all of them, which is why he had burned it before anybody else could have read the thing."
)
ORCHARD = (
    "Behind the station there is an orchard which no one has pruned since the line was closed. In "
    "autumn the apples fall on the rails, and the hedgehogs eat them before the frost. A retired "
    "driver still walks along the track at noon with his whistle and his watch, and he says that "
    "the trees have more patience than any passenger he ever carried to the city. Last year the "
    "children of the village built a hut of old sleepers there, painted it green, and sold juice "
    "to the walkers for a coin that they have not yet agreed how to share with one another."
)
OTHER = [
    "--set=recipe.quality.limits={gopher_quality: {min_words: 85}}",
    "--set=recipe.selection.rehydrate={2: 3}",
    "--set=recipe.pii.drop_beyond={EMAIL_ADDRESS: 0}",
]


@pytest.fixture(scope="module")
def pair(spark, milled, tmp_path_factory):
    """The manifests of the golden set and of one with other documents and another recipe."""
    folder = tmp_path_factory.mktemp("pair") / "mill"
    shutil.copytree(milled, folder, symlinks=True)
    before = manifest_of(folder)
    changed, added = folder / "changed.jsonl", folder / "added.jsonl"
    changed.write_text(json.dumps({"id": "ferry", "text": LETTER, "created": "2001-01-01"}))
    added.write_text(json.dumps({"id": "orchard", "text": ORCHARD}))
    inputs = f"[{{glob: {changed}, source: corpus}}, {{glob: {added}, source: news}}]"
    assert main(["run", *places(folder), *RECIPE, *OTHER, f"--set=runtime.inputs={inputs}"]) == 0
    [after] = {*(folder / "output" / "shards").glob("*/manifest.json")} - {before}
    return folder, before, after


def table(spark, folder, manifest, name):
    """Rows of a table by document, as they were when a set was made."""
    version = json.loads(manifest.read_text("utf-8"))["lineage"]["tables"][name]["version"]
    reader = spark.read.format("delta").option("versionAsOf", version)
    return {row.doc_id: row for row in reader.load(f"{folder}/warehouse/{name}").collect()}


class Seen:
    """The tables behind a set, as plain rows."""

    def __init__(self, spark, folder, manifest):
        for name in ("documents", "selection", "clean_documents", "tokens", "mix_plan"):
            setattr(self, name, table(spark, folder, manifest, name))

    def weight(self, doc_id):
        return (self.tokens[doc_id].token_count + 1) * self.mix_plan[doc_id].repeats

    def why_not(self, doc_id):
        if doc_id not in self.documents:
            return "not delivered"
        if not self.selection[doc_id].kept:
            return self.selection[doc_id].decided_by[0]
        return "dropped by PII" if doc_id not in self.clean_documents else "?"


def slow_reason(a, b, doc_id):
    if doc_id not in b.mix_plan:
        return b.why_not(doc_id)
    if doc_id not in a.mix_plan:
        return a.why_not(doc_id)
    if a.tokens[doc_id].text_digest != b.tokens[doc_id].text_digest:
        return "text changed"
    if a.mix_plan[doc_id].repeats != b.mix_plan[doc_id].repeats:
        return "repeats changed"
    return "same" if a.weight(doc_id) == b.weight(doc_id) else "tokens changed"


def slow_sums(a, b):
    sums = {"source": {}, "language": {}, "reason": {}}
    for name, side in (("a", a), ("b", b)):
        for doc_id in side.mix_plan:
            clean = side.clean_documents[doc_id]
            groups = {"source": clean.source, "language": clean.language}
            for by, group in {**groups, "reason": slow_reason(a, b, doc_id)}.items():
                counts = sums[by].setdefault(group, Counter())
                counts[f"documents_{name}"] += 1
                counts[f"tokens_{name}"] += side.weight(doc_id)
    return sums


def positive(groups):
    """Counts above zero, without the deltas."""
    return {
        name: Counter({key: n for key, n in group.items() if n and key != "delta"})
        for name, group in groups.items()
    }


@pytest.mark.slow
def test_deltas_add_up_by_source_language_and_reason(cli, spark, pair):
    folder, before, after = pair
    a, b = (Seen(spark, folder, manifest) for manifest in (before, after))

    code, line = cli("diff", str(before), str(after.parent), *places(folder))
    _, back = cli("diff", str(after), str(before), *places(folder))

    tokens = line["tokens"]
    wished = [read_manifest(path).content["mix"]["tokens"] for path in (before, after)]
    assert (code, line["status"], line["differs"], line["unread"]) == (0, "compared", True, {})
    assert [tokens["tokens_a"], tokens["tokens_b"]] == wished
    assert tokens["delta"] == wished[1] - wished[0] != 0
    slow = slow_sums(a, b)
    for by in ("source", "language", "reason"):
        assert positive(tokens[by]) == slow[by]
        assert sum(group["delta"] for group in tokens[by].values()) == tokens["delta"]
        assert {name: -group["delta"] for name, group in back["tokens"][by].items()} == {
            name: group["delta"] for name, group in tokens[by].items()
        }
    reasons = {"text changed", "not delivered", "repeats changed", "dropped by PII", "same"}
    assert reasons < set(tokens["reason"])
    assert any(name.startswith("gopher_quality.") for name in tokens["reason"])
    assert set(tokens["source"]) == {"corpus", "news"}


@pytest.mark.slow
def test_keys_shards_and_the_first_differing_id_are_told(cli, pair, capsys):
    folder, before, after = pair
    a, b = read_manifest(before), read_manifest(after)

    main(["diff", *places(folder), str(before), str(after)])
    out, err = capsys.readouterr()
    line = json.loads(out)

    assert line["content"]["recipe.selection.rehydrate.2"] == {"b": 3}
    assert line["content"]["inputs.tokens"] == {
        "a": a.content["inputs"]["tokens"],
        "b": b.content["inputs"]["tokens"],
    }
    first = line["first"]
    left, right = (ids(manifest, first["shard"]) for manifest in (a, b))
    place = next(n for n, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1])
    assert first["shard"] == min(line["shards"]["different"])
    for side in ("a", "b"):
        assert [first[side]["sequence"], first[side]["offset"]] == [*divmod(place, 128)]
    assert first["a"]["doc_id"] in err
    assert "baker" not in out + err


def ids(manifest, number):
    [shard] = [shard for shard in manifest.content["shards"] if shard["shard"] == number]
    return decode(manifest.folder / shard["bin"]["name"], 128, np.dtype("<u2")).reshape(-1).tolist()


@pytest.mark.slow
def test_two_versions_of_the_tokens_are_compared_by_their_ids(cli, spark, pair):
    folder, before, after = pair
    a, b = (Seen(spark, folder, manifest) for manifest in (before, after))
    lineages = [json.loads(path.read_text("utf-8"))["lineage"] for path in (before, after)]
    versions = [str(lineage["tables"]["tokens"]["version"]) for lineage in lineages]

    code, line = cli("diff", "--tokens-versions", *versions, *places(folder))
    same_code, same = cli("diff", "--tokens-versions", versions[0], versions[0], *places(folder))
    absent_code, absent = cli("diff", "--tokens-versions", "0", "999", *places(folder))

    counts = [sum(row.token_count for row in seen.tokens.values()) for seen in (a, b)]
    assert (code, line["differs"], line["shards"], line["first"]) == (0, True, None, None)
    assert [line["tokens"]["tokens_a"], line["tokens"]["tokens_b"]] == counts
    lost = [d for d in a.tokens if d not in b.tokens and b.why_not(d) == "dropped by PII"]
    assert line["tokens"]["reason"]["dropped by PII"]["documents_a"] == len(lost) > 0
    assert (same_code, same["differs"], set(same["tokens"]["reason"])) == (0, False, {"same"})
    assert absent_code == 2
    assert "version 999" in absent["message"]


@pytest.mark.slow
def test_without_the_table_that_knows_a_reason_is_not_known(cli, pair):
    folder, before, after = pair
    selection = folder / "warehouse" / "selection"
    aside = selection.rename(folder / "aside")

    code, line = cli("diff", str(before), str(after), *places(folder))
    aside.rename(selection)

    assert code == 0
    assert set(line["unread"]["a"]) == set(line["unread"]["b"]) == {"selection"}
    assert line["tokens"]["reason"]["no reason known"]["documents_a"] > 0
    assert not any(name.startswith("gopher_quality") for name in line["tokens"]["reason"])


def test_equal_sets_are_told_without_a_session_though_their_files_are_gone(alone, tmp_path):
    a, b = (small_sets.build(tmp_path / name, [[[1, 2, 3]]]) for name in "ab")
    for path in (*a.glob("shard-*"), *b.glob("shard-*")):
        path.unlink()

    code, line, err = alone("diff", a, b / "manifest.json")

    assert (code, line["status"], line["differs"], line["tokens"]) == (0, "compared", False, None)
    told = "they are equal\nshards: a 1, b 1, equal 1, different 0, only_a 0, only_b 0\n"
    assert told in err


def test_sets_without_tables_are_compared_all_the_same(alone, tmp_path):
    a = small_sets.build(tmp_path / "a", [[[1, 2, 3]], [[4]]])
    b = small_sets.build(tmp_path / "b", [[[1, 2, 3]], [[5]]])

    code, line, err = alone("diff", a, b)

    assert (code, line["differs"], line["tokens"]) == (0, True, None)
    assert (line["first"]["shard"], line["first"]["b"]["sequence"]) == (1, 0)
    assert set(line["unread"]) == {"a", "b"}
    assert "no table tokens of this set" in err
    assert sorted(path.name for path in Path().iterdir()) == ["a", "b"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a", "absent"], "absent: there is no manifest"),
        (["a"], "two manifests"),
        (["a", "a", "a"], "two manifests"),
        ([], "two manifests"),
        (["a", "a", "--tokens-versions", "1", "2"], "two manifests"),
        (["--tokens-versions", "1", "new"], "--tokens-versions"),
    ],
)
def test_what_cannot_be_compared_is_refused(alone, tmp_path, words, told):
    small_sets.build(tmp_path / "a", [[[1, 2, 3]]])

    code, line, _ = alone("diff", *words)

    assert (code, line["status"]) == (2, "refused")
    assert told in line["message"]
