"""Files delivered again, from elsewhere, changed, in parts: every record is in one place."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from golden_corpus import places, versions

from corpusmill.warehouse import Warehouse


def write(path, **texts):
    """A file of records: id, and (created, text)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"id": key, "created": created, "text": text} for key, (created, text) in texts.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture
def ingest(cli, tmp_path):
    def call(*globs, folder=tmp_path / "mill", changed="revise", sets=(), options=()):
        inputs = [word for glob in globs for word in ("--input", str(glob))]
        sets = (f"recipe.ingest.changed_files={changed}", *sets)
        sets = (f"--set={each}" for each in sets)
        return cli("ingest-documents", *places(folder), *inputs, *sets, *options)

    return call


@pytest.fixture
def table(spark, tmp_path):
    def read(name, *columns, folder=tmp_path / "mill"):
        rows = spark.read.format("delta").load(f"{folder}/warehouse/{name}").select(*columns)
        return sorted(tuple(row) for row in rows.collect())

    return read


def test_a_delivery_made_twice_changes_nothing(ingest, tmp_path):
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"), two=("2001-01-01", "second"))
    write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"))
    _, first = ingest(tmp_path / "*.jsonl")

    code, again = ingest(tmp_path / "*.jsonl")

    assert (code, again["status"]) == (0, "unchanged")
    assert versions(again).items() <= versions(first).items()
    assert again["counts"] == {
        "files": 2,
        "records": 3,
        "accepted": 2,
        "quarantined": {"repeated_key": 1},
    }


@pytest.mark.slow
def test_files_in_any_order_end_in_the_same_rows(ingest, table, tmp_path):
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"), two=("2001-01-01", "second"))
    write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"), three=("2001-01-01", "third"))
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for number, deliveries in enumerate(([files], [files[1:], files[:1]])):
        for delivery in deliveries:
            assert ingest(*delivery, folder=tmp_path / str(number))[0] == 0

    found = [
        (
            table("raw_documents", "record_key", "path", "content", folder=tmp_path / str(number)),
            table("quarantine", "path", "record_number", "reason", folder=tmp_path / str(number)),
        )
        for number in range(2)
    ]

    assert found[0] == found[1]
    assert [content for *_, content in found[0][0]] == ["first", "third", "earlier"]
    assert found[0][1] == [("a.jsonl", 1, "repeated_key")]


@pytest.mark.slow
def test_the_winner_of_a_key_gone_its_loser_comes_back(ingest, table, tmp_path):
    write(tmp_path / "a.jsonl", two=("2001-01-01", "second"))
    write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"), three=("2001-01-01", "third"))
    ingest(tmp_path / "*.jsonl")
    write(tmp_path / "b.jsonl", three=("2001-01-01", "third"))
    ingest(tmp_path / "b.jsonl")

    code, line = ingest(tmp_path / "*.jsonl")

    assert code == 0
    assert line["counts"]["quarantined"] == {}
    assert table("raw_documents", "record_key", "content") == [
        ("three", "third"),
        ("two", "second"),
    ]


def test_a_file_that_changed_takes_its_old_records_along(ingest, table, tmp_path):
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"), two=("2001-01-01", "second"))
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write("broken\n")
    ingest(tmp_path / "a.jsonl")
    before = table("quarantine", "path", "record_number", "reason")
    write(tmp_path / "a.jsonl", two=("2001-01-01", "changed"))

    code, line = ingest(tmp_path / "a.jsonl")

    assert before == [("a.jsonl", 2, "not_json")]
    assert (code, line["counts"]["records"], line["counts"]["quarantined"]) == (0, 1, {})
    assert table("raw_documents", "record_key", "content") == [("two", "changed")]
    assert table("quarantine", "path") == []


def test_a_file_that_changed_under_its_name_is_refused_unless_the_recipe_takes_it(
    ingest, table, tmp_path
):
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"))
    ingest(tmp_path / "a.jsonl", changed="refuse")
    write(tmp_path / "a.jsonl", one=("2001-01-01", "changed"))
    write(tmp_path / "b.jsonl", two=("2001-01-01", "second"))

    code, line = ingest(tmp_path / "*.jsonl", changed="refuse")

    assert (code, line["status"]) == (2, "refused")
    assert all(word in line["message"] for word in ("a.jsonl", "recipe.ingest.changed_files"))
    assert table("raw_documents", "content") == [("first",)]


