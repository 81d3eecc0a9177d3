"""Strict configuration: what a YAML layer may say, and how a refusal names the key."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from corpusmill.config import decode, merge, override, parse_yaml, plain, read_yaml
from corpusmill.refusal import Refused


@dataclass(frozen=True)
class Inner:
    share: float = 0.5
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    count: int = 1
    label: str | None = None
    on: bool = False
    inner: Inner = field(default_factory=Inner)
    many: dict[str, Inner] = field(default_factory=dict)
    rows: tuple[Inner, ...] = ()

    def __post_init__(self):
        if self.count < 1:
            raise ValueError("count must be at least 1")


@dataclass(frozen=True)
class Needy:
    wanted: str


def refusal_of(call, *arguments):
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775808", "1" + "0" * 30])
def test_numbers_that_no_column_holds_are_refused(number):
    assert "whole numbers must fit 64 bits" in refusal_of(parse_yaml, f"a: {number}\n", "my.yaml")


def test_plain_values_are_read_as_they_look():
    text = "a: 1\nb: 1.5\nc: true\nd: null\ne: text\nf: [1, two]\ng: {h: 'no'}\n"

    found = parse_yaml(text, "my.yaml")

    assert found == {
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": None,
        "e": "text",
        "f": [1, "two"],
        "g": {"h": "no"},
    }
    assert type(found["c"]) is bool


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_says_nothing(text):
    assert parse_yaml(text, "my.yaml") == {}


@pytest.mark.parametrize("text", ["- a\n", "a word\n", "7\n"])
def test_the_top_of_a_file_is_a_mapping(text):
    message = refusal_of(parse_yaml, text, "my.yaml")

    assert message == "my.yaml: the top level must be a mapping with the keys recipe and runtime"


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "Yes", "NO", "On"])
def test_a_word_that_yaml_reads_as_a_boolean_is_refused(word):
    message = refusal_of(parse_yaml, f"recipe:\n  language:\n    model: {word}\n", "my.yaml")

    assert message == (
        f"recipe.language.model: YAML reads {word} as a boolean; write true or false, or quote it"
    )


def test_a_boolean_word_inside_a_list_is_named_by_its_place():
    message = refusal_of(parse_yaml, "recipe: {languages: [en, no]}", "my.yaml")

    assert message.startswith("recipe.languages[1]: YAML reads no as a boolean")


@pytest.mark.parametrize("value", ["true", "false", "True", "FALSE"])
def test_the_two_words_for_a_boolean_are_read(value):
    assert parse_yaml(f"a: {value}", "my.yaml") == {"a": value.lower() == "true"}


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        (
            "!!python/object/apply:os.system ['true']",
            "tag:yaml.org,2002:python/object/apply:os.system",
        ),
        ("!!python/name:os.system ''", "tag:yaml.org,2002:python/name:os.system"),
        ("!!binary aGk=", "tag:yaml.org,2002:binary"),
        ("!!set {a, b}", "tag:yaml.org,2002:set"),
        ("!secret x", "!secret"),
        ("2024-01-01", "tag:yaml.org,2002:timestamp"),
    ],
)
def test_tags_are_refused(value, tag):
    message = refusal_of(parse_yaml, f"recipe:\n  key: {value}\n", "my.yaml")

    assert message == f"recipe.key: YAML tag {tag} is not allowed; plain values only"


@pytest.mark.parametrize("value", ["!!str 5", "!!int '3'", "!any:map {a: 1}", "!!null x"])
def test_tags_that_spell_a_plain_kind_are_refused_too(value):
    message = refusal_of(parse_yaml, f"recipe:\n  key: {value}\n", "my.yaml")

    assert "recipe.key" in message


@pytest.mark.parametrize("value", ["!!int abc", "!!int ''", "!!float ''", "!!float 1x"])
def test_a_number_that_is_none_is_refused(value):
    message = refusal_of(parse_yaml, f"recipe:\n  key: {value}\n", "my.yaml")

    assert message.startswith("recipe.key: ")


def test_aliases_are_refused_before_they_can_grow():
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    message = refusal_of(parse_yaml, "\n".join(lines), "my.yaml")

    assert message == "my.yaml: YAML aliases are not allowed"


def test_a_merge_key_is_refused():
    message = refusal_of(parse_yaml, "recipe:\n  <<: {seed: 1}\n", "my.yaml")

    assert message == "recipe: keys must be plain words"


@pytest.mark.parametrize("text", ["? [a, b]\n: 1\n", "? {a: b}\n: 1\n"])
def test_a_key_that_is_no_word_is_refused(text):
    assert refusal_of(parse_yaml, text, "my.yaml") == "my.yaml: keys must be plain words"


def test_a_duplicate_key_is_refused_at_any_depth():
    text = "recipe:\n  language:\n    threshold: 0.5\n    threshold: 0.6\n"

    assert refusal_of(parse_yaml, text, "f") == "recipe.language.threshold: the key stands twice"


def test_a_duplicate_key_at_the_top_is_refused():
    message = refusal_of(parse_yaml, "recipe: {}\nruntime: {}\nrecipe: {seed: 1}\n", "my.yaml")

    assert message == "my.yaml.recipe: the key stands twice"


def test_a_broken_file_is_refused_with_its_line():
    message = refusal_of(parse_yaml, "recipe:\n  seed: [1, 2\n", "my.yaml")

    assert message == "my.yaml: not valid YAML, line 3"


def test_a_second_document_in_a_file_is_refused():
    assert (
        refusal_of(parse_yaml, "a: 1\n---\nb: 2\n", "my.yaml") == "my.yaml: not valid YAML, line 2"
    )


@pytest.mark.heavy
@pytest.mark.parametrize("depth", [40, 400, 2_000])
def test_deep_nesting_is_refused_and_does_not_break_the_reader(depth):
    text = "key: " + "[" * depth + "]" * depth

    assert refusal_of(parse_yaml, text, "my.yaml")


def test_thirty_levels_are_read():
    text = "key: " + "[" * 30 + "]" * 30

    assert parse_yaml(text, "my.yaml")["key"][0]


def test_a_file_is_read_as_utf8(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text("recipe: {tokenizer: {eos: ‹é›}}\n", encoding="utf-8")

    assert read_yaml(path) == {"recipe": {"tokenizer": {"eos": "‹é›"}}}


def test_a_file_that_is_not_utf8_is_refused_by_name(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_bytes(b"recipe: {eos: \xff}\n")

    assert (
        refusal_of(read_yaml, path) == f"{path}: cannot be read as UTF-8 text (UnicodeDecodeError)"
    )


@pytest.mark.parametrize(
    ("name", "told"), [("absent.yaml", "there is no such file"), (".", "cannot be read")]
)
def test_a_file_that_is_not_there_is_refused_by_name(tmp_path, name, told):
    message = refusal_of(read_yaml, tmp_path / name)

    assert message.startswith(f"{tmp_path / name}: {told}")


def test_a_file_above_a_mebibyte_is_refused(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_bytes(b"#" * ((1 << 20) + 1))

    assert refusal_of(read_yaml, path) == f"{path}: larger than 1048576 bytes"


@pytest.mark.parametrize(
    ("text", "nested"),
    [
        ("recipe.seed=7", {"recipe": {"seed": 7}}),
        ("recipe.a.b=[x, y]", {"recipe": {"a": {"b": ["x", "y"]}}}),
        ("runtime.master=", {"runtime": {"master": None}}),
        ("runtime.master=local[2]", {"runtime": {"master": "local[2]"}}),
        ("runtime.path=a=b", {"runtime": {"path": "a=b"}}),
        (
            "recipe.mix={stages: [{name: main}]}",
            {"recipe": {"mix": {"stages": [{"name": "main"}]}}},
        ),
    ],
)
def test_an_override_is_a_dotted_key_and_a_yaml_value(text, nested):
    assert override(text) == nested


@pytest.mark.parametrize("text", ["recipe.seed", "=5", "recipe..seed=5", ".seed=5", "recipe.=5"])
def test_an_override_without_key_or_value_is_refused(text):
    key = text.partition("=")[0]

    assert refusal_of(override, text) == f"--set {key}: write it as key.key=value"


def test_an_override_is_as_strict_as_a_file():
    message = refusal_of(override, "recipe.selection.keep_all=yes")

    assert "recipe.selection.keep_all" in message
    assert "write true or false" in message


def test_a_later_layer_wins_key_by_key_and_lists_are_replaced_whole():
    base = {"a": {"x": 1, "y": [1, 2, 3]}, "b": {"z": 1}, "c": 1}
    over = {"a": {"y": [4]}, "b": None, "c": {"deep": 2}}

    merged = merge(base, over)

    assert merged == {"a": {"x": 1, "y": [4]}, "b": None, "c": {"deep": 2}}
    assert base == {"a": {"x": 1, "y": [1, 2, 3]}, "b": {"z": 1}, "c": 1}


def test_a_record_is_decoded_with_its_records_lists_and_mappings():
    value = {
        "count": 3,
        "label": "l",
        "on": True,
        "inner": {"share": 1, "names": ["a", "b"]},
        "many": {"m": {"share": 0.25}},
        "rows": [{}, {"names": ["c"]}],
    }

    found = decode(Outer, value, "top")

    assert found == Outer(
        3, "l", True, Inner(1.0, ("a", "b")), {"m": Inner(0.25)}, (Inner(), Inner(0.5, ("c",)))
    )
    assert type(found.inner.share) is float


@dataclass(frozen=True)
class Numbered:
    steps: dict[int, int] = field(default_factory=dict)


def test_keys_that_are_whole_numbers_are_read_and_said_as_text_again():
    value = parse_yaml("steps: {2: 20, 10: 7}", "my.yaml")

    found = decode(Numbered, value, "top")

    assert found == Numbered({2: 20, 10: 7})
    assert plain(found) == {"steps": {"2": 20, "10": 7}}


@pytest.mark.parametrize("name", ["two", "2.0", "02", "+2", "-0", "", "true"])
def test_keys_that_are_no_whole_numbers_are_refused_where_these_are_asked_for(name):
    message = refusal_of(decode, Numbered, {"steps": {name: 1}}, "top")

    assert message == f"top.steps.{name}: expected a whole number before the colon"


def test_an_empty_mapping_gives_the_defaults():
    assert decode(Outer, {}, "top") == Outer()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"cuont": 1}, "top.cuont: unknown key; allowed here: count, label, on, inner, many, rows"),
        ({"inner": {"shares": 1}}, "top.inner.shares: unknown key; allowed here: share, names"),
        ({"many": {"m": {"x": 1}}}, "top.many.m.x: unknown key; allowed here: share, names"),
        ({"rows": [{}, {"x": 1}]}, "top.rows[1].x: unknown key; allowed here: share, names"),
    ],
)
def test_an_unknown_key_is_named_with_those_that_are_allowed(value, message):
    assert refusal_of(decode, Outer, value, "top") == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"count": "3"}, "top.count: expected a whole number, got text (quote it)"),
        ({"count": 3.0}, "top.count: expected a whole number, got a number"),
        ({"count": True}, "top.count: expected a whole number, got true or false"),
        ({"count": None}, "top.count: expected a whole number, got nothing"),
        ({"label": 3}, "top.label: expected text (quote it), got a whole number"),
        ({"label": ["l"]}, "top.label: expected text (quote it), got a list"),
        ({"on": 1}, "top.on: expected true or false, got a whole number"),
        ({"on": "true"}, "top.on: expected true or false, got text (quote it)"),
        ({"inner": [1]}, "top.inner: expected a mapping with the keys share, names"),
        ({"inner": None}, "top.inner: expected a mapping with the keys share, names"),
        ({"inner": {"share": "x"}}, "top.inner.share: expected a number, got text (quote it)"),
        ({"inner": {"share": True}}, "top.inner.share: expected a number, got true or false"),
        ({"inner": {"names": "a"}}, "top.inner.names: expected a list, got text (quote it)"),
        (
            {"inner": {"names": ["a", 2]}},
            "top.inner.names[1]: expected text (quote it), got a whole number",
        ),
        ({"many": []}, "top.many: expected a mapping, got a list"),
        ({"many": {"m": 1}}, "top.many.m: expected a mapping with the keys share, names"),
        ({"rows": {}}, "top.rows: expected a list, got a mapping"),
    ],
)
def test_a_wrong_type_is_named_with_what_is_expected(value, message):
    assert refusal_of(decode, Outer, value, "top") == message


def test_a_value_that_the_record_refuses_is_named_by_its_section():
    assert refusal_of(decode, Outer, {"count": 0}, "top") == "top.count must be at least 1"


def test_a_missing_key_without_a_default_is_refused_by_name():
    assert refusal_of(decode, Needy, {}, "top") == "top.wanted: the key is required"


def test_a_whole_number_too_large_for_a_number_is_refused():
    assert "top.inner.share" in refusal_of(decode, Outer, {"inner": {"share": 10**400}}, "top")


def test_no_refusal_of_an_unknown_or_ill_typed_key_repeats_the_value():
    secret = "hunter2-hunter2"

    messages = [
        refusal_of(decode, Outer, {"password": secret}, "top"),
        refusal_of(decode, Outer, {"count": secret}, "top"),
        refusal_of(decode, Outer, {"inner": secret}, "top"),
        refusal_of(decode, Outer, {"rows": [secret]}, "top"),
        refusal_of(parse_yaml, f"a: {secret}\na: {secret}\n", "my.yaml"),
        refusal_of(parse_yaml, f"a: !secret {secret}\n", "my.yaml"),
        refusal_of(parse_yaml, f"a: [{secret}\n", "my.yaml"),
    ]

    assert not [message for message in messages if "hunter2" in message]


def test_a_record_as_plain_values_reads_back_to_the_same_record():
    record = Outer(2, None, True, Inner(0.1, ("a",)), {"m": Inner(1.0)}, (Inner(1e-9),))

    value = plain(record)

    assert value == {
        "count": 2,
        "label": None,
        "on": True,
        "inner": {"share": "0.1", "names": ["a"]},
        "many": {"m": {"share": "1.0", "names": []}},
        "rows": [{"share": "1e-09", "names": []}],
    }
