"""The resolved recipe holds values and digests only, and decides what is computed again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re

import pytest
import spacy
from tokenizers import Tokenizer, models

from corpusmill.artefacts import Shelf
from corpusmill.config import decode
from corpusmill.digests import canonical, digest
from corpusmill.langid.model import installed_model
from corpusmill.recipe import Recipe
from corpusmill.refusal import Refused
from corpusmill.resolve import (
    bucket_settings,
    classifier_settings,
    engines,
    passage_settings,
    resolve,
    tokenizer_settings,
)
from corpusmill.stages import ENGINES, STAGES, chain_digest

AFTER_SELECTION = {"clean_documents", "tokens", "mix_plan", "shard_sets"}
PII = {"edits", "pii_spans", *AFTER_SELECTION}
MIX = {"mix_plan", "shard_sets"}
DEDUP = {"edges.near", "duplicates", "selection", *MIX}
INDEX = {"lsh_index", "edges.exact+address", *DEDUP}
QUALITY = {"quality", "edges.exact+address", *DEDUP}
FEWER_KINDS = {"pii": {"kinds": ["EMAIL_ADDRESS"]}}


def written(value):
    return decode(Recipe, value, "recipe")


def floats_and_paths(value, found=()):
    """Every float, and every text with a slash, at any depth."""
    if isinstance(value, dict):
        return [hit for item in value.values() for hit in floats_and_paths(item, found)]
    if isinstance(value, list | tuple):
        return [hit for item in value for hit in floats_and_paths(item, found)]
    return [value] if isinstance(value, float) or (isinstance(value, str) and "/" in value) else []


@pytest.fixture
def resolved(tmp_path):
    """Resolve a recipe written as plain values."""
    return lambda value: resolve(written(value), tmp_path / "output")


@pytest.fixture
def changed(resolved):
    """The stages whose digests differ between two recipes."""

    def between(one, other):
        left, right = resolved(one), resolved(other)
        return {name for name in STAGES if left.stage_digest(name) != right.stage_digest(name)}

    return between


@pytest.fixture
def model(tmp_path):
    file = tmp_path / "some-model.bin"
    data = (793_712_314).to_bytes(4, "little") + b"a model"  # as fastText's files begin
    file.write_bytes(data)
    return file, hashlib.sha256(data).hexdigest()


@pytest.fixture
def classifier(model_with):
    file = model_with("__label__1", "__label__0")
    return file, hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def tokenizer(tmp_path):
    file = tmp_path / "given.json"
    tokenizer = Tokenizer(models.BPE({"<|endoftext|>": 0, "a": 1}, [], unk_token="a"))
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.save(str(file))
    return file, hashlib.sha256(file.read_bytes()).hexdigest()


def test_resolving_writes_nothing(resolved, tmp_path):
    resolved({"sources": {"web": {}}})

    assert list(tmp_path.iterdir()) == []


def test_the_resolved_recipe_holds_no_float_and_no_path(resolved):
    value = {
        "sources": {"web": {"root": "/data/web"}},
        "language": {"threshold": 0.7},
        "selection": {"classifier_cuts": {"quality": 0.25}},
    }

    found = resolved(value).recipe

    assert floats_and_paths(found) == []
    assert found["language"]["threshold"] == "0.7"
    assert found["selection"]["classifier_cuts"] == {"quality": "0.25"}
    assert found["pii"]["threshold"] == "0.4"


def test_the_digest_is_that_of_the_resolved_recipe(resolved):
    found = resolved({})

    assert found.digest == digest(found.recipe)
    assert re.fullmatch("[0-9a-f]{64}", found.digest)


def test_a_whole_number_and_the_same_number_with_a_point_are_one_recipe(resolved):
    assert resolved({"language": {"threshold": 1}}).digest == (
        resolved({"language": {"threshold": 1.0}}).digest
    )


def test_the_root_of_a_source_is_no_part_of_the_recipe_and_the_rest_is(resolved):
    plain, rooted = {"web": {}}, {"web": {"root": "/data"}}

    sources = resolved({"sources": rooted}).recipe["sources"]

    assert resolved({"sources": plain}).digest == resolved({"sources": rooted}).digest
    assert (
        resolved({"sources": plain}).digest
        != resolved({"sources": {"web": {"kind": "web"}}}).digest
    )
    assert "root" not in sources["web"]
    assert {"kind", "origin", "licence", "columns"} < set(sources["web"])


def test_what_to_do_with_changed_files_is_no_part_of_the_recipe(resolved):
    wanted = [resolved({"ingest": {"changed_files": way}}).digest for way in ("refuse", "revise")]

    assert wanted[0] == wanted[1]
    assert wanted[0] != resolved({"ingest": {"characters": 5_000}}).digest


@pytest.mark.heavy
def test_a_model_of_names_is_in_the_recipe_by_its_digest_and_reaches_the_findings(
    resolved, changed, tmp_path
):
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler", name="ner").add_patterns(
        [{"label": "PERSON", "pattern": "Ada"}]
    )
    pipeline.to_disk(tmp_path / "model")
    asked = {"pii": {"kinds": ["PERSON"], "model": str(tmp_path / "model")}}

    found = resolved(asked)

    assert resolved({}).recipe["pii"]["model"] is None
    assert set(found.recipe["pii"]["model"]) == {"sha256", "thinc"}
    assert found.recipe["pii"]["model"]["sha256"] == found.pii.model_sha256
    assert floats_and_paths(found.recipe) == []
    pipeline.add_pipe("sentencizer")
    pipeline.to_disk(tmp_path / "other")
    assert changed(asked, {"pii": {**asked["pii"], "model": str(tmp_path / "other")}}) == PII


def test_the_order_in_which_filters_are_named_does_not_matter(resolved):
    one, other = (
        resolved({"quality": {"presets": p}}) for p in (["c4", "fineweb"], ["fineweb", "c4"])
    )

    assert one.digest == other.digest
    assert one.digest != resolved({"quality": {"presets": ["c4"]}}).digest


def test_every_engine_of_a_stage_is_named_with_its_version(resolved):
    found = resolved({})

    assert set(found.recipe["engines"]) == set(ENGINES)
    assert all(re.match(r"\d+\.", version) for version in engines().values())
    assert set(found.stage_engines("tokens")) == {"tiktoken", "tokenizers"}


def test_the_recipe_of_a_manifest_has_the_chain_digests_that_commits_have(resolved):
    found = resolved({"selection": {"rehydrate": {"2": 3}}, "language": {"threshold": 0.7}})
    read = json.loads(canonical(found.recipe))

    assert [chain_digest(read, name) for name in STAGES] == list(map(found.chain_digest, STAGES))


def test_the_installed_model_and_the_same_one_by_path_are_one_recipe(resolved, tmp_path):
    installed = resolved({})
    copy = tmp_path / "copy.ftz"
    copy.write_bytes(installed.language_model.path.read_bytes())
    sha256 = hashlib.sha256(copy.read_bytes()).hexdigest()

    given = resolved({"language": {"model": str(copy), "sha256": sha256}})

    assert given.digest == installed.digest
    assert given.recipe["language"]["model"] == sha256


def test_a_damaged_language_model_is_refused_before_anything_is_loaded(resolved, tmp_path):
    cut = tmp_path / "cut.ftz"
    cut.write_bytes(installed_model().read_bytes()[:-1])

    with pytest.raises(Refused, match=r"recipe\.language\.model: .*cut\.ftz is cut short"):
        resolved({"language": {"model": str(cut)}})


def test_another_language_model_is_another_recipe(resolved, classifier):
    file, sha256 = classifier

    found = resolved({"language": {"model": str(file)}})

    assert found.recipe["language"]["model"] == sha256
    assert found.digest != resolved({}).digest


def test_a_tokenizer_by_path_and_the_same_one_trained_are_one_recipe(tmp_path, tokenizer):
    file, sha256 = tokenizer
    output = tmp_path / "output"
    trained = written({"tokenizer": {"vocab_size": 300}})
    given = resolve(written({"tokenizer": {"path": str(file)}}), output)

    untrained = resolve(trained, output)
    copy = tmp_path / "tokenizer.json"
    copy.write_bytes(file.read_bytes())
    (output / "models").mkdir(parents=True)
    Shelf(output / "models").keep("tokenizer", tokenizer_settings(trained), copy, {})

    assert untrained.tokenizer is None
    assert given.digest == resolve(trained, output).digest != untrained.digest
    assert given.recipe["tokenizer"] == {"sha256": sha256, "eos": "<|endoftext|>"}


def of_classifiers(**rules):
    return {"quality": {"classifiers": rules}}


def test_a_classifier_by_path_and_the_same_one_trained_are_one_recipe(tmp_path, classifier):
    file, sha256 = classifier
    output = tmp_path / "output"
    trained = written(of_classifiers(quality={"positive": ["a"], "negative": ["b"]}))
    given = resolve(written(of_classifiers(quality={"path": str(file)})), output)

    copy = tmp_path / "classifier.bin"
    copy.write_bytes(file.read_bytes())
    (output / "models").mkdir(parents=True)
    Shelf(output / "models").keep("classifier", classifier_settings(trained, "quality"), copy, {})

    assert given.digest == resolve(trained, output).digest
    assert given.recipe["quality"]["classifiers"] == {
        "quality": {"sha256": sha256, "label": "__label__1", "shows": "words"}
    }


def test_without_labels_or_a_model_the_recipe_says_that_there_is_no_classifier(resolved):
    assert resolved({}).recipe["quality"]["classifiers"] == {"quality": None}


def test_how_a_model_is_asked_is_part_of_the_recipe(resolved, classifier):
    path = str(classifier[0])
    ways = [{}, {"label": "__label__0"}, {"shows": "text"}]

    digests = {
        resolved(of_classifiers(quality={"path": path, **way})).stage_digest("quality")
        for way in ways
    }

    assert len(digests) == len(ways)


def test_two_trained_classifiers_with_the_same_settings_have_pins_of_their_own():
    recipe = written(of_classifiers(quality={}, safe={}))

    settings = [classifier_settings(recipe, name) for name in ("quality", "safe")]

    assert settings[0] != settings[1]


def test_a_published_model_brings_its_label_its_form_and_its_cut(resolved, model_with):
    path = str(model_with("__label__hq", "__label__cc"))

    found = resolved(of_classifiers(dclm={"path": path, "preset": "dclm"}))
    own = resolved(
        {
            **of_classifiers(dclm={"path": path, "preset": "dclm", "shows": "words"}),
            "selection": {"classifier_cuts": {"dclm": 0}},
        }
    )

    assert found.recipe["quality"]["classifiers"]["dclm"]["label"] == "__label__hq"
    assert found.recipe["quality"]["classifiers"]["dclm"]["shows"] == "text"
    assert found.recipe["selection"]["classifier_cuts"] == {"dclm": "0.018112"}
    assert own.recipe["quality"]["classifiers"]["dclm"]["shows"] == "words"
    assert own.recipe["selection"]["classifier_cuts"] == {"dclm": "0.0"}


def test_a_model_without_the_label_is_refused_with_the_labels_it_has(resolved, model_with):
    few, many = (
        model_with("__label__a", "__label__b"),
        model_with(*(f"__label__{n}" for n in "cdefghijklmn")),
    )
    key = re.escape("recipe.quality.classifiers.x.label: ")

    with pytest.raises(Refused, match=f"{key}.* has no label __label__1; it has __label__a, __l"):
        resolved(of_classifiers(x={"path": str(few)}))
    with pytest.raises(Refused, match=f"{key}.* has no label __label__hq; .* and 2 more$"):
        resolved(of_classifiers(x={"path": str(many), "label": "__label__hq"}))


@pytest.mark.parametrize("size", [0, 3, 100, -1])
def test_a_damaged_classifier_is_refused_before_anything_is_loaded(resolved, classifier, size):
    file, _ = classifier
    cut = file.with_name("cut.bin")
    cut.write_bytes(file.read_bytes()[:size])

    with pytest.raises(
        Refused, match=r"recipe\.quality\.classifiers\.x\.path: .*cut\.bin (is|has)"
    ):
        resolved(of_classifiers(x={"path": str(cut)}))


def test_a_classifier_of_another_digest_is_refused(resolved, classifier):
    with pytest.raises(
        Refused, match=r"recipe\.quality\.classifiers\.x\.sha256: .* has the digest"
    ):
        resolved(of_classifiers(x={"path": str(classifier[0]), "sha256": "0" * 64}))


def test_cuts_of_buckets_are_those_of_all_classifiers_and_reach_selection_alone(
    tmp_path, classifier
):
    output, given = tmp_path / "output", {"path": str(classifier[0])}
    recipe = written(of_classifiers(quality=given, safe={**given, "label": "__label__0"}))
    before = resolve(recipe, output)
    file = tmp_path / "buckets.json"
    file.write_bytes(b"{}")
    settings = bucket_settings(before.classifiers)
    assert list(settings["classifiers"]) == ["quality", "safe"]
    kept = Shelf(output / "models").keep("buckets", settings, file, {})

    after = resolve(recipe, output)

    assert (before.recipe["buckets"], after.recipe["buckets"]) == (None, kept.sha256)
    assert after.digest != before.digest
    assert [n for n in STAGES if after.stage_digest(n) != before.stage_digest(n)] == ["selection"]
    assert resolve(written({}), output).recipe["buckets"] is None


def test_lists_of_frequent_passages_reach_the_edits_alone_each_under_its_own_pin(tmp_path):
    output = tmp_path / "output"
    asked = [{"preset": "sentences"}, {"documents": 9}]
    recipe = written({"dedup": {"passages": {"frequent": asked}}})
    before = resolve(recipe, output)
    file = tmp_path / "list.npy"
    file.write_bytes(b"a list")
    rule = recipe.dedup.passages.rules[1]
    kept = Shelf(output / "models").keep("frequent-passages", passage_settings(rule), file, {})

    after = resolve(recipe, output)

    assert before.passages == (None, None)
    assert [found and found.sha256 for found in after.passages] == [None, kept.sha256]
    told = after.recipe["dedup"]["passages"]["frequent"]
    assert [entry["sha256"] for entry in told] == [None, kept.sha256]
    assert (told[1]["unit"], told[1]["documents"]) == ("lines", 9)
    differing = {n for n in STAGES if after.stage_digest(n) != before.stage_digest(n)}
    assert differing == {"edits", *AFTER_SELECTION}


def test_a_list_of_addresses_without_any_is_refused(resolved, tmp_path):
    file = tmp_path / "urls.txt"
    file.write_text("# none yet\n\n")

    with pytest.raises(Refused, match=r"recipe\.quality\.url_list\.path: .*holds no address"):
        resolved({"quality": {"url_list": {"path": str(file)}}})


def test_a_digest_without_a_list_is_refused(resolved):
    with pytest.raises(Refused, match=r"recipe\.quality\.url_list\.sha256: .*name its path"):
        resolved({"quality": {"url_list": {"sha256": "0" * 64}}})


def test_a_list_of_addresses_is_part_of_the_recipe_by_its_digest(resolved, tmp_path):
    file, copy = tmp_path / "list.txt", tmp_path / "copy.txt"
    file.write_text("bad.example\n", "utf-8")
    copy.write_text("bad.example\n", "utf-8")

    given, same = (resolved({"quality": {"url_list": {"path": str(p)}}}) for p in (file, copy))

    assert given.digest == same.digest != resolved({}).digest
    assert given.stage_digest("quality") != resolved({}).stage_digest("quality")
    with pytest.raises(Refused, match=r"recipe\.quality\.url_list\.path: no such file"):
        resolved({"quality": {"url_list": {"path": "/absent"}}})
    (tmp_path / "bad.txt").write_text("good.example\n*.bad.example\n", "utf-8")
    with pytest.raises(Refused, match=r"recipe\.quality\.url_list\.path: .*: line 2 is no host"):
        resolved({"quality": {"url_list": {"path": str(tmp_path / "bad.txt")}}})
    with pytest.raises(Refused, match=r"recipe\.quality\.url_list\.sha256: .* has the digest"):
        resolved({"quality": {"url_list": {"path": str(file), "sha256": "0" * 64}}})


@pytest.mark.parametrize("section", ["selection", "pii"])
def test_rules_for_a_language_that_the_model_does_not_know_are_refused(resolved, section):
    with pytest.raises(Refused, match=rf"recipe\.{section}\.languages: the model knows no xx"):
        resolved({section: {"languages": {"xx": {}}}})


def test_a_tokenizer_is_found_again_only_for_the_settings_it_was_trained_with():
    base = written({})
    others = [
        written({"seed": 1}),
        written({"tokenizer": {"vocab_size": 300}}),
        written({"tokenizer": {"eos": "</s>"}}),
        written({"tokenizer": {"sample_chars": 10}}),
    ]

    settings = [digest(tokenizer_settings(recipe)) for recipe in (base, *others)]

    assert len(set(settings)) == len(settings)
    assert settings[0] == digest(tokenizer_settings(written({"pii": {"threshold": 0.9}})))


@pytest.mark.parametrize(
    ("section", "key"),
    [("language", "model"), ("tokenizer", "path")],
)
def test_a_missing_model_is_refused_naming_key_and_file(resolved, tmp_path, section, key):
    with pytest.raises(Refused) as caught:
        resolved({section: {key: str(tmp_path / "absent")}})

    assert f"recipe.{section}" in str(caught.value)
    assert str(tmp_path / "absent") in str(caught.value)


def test_a_missing_classifier_is_refused_naming_key_and_file(resolved):
    with pytest.raises(Refused, match=r"\.classifiers\.safe\.path: no such file: /absent"):
        resolved({"quality": {"classifiers": {"safe": {"path": "/absent"}}}})


def test_a_missing_language_model_is_told_by_the_key_that_is_written(resolved):
    with pytest.raises(Refused, match=r"recipe\.language\.model: "):
        resolved({"language": {"model": "/absent"}})


@pytest.mark.parametrize("section", ["language", "tokenizer"])
def test_a_wrong_digest_is_refused_naming_the_key(resolved, model, section):
    key = "model" if section == "language" else "path"

    with pytest.raises(Refused, match=rf"recipe\.{section}\.sha256: .* has the digest {model[1]}"):
        resolved({section: {key: str(model[0]), "sha256": "0" * 64}})


def test_a_wrong_digest_of_the_installed_language_model_is_refused(resolved):
    with pytest.raises(Refused, match=r"recipe\.language\.sha256"):
        resolved({"language": {"sha256": "0" * 64}})


@pytest.mark.parametrize(
    ("change", "stages"),
    [
        ({"pii": {"kinds": ["EMAIL_ADDRESS", "US_SSN"]}}, PII),
        ({**FEWER_KINDS, "pii": {**FEWER_KINDS["pii"], "threshold": 0.5}}, PII),
        ({**FEWER_KINDS, "quality": {"presets": ["c4"]}}, QUALITY),
        (
            {**FEWER_KINDS, "selection": {"classifier_cuts": {"quality": 0.5}}},
            {"edges.exact+address", *DEDUP},
        ),
        ({**FEWER_KINDS, "selection": {"ignore": ["c4"]}}, {"edges.exact+address", *DEDUP}),
        ({**FEWER_KINDS, "selection": {"domain_cap": 9, "duplicates": "keep"}}, {"selection"}),
        ({**FEWER_KINDS, "selection": {"keep_per_cluster": 2}}, {"selection"}),
        ({**FEWER_KINDS, "selection": {"rehydrate": {"2": 2}}}, {"selection", *MIX}),
        ({**FEWER_KINDS, "dedup": {"survivor": ["length"]}}, {"duplicates", "selection", *MIX}),
        (
            {**FEWER_KINDS, "dedup": {"survivor": ["source"], "sources": ["web"]}},
            {"duplicates", "selection", *MIX},
        ),
        ({**FEWER_KINDS, "dedup": {"minhash": {"seed": 2}}}, INDEX),
        (
            {**FEWER_KINDS, "language": {"threshold": 0.5}},
            {"languages", *QUALITY, *PII},
        ),
        (
            {**FEWER_KINDS, "quality": {"remove_lines": ["c4"]}},
            {"edits", *AFTER_SELECTION},
        ),
        (
            {**FEWER_KINDS, "dedup": {"passages": {"repeats": "lines"}}},
            {"edits", *AFTER_SELECTION},
        ),
        (
            {**FEWER_KINDS, "dedup": {"verify": "estimate"}},
            DEDUP,
        ),
        ({**FEWER_KINDS, "tokenizer": {"eos": "</s>"}}, {"tokens", "mix_plan", "shard_sets"}),
        ({**FEWER_KINDS, "mix": {"stages": [{"repeats": 2}]}}, {"mix_plan", "shard_sets"}),
        ({**FEWER_KINDS, "shards": {"count": 8}}, {"shard_sets"}),
        ({**FEWER_KINDS, "seed": 1}, {"mix_plan", "shard_sets"}),
        ({**FEWER_KINDS, "sources": {"web": {"kind": "web"}}}, set()),
    ],
    ids=[
        "kind",
        "score",
        "filters",
        "cut",
        "ignore",
        "cap",
        "keep",
        "rehydrate",
        "survivor",
        "source",
        "minhash",
        "language",
        "lines",
        "repeats",
        "verify",
        "eos",
        "mix",
        "shards",
        "seed",
        "sources",
    ],
)
def test_a_change_of_the_recipe_changes_exactly_the_stages_downstream_of_it(
    changed, change, stages
):
    assert changed(FEWER_KINDS, change) == stages


def test_every_section_of_the_recipe_reaches_a_stage_or_is_declared_by_the_files_read():
    read = {key.partition(".")[0] for stage in STAGES.values() for key in stage.recipe}

    sections = {field.name for field in dataclasses.fields(Recipe)}

    assert sections - read == {"sources", "ingest"}


def test_two_tables_of_one_job_have_stage_digests_of_their_own(resolved):
    found = resolved({})

    digests = {name: found.stage_digest(name) for name in STAGES}

    assert len(set(digests.values())) == len(STAGES)


def test_upstream_and_member_tables_are_stages_and_form_no_circle():
    done: list[str] = []
    left = dict(STAGES)

    while left:
        ready = [
            name
            for name, stage in left.items()
            if {t for t in (*stage.upstream, *stage.members) if t in STAGES} <= set(done)
        ]
        assert ready
        done += ready
        left = {name: stage for name, stage in left.items() if name not in ready}

    named = {table for stage in STAGES.values() for table in (*stage.upstream, *stage.members)}
    assert named <= set(STAGES)


SURROGATES = {"pii": {"actions": {"US_SSN": "surrogate"}, "key": "env:A_KEY"}}


def test_of_the_key_of_surrogates_the_recipe_holds_a_fingerprint(resolved, monkeypatch):
    digests = set()
    for key in ("sixteen bytes or more", "another key of that length"):
        monkeypatch.setenv("A_KEY", key)
        found = resolved(SURROGATES)
        digests.add(found.digest)
        assert found.pii_key == key.encode()
        assert len(found.recipe["pii"]["key"]) == 64
        assert key not in f"{found!r}{found.recipe}"
    monkeypatch.setenv("B_KEY", key)
    elsewhere = resolved({"pii": {**SURROGATES["pii"], "key": "env:B_KEY"}})
    assert len(digests) == 2
    assert elsewhere.digest == found.digest


@pytest.mark.parametrize(
    ("pii", "said"),
    [
        ({"key": None}, "surrogates need a key; give env:NAME or file:PATH"),
        ({"key": "env:NO_KEY"}, "env:NO_KEY: no key is there"),
    ],
)
def test_surrogates_without_their_key_are_refused(resolved, pii, said):
    with pytest.raises(Refused, match=rf"recipe\.pii\.key: {said}"):
        resolved({"pii": {**SURROGATES["pii"], **pii}})


def test_without_surrogates_no_key_is_looked_for(resolved):
    found = resolved({"pii": {"key": "env:NO_KEY"}})

    assert (found.pii_key, found.recipe["pii"]["key"]) == (None, None)