@pytest.mark.slow
def test_files_that_are_named_no_more_go_where_that_is_asked_for(ingest, table, tmp_path):
    """A record that lost to one of them comes back."""
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"), two=("2001-01-01", "second"))
    write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"), three=("2001-01-01", "third"))
    with (tmp_path / "b.jsonl").open("a") as file:
        file.write("broken\n")
    ingest(tmp_path / "*.jsonl")
    ingest(tmp_path / "a.jsonl")
    before = table("raw_documents", "content")

    code, line = ingest(tmp_path / "a.jsonl", options=["--drop-unnamed"])
    again = ingest(tmp_path / "a.jsonl", options=["--drop-unnamed"])[1]

    assert before == [("earlier",), ("first",), ("third",)]
    assert (code, again["status"]) == (0, "unchanged")
    assert line["counts"]["quarantined"] == again["counts"]["quarantined"] == {}
    assert table("raw_documents", "content") == [("first",), ("second",)]
    assert table("quarantine", "path") == []


def test_new_files_are_added_and_the_others_are_not_read_again(ingest, table, tmp_path):
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"))
    ingest(tmp_path / "*.jsonl", changed="refuse")
    write(tmp_path / "b.jsonl", two=("2001-01-01", "second"))

    code, line = ingest(tmp_path / "*.jsonl", changed="refuse")

    assert (code, line["counts"]["records"]) == (0, 2)
    assert table("raw_documents", "record_key") == [("one",), ("two",)]


def test_the_same_name_in_another_folder_is_refused_and_loses_nothing(ingest, table, tmp_path):
    write(tmp_path / "one" / "a.jsonl", one=("2001-01-01", "first"))
    write(tmp_path / "other" / "a.jsonl", two=("2001-01-01", "second"))
    ingest(tmp_path / "one" / "*.jsonl")

    code, line = ingest(tmp_path / "other" / "*.jsonl")

    assert code == 2
    assert "recipe.sources.corpus.root" in line["message"]
    assert "a.jsonl" in line["message"]
    assert table("raw_documents", "record_key") == [("one",)]
    assert table("quarantine", "path") == []


def test_one_glob_above_two_folders_tells_their_files_apart(ingest, table, tmp_path):
    write(tmp_path / "in" / "one" / "a.jsonl", one=("2001-01-01", "first"))
    write(tmp_path / "in" / "other" / "a.jsonl", two=("2001-01-01", "second"))

    code, _ = ingest(tmp_path / "in" / "*" / "a.jsonl")

    assert code == 0
    assert table("raw_documents", "path") == [("one/a.jsonl",), ("other/a.jsonl",)]


@pytest.mark.slow
def test_a_loser_that_is_freed_by_a_change_comes_back_in_the_same_run(ingest, table, tmp_path):
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"), two=("2001-01-01", "second"))
    write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"), three=("2001-01-01", "third"))
    ingest(tmp_path / "*.jsonl")
    write(tmp_path / "b.jsonl", three=("2001-01-01", "third"))

    code, line = ingest(tmp_path / "*.jsonl")
    _, again = ingest(tmp_path / "*.jsonl")

    assert (code, line["counts"]["accepted"], line["counts"]["quarantined"]) == (0, 3, {})
    assert ("two", "second") in table("raw_documents", "record_key", "content")
    assert again["status"] == "unchanged"


@pytest.mark.slow
def test_files_without_records_stay_without_a_trace_and_take_their_old_records_along(
    ingest, table, tmp_path
):
    write(tmp_path / "a.jsonl", one=("2001-01-01", "first"))
    write(tmp_path / "b.jsonl", two=("2001-01-01", "second"))
    (tmp_path / "empty.jsonl").write_text("\n")
    ingest(tmp_path / "*.jsonl")
    (tmp_path / "b.jsonl").write_text("")

    code, line = ingest(tmp_path / "*.jsonl")
    _, again = ingest(tmp_path / "*.jsonl")

    assert (code, line["counts"]["records"]) == (0, 1)
    assert table("raw_documents", "record_key") == [("one",)]
    assert again["status"] == "unchanged"


