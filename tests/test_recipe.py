"""What recipe and runtime may say: each refusal names the key and what is allowed."""

from __future__ import annotations

import json

import pytest

from corpusmill.config import decode, plain
from corpusmill.ingest.sources import Columns, Input, Source
from corpusmill.quality.classifier_rules import ClassifierRules
from corpusmill.recipe import Recipe, Runtime
from corpusmill.refusal import Refused
from corpusmill.shards.mix_rules import MixRules, MixStage

NAME = "[a-z0-9][a-z0-9_-]{0,63}"
WEB = {"by": ["source"], "weights": {"web": 1}}
GOOD_NAMES = ["a", "0", "web-2024_01", "a" * 64]
BAD_NAMES = ["", "A", "-a", "_a", "a b", "a.b", "a/b", "é", "a" * 65, "a\n", "..", "a\0"]


def nested(key, value):
    """``a.b: value`` as a mapping of mappings."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def refusal_of(record, value, key):
    with pytest.raises(Refused) as caught:
        decode(record, value, key)
    return str(caught.value)


def test_nothing_written_is_the_whole_default_recipe():
    recipe = decode(Recipe, {}, "recipe")

    assert recipe == Recipe()
    assert recipe.seed == 42
    assert recipe.sources == {}
    assert recipe.language.threshold == 0.65
    assert recipe.quality.presets == ("gopher_quality", "gopher_repetition")
    assert recipe.dedup.preset == "fineweb"
    assert recipe.pii.threshold == 0.4
    assert recipe.tokenizer.vocab_size == 32_768
    assert recipe.mix.stages == (MixStage("main", 1),)
    assert (recipe.shards.count, recipe.shards.sequence_length, recipe.shards.rest) == (
        64,
        2048,
        "pad",
    )


def test_the_fineweb_preset_is_14_bands_of_8_rows_over_5_words_with_seed_1():
    resolved = Recipe().dedup.resolved()

    minhash = resolved["minhash"]
    assert (minhash["words"], minhash["bands"], minhash["rows"], minhash["seed"]) == (5, 14, 8, 1)
    assert (minhash["letters"], minhash["characters"]) == (10, 0)
    assert (minhash["permutations"], minhash["scheme"]) == (112, "affine64")


def test_the_order_of_survivors_is_part_of_the_resolved_recipe():
    written = {"dedup": {"survivor": ["source", "-created"], "sources": ["books", "web"]}}

    resolved = decode(Recipe, written, "recipe").dedup.resolved()

    assert resolved["survivor"] == {
        "survivor": ("source", "-created"),
        "sources": ("books", "web"),
    }
    assert Recipe().dedup.resolved()["survivor"]["survivor"] == ("quality", "length", "created")


def test_a_whole_recipe_is_read():
    value = {
        "seed": 7,
        "sources": {
            "web": {"kind": "web", "origin": "human", "licence": "CC0", "columns": {"id": None}},
        },
        "language": {"threshold": 1, "languages": ["eng_Latn", "de"], "thresholds": {"fra": 0.824}},
        "quality": {"presets": ["c4"], "classifiers": {"safe": {"positive": ["web"]}}},
        "mix": {"stages": [{"name": "a"}, {"name": "b", "repeats": 3}]},
        "shards": {"count": 1, "rest": "drop"},
    }

    recipe = decode(Recipe, value, "recipe")

    web = Source(kind="web", origin="human", licence="CC0", columns=Columns(id=None))
    assert recipe.sources == {"web": web}
    assert recipe.language.languages == ("en", "de")
    assert recipe.language.needed("en") == 1_000_000
    assert (recipe.language.thresholds, recipe.language.needed("fr")) == ({"fr": 0.824}, 824_000)
    assert recipe.mix == MixRules((MixStage("a"), MixStage("b", 3)))
    assert recipe.quality.classifiers == {"safe": ClassifierRules(positive=("web",))}
    assert recipe.shards.rest == "drop"


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("sed", "seed, sources, ingest, normalise, language, quality, selection, dedup, pii"),
        (
            "language.treshold",
            "model, sha256, threshold, thresholds, script_share, prefix, languages",
        ),
        ("quality.preset", "presets, limits"),
        (
            "quality.classifiers.safe.epoch",
            "preset, path, sha256, label, shows, positive, negative, positive_tables, "
            "negative_tables, sample, held_back, dim, epochs, word_ngrams, min_count, buckets, "
            "learning_rate",
        ),
        ("selection.keepall", "keep_all, classifier_cuts"),
        (
            "dedup.bands",
            "preset, minhash, exact, urls, verify, similarity, bucket_cap, survivor, sources, "
            "passages",
        ),
        ("dedup.passages.keep", "repeats, frequent"),
        ("pii.kind", "kinds, threshold, regions, context"),
        ("tokenizer.vocab", "path, sha256, kind, vocab_size, normaliser"),
        ("mix.stage", "stages"),
        (
            "shards.number",
            "count, sequence_length, packing, oversize, rest, block, window",
        ),
        ("normalise.nfc", "form"),
        ("sources.web.license", "kind, origin, licence, columns, root"),
        ("sources.web.columns.body", "id, text, url, created"),
    ],
)
def test_an_unknown_key_of_any_section_is_named_with_the_known_ones(key, allowed):
    message = refusal_of(Recipe, nested(key, 1), "recipe")

    assert message.startswith(f"recipe.{key}: unknown key; allowed here: {allowed}")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("shards.count", 0, ["shards.count", "power of two from 1 to 65536"]),
        ("shards.count", 3, ["shards.count", "power of two from 1 to 65536"]),
        ("shards.count", -64, ["shards.count", "power of two from 1 to 65536"]),
        ("shards.count", 1 << 17, ["shards.count", "power of two from 1 to 65536"]),
        ("shards.sequence_length", 0, ["shards.sequence_length", "1 to 16777216"]),
        ("shards.block", 0, ["shards.block", "1 to 1048576"]),
        ("shards.window", 0, ["shards.window", "1 to 1048576"]),
        ("shards.rest", "wrap", ["shards.rest", "pad, drop"]),
        ("shards.packing", "first_fit", ["shards.packing", "concat, best_fit"]),
        ("shards.oversize", "drop", ["shards.oversize", "fragment, truncate"]),
        ("shards.oversize", "truncate", ["shards.oversize", "goes with packing best_fit"]),
        (
            "shards",
            {"packing": "best_fit", "rest": "drop"},
            ["shards.rest", "goes with packing concat"],
        ),
        ("language.threshold", -0.1, ["recipe.language", "threshold", "between 0 and 1"]),
        ("language.threshold", 1.5, ["recipe.language", "threshold", "between 0 and 1"]),
        ("language.threshold", float("nan"), ["recipe.language", "threshold", "between 0 and 1"]),
        ("language.prefix", 0, ["recipe.language", "prefix", "at least 1"]),
        ("language.script_share", 2, ["recipe.language.script_share", "between 0 and 1"]),
        ("language.thresholds", {"fr": 7}, ["recipe.language.thresholds", "fr", "between 0 and 1"]),
        ("language.thresholds", {"fr": 0.5, "fra": 0.6}, ["recipe.language.thresholds", "fr, fra"]),
        ("pii.threshold", 2, ["recipe.pii", "threshold", "0 to 1"]),
        ("pii.kinds", ["PASSPORT"], ["recipe.pii", "kinds", "PASSPORT", "EMAIL_ADDRESS"]),
        ("pii.kinds", ["US_SSN", "US_SSN"], ["recipe.pii", "kinds", "once"]),
        ("pii.regions", ["UK"], ["recipe.pii", "regions", "UK", "GB"]),
        ("pii.regions", [], ["recipe.pii", "regions", "PHONE_NUMBER"]),
        ("pii.context", -1, ["recipe.pii", "context", "0 to 1000"]),
        ("quality.presets", ["gofer"], ["recipe.quality", "gofer", "gopher_quality", "fineweb2"]),
        ("quality.languages", {"de": {}, "deu": {}}, ["recipe", "quality.languages", "de, deu"]),
        ("dedup.preset", "curator2", ["recipe.dedup", "preset", "curator2", "fineweb"]),
        ("dedup.passages.repeats", "words", ["recipe.dedup.passages.repeats", "lines, paragraphs"]),
        ("dedup.passages.frequent", [{}, {}], ["recipe.dedup.passages.frequent", "the same"]),
        (
            "dedup.passages.frequent",
            [{"documents": 0}],
            ["recipe.dedup.passages.frequent[0].documents", "at least 1"],
        ),
        ("normalise.form", "NFKC", ["recipe.normalise", "form", "NFC"]),
        ("selection.classifier_cuts.quality", 1.1, ["recipe.selection", "quality", "0 and 1"]),
        ("selection.classifier_cuts.safe", 0.5, ["recipe.selection.classifier_cuts.safe"]),
        ("selection.ignore", ["c4.lorem"], ["recipe.selection.ignore", "c4.lorem_ipsum"]),
        (
            "selection.languages",
            {"de": {"ignore": ["c5"]}},
            ["recipe.selection.languages.de.ignore", "c5", "duplicate.near"],
        ),
        ("selection.duplicates", "tag", ["recipe.selection.duplicates", "drop, keep"]),
        ("selection.domain_cap", 0, ["recipe.selection.domain_cap", "at least 1"]),
        ("selection.keep_per_cluster", 0, ["recipe.selection.keep_per_cluster", "at least 1"]),
        ("selection.rehydrate", {"2": 0}, ["recipe.selection.rehydrate.2", "from 1 to"]),
        ("selection.rehydrate", {"two": 2}, ["recipe.selection.rehydrate.two", "whole number"]),
        ("dedup.minhash.threshold", 0, ["recipe.dedup.minhash", "threshold", "together"]),
        (
            "dedup.minhash",
            {"threshold": 0.8, "permutations": 2},
            ["recipe.dedup.minhash.threshold", "no bands of 2 permutations suit 0.8"],
        ),
        ("dedup.bucket_cap", 3_000_000_000, ["recipe.dedup.bucket_cap", "100000"]),
        ("dedup.survivor", ["size"], ["recipe.dedup.survivor", "quality, length, created, source"]),
        ("dedup.survivor", ["-length", "length"], ["recipe.dedup.survivor", "only once"]),
        ("dedup.survivor", ["source"], ["recipe.dedup.sources", "go together"]),
        ("dedup.sources", ["web"], ["recipe.dedup.sources", "go together"]),
        ("tokenizer.vocab_size", 256, ["recipe.tokenizer", "vocab_size", "at least 257"]),
        ("tokenizer.sha256", "0" * 64, ["recipe.tokenizer", "sha256", "path"]),
        ("tokenizer.sample_chars", 0, ["recipe.tokenizer", "sample_chars", "at least 1"]),
        ("mix.stages", [], ["recipe.mix", "stages", "at least one"]),
        ("mix.stages", [{}, {"repeats": 2}], ["recipe.mix", "stages", "name of its own"]),
        ("mix.stages", [{"repeats": 0}], ["recipe.mix.stages[0]", "repeats", "at least 1"]),
        ("mix.stages", [{"name": "../x"}], ["recipe.mix.stages[0]", "name", NAME]),
        ("mix.stages", [{"tokens": 0}], ["recipe.mix.stages[0].tokens", "at least 1"]),
        ("mix.stages", [{"max_repeats": 0}], ["recipe.mix.stages[0].max_repeats", "at least 1"]),
        ("mix.stages", [{"tokens": 9, "repeats": 2}], ["mix.stages[0].repeats", "max_repeats"]),
        ("mix.stages", [{"by": ["source"]}], ["mix.stages[0].by and weights go together"]),
        ("mix.stages", [{"weights": {"*": 1}}], ["mix.stages[0].by and weights go together"]),
        ("mix.stages", [WEB | {"by": ["url"]}], ["stages[0].by", "url", "source, kind, language"]),
        ("mix.stages", [WEB | {"by": ["source", "source"]}], ["stages[0].by", "only once"]),
        ("mix.stages", [WEB | {"weights": {"web": 0}}], ["stages[0].weights.web", "0.000001"]),
        (
            "mix.stages",
            [WEB | {"weights": {"web": float("nan")}}],
            ["stages[0].weights.web", "0.000001"],
        ),
        ("mix.stages", [WEB | {"weights": {"web/en": 1}}], ["weights.web/en must name source"]),
        (
            "mix.stages",
            [{"by": ["bucket.quality"], "weights": {"9-3": 1}}],
            ["stages[0].weights.9-3", "15-19"],
        ),
        (
            "mix.stages",
            [{"by": ["bucket.quality"], "weights": {"0-9": 1, "9": 1}}],
            ["stages[0].weights.9 and 0-9 name the same documents"],
        ),
        (
            "mix.stages",
            [{"by": ["bucket.safe"], "weights": {"9": 1}}],
            ["recipe.mix.stages[0].by", "quality.classifiers names no safe"],
        ),
        ("mix.stages", [{"max_source_share": 0}], ["stages[0].max_source_share", "above 0"]),
        ("mix.stages", [{"max_synthetic_share": 1.5}], ["max_synthetic_share", "at most 1"]),
        ("sources", {"w": {"origin": "robot"}}, ["recipe.sources.w", "origin", "human, synthetic"]),
        ("sources", {"w": {"kind": "A b"}}, ["recipe.sources.w", "kind", NAME]),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is(key, value, words):
    message = refusal_of(Recipe, nested(key, value), "recipe")

    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("count", [1 << bit for bit in range(17)])
def test_every_power_of_two_up_to_65536_is_a_number_of_shards(count):
    assert decode(Recipe, {"shards": {"count": count}}, "recipe").shards.count == count


@pytest.mark.parametrize("bound", [0, 1])
def test_the_ends_of_a_share_are_allowed(bound):
    value = {"language": {"threshold": bound}, "selection": {"classifier_cuts": {"quality": bound}}}

    recipe = decode(Recipe, value, "recipe")

    assert recipe.language.threshold == recipe.selection.classifier_cuts["quality"] == bound


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_good_name_names_sources_stages_and_inputs(name):
    recipe = decode(Recipe, {"sources": {name: {}}, "mix": {"stages": [{"name": name}]}}, "recipe")
    runtime = decode(Runtime, {"inputs": [{"glob": "x", "source": name}]}, "runtime")

    assert list(recipe.sources) == [recipe.mix.stages[0].name] == [runtime.inputs[0].source]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused_for_sources_stages_and_inputs(name):
    messages = [
        refusal_of(Recipe, {"sources": {name: {}}}, "recipe"),
        refusal_of(Recipe, {"mix": {"stages": [{"name": name}]}}, "recipe"),
        refusal_of(Runtime, {"inputs": [{"glob": "x", "source": name}]}, "runtime"),
    ]

    assert "sources" in messages[0]
    assert messages[1].startswith("recipe.mix.stages[0].name")
    assert messages[2].startswith("runtime.inputs[0].source")
    assert all(NAME in message for message in messages)


@pytest.mark.parametrize("key", ["shuffle_partitions", "batch_rows", "batch_bytes", "world_size"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_runtime_bound_below_one_is_refused(key, value):
    assert refusal_of(Runtime, {key: value}, "runtime") == f"runtime.{key} must be at least 1"


@pytest.mark.parametrize(
    "key", ["bucket_size", "shard_bytes", "loss_documents", "cluster_documents"]
)
def test_a_number_below_one_guards_nothing_and_is_refused(key):
    message = refusal_of(Runtime, {"guards": {key: 0}}, "runtime")

    assert message == f"runtime.guards.{key} must be at least 1"


@pytest.mark.parametrize("key", ["driver_edges", "broadcast_rows", "guards.frequent_passages"])
def test_some_numbers_may_be_none_at_all_but_not_fewer(key):
    decode(Runtime, nested(key, 0), "runtime")

    assert refusal_of(Runtime, nested(key, -1), "runtime") == f"runtime.{key} must be at least 0"


def test_an_unknown_guard_is_named_with_the_known_ones():
    message = refusal_of(Runtime, {"guards": {"quarantine": 0.5}}, "runtime")

    assert message == (
        "runtime.guards.quarantine: unknown key; "
        "allowed here: quarantine_share, bucket_size, shard_bytes, dropped_share, "
        "pii_failed_share, source_loss, language_loss, duplicate_share, frequent_passages, "
        "loss_documents, cluster_share, cluster_documents"
    )


@pytest.mark.parametrize(
    "key", ["quarantine_share", "source_loss", "language_loss", "duplicate_share", "cluster_share"]
)
@pytest.mark.parametrize("share", [float("nan"), -0.5, 7.0])
def test_a_share_outside_zero_and_one_guards_nothing_and_is_refused(key, share):
    message = refusal_of(Runtime, {"guards": {key: share}}, "runtime")

    assert message.startswith(f"runtime.guards.{key} must lie between 0 and 1")


def test_an_input_without_a_glob_is_refused_by_name():
    assert "runtime.inputs[0].glob" in refusal_of(Runtime, {"inputs": [{"source": "a"}]}, "runtime")


def test_inputs_of_the_runtime_belong_to_the_source_corpus_unless_told():
    runtime = decode(Runtime, {"inputs": [{"glob": "a"}, {"glob": "b", "source": "s"}]}, "runtime")

    assert runtime.inputs == (Input("a", "corpus"), Input("b", "s"))


def test_a_recipe_as_plain_values_holds_no_float_and_is_json():
    value = plain(decode(Recipe, {"selection": {"classifier_cuts": {"quality": 0.25}}}, "recipe"))

    read_back = json.loads(json.dumps(value))

    assert read_back == value
    assert value["language"]["threshold"] == "0.65"
    assert value["selection"]["classifier_cuts"] == {"quality": "0.25"}