@pytest.mark.slow
def test_a_loser_that_other_limits_refuse_is_refused_once(ingest, table, tmp_path):
    write(tmp_path / "a.jsonl", two=("2001-01-01", "second " * 20))
    write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"))
    ingest(tmp_path / "*.jsonl")
    limits = ["recipe.ingest.record_bytes=100", "runtime.guards.quarantine_share=1.0"]

    code, line = ingest(tmp_path / "*.jsonl", sets=limits)

    assert (code, line["counts"]["quarantined"]) == (0, {"record_too_long": 1})
    assert table("quarantine", "path", "reason") == [("a.jsonl", "record_too_long")]


@pytest.mark.slow
@pytest.mark.parametrize("names", ["abc", "cba"])
def test_a_key_stands_once_whether_its_text_is_short_or_split(ingest, table, tmp_path, names):
    """And a document whose own key is spelt like a part's stands beside it."""
    records = [
        {"d": ("2020-01-01", "short text of d")},
        {"d": ("2021-01-01", ("long text of d " * 20 + "\n\n") * 6)},
        {"d#2": ("2022-01-01", "the second document"), "e": ("2022-01-01", "word " * 400)},
    ]
    for name, texts in zip(names, records, strict=True):
        write(tmp_path / f"{name}.jsonl", **texts)
    split = ["recipe.ingest.characters=1000"]

    code, line = ingest(tmp_path / "*.jsonl", sets=split)
    _, again = ingest(tmp_path / "*.jsonl", sets=split)

    assert (code, again["status"]) == (0, "unchanged")
    assert line["counts"]["quarantined"] == {"repeated_key": 1}
    assert table("raw_documents", "record_key", "part") == [
        ("d", None),
        ("d#2", None),
        ("e", 1),
        ("e", 2),
    ]
    [(lost, winner)] = table("quarantine", "path", "doc_id")
    assert lost == f"{names[1]}.jsonl"
    assert (winner, "d") in table("raw_documents", "doc_id", "record_key")


class Killed(BaseException):
    """What ends a run between two commits."""


@pytest.mark.slow
@pytest.mark.parametrize("commits", range(1, 6))
def test_a_delivery_killed_between_any_two_commits_is_made_good_by_the_same_command(
    ingest, table, tmp_path, monkeypatch, commits
):
    def deliver_all():
        write(tmp_path / "a.jsonl", one=("2001-01-01", "first"), two=("2001-01-01", "second"))
        write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"), four=("2001-01-01", "fourth"))
        with (tmp_path / "b.jsonl").open("a") as file:
            file.write("broken\n")

    def change_all():
        write(tmp_path / "a.jsonl", two=("2001-01-01", "second"), one=("1999-01-01", "first"))
        write(tmp_path / "b.jsonl", one=("2000-01-01", "other"), four=("2001-01-01", "fourth"))

    publish, left = Warehouse.publish, [commits]

    def until_killed(self, name, *rest):
        version = publish(self, name, *rest)
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return version

    globs = [tmp_path / "*.jsonl"]
    lenient = {"sets": ["runtime.guards.quarantine_share=1.0"]}
    deliver_all()
    ingest(*globs, **lenient)
    change_all()
    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "publish", until_killed)
        with suppress(Killed):
            ingest(*globs, **lenient)

    code, line = ingest(*globs, **lenient)
    _, again = ingest(*globs, **lenient)

    assert (code, line["counts"]["records"], again["status"]) == (0, 4, "unchanged")
    assert table("raw_documents", "record_key", "content") == [
        ("four", "fourth"),
        ("one", "first"),
        ("two", "second"),
    ]
    assert table("quarantine", "path", "record_number", "reason") == [
        ("b.jsonl", 0, "repeated_key")
    ]


@pytest.mark.slow
def test_a_delivery_that_was_cut_off_before_its_keys_were_settled_is_not_built_upon(
    ingest, cli, tmp_path, monkeypatch
):
    def killed(*_):
        raise Killed

    write(tmp_path / "a.jsonl", two=("2001-01-01", "second"))
    write(tmp_path / "b.jsonl", two=("2000-01-01", "earlier"))
    with monkeypatch.context() as patched:
        patched.setattr("corpusmill.delivery.losers", killed)
        with suppress(Killed):
            ingest(tmp_path / "*.jsonl")

    code, line = cli("normalise-documents", *places(tmp_path / "mill"))
    ingest(tmp_path / "*.jsonl")
    good, _ = cli("normalise-documents", *places(tmp_path / "mill"))

    assert (code, good) == (2, 0)
    assert "not settled yet; run ingest-documents again" in line["message"]
