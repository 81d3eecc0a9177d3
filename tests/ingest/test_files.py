"""From globs to files: what is found, how it is called, what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpusmill.ingest.files import DELTA, InputFile, declaration, list_files
from corpusmill.ingest.readers import ENDINGS
from corpusmill.ingest.rules import IngestRules
from corpusmill.ingest.sources import Columns, Input, Source
from corpusmill.refusal import Refused


@pytest.fixture
def tree(tmp_path):
    """Make empty files below a folder."""

    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"")
        return tmp_path

    return make


def refusal_of(inputs, sources=None):
    with pytest.raises(Refused) as caught:
        list_files(inputs, sources or {})
    return str(caught.value)


def paths(inputs, sources=None):
    return [(file.source, file.path) for file in list_files(inputs, sources or {})]


def test_no_inputs_are_no_files():
    assert list_files([], {}) == []


def test_a_file_that_two_globs_call_by_two_names_is_refused(tree):
    folder = tree("x/a.jsonl", "y/b.jsonl")
    inputs = [Input(f"{folder}/*/a.jsonl", "web"), Input(f"{folder}/x/a.jsonl", "web")]

    assert "would be x/a.jsonl and a.jsonl" in refusal_of(inputs)
    assert paths([inputs[0], inputs[0]]) == [("web", "x/a.jsonl")]


def test_a_name_that_is_not_utf8_is_refused(tree):
    folder = tree(os.fsdecode(b"caf\xff.jsonl"))

    assert "is not UTF-8" in refusal_of([Input(f"{folder}/*.jsonl", "web")])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused_at_the_door(tree):
    folder = tree("a.jsonl")
    (folder / "a.jsonl").chmod(0)

    assert "a.jsonl: may not be read" in refusal_of([Input(f"{folder}/*.jsonl", "web")])


def test_files_are_sorted_by_source_and_path_whatever_the_order_of_the_inputs(tree):
    folder = tree("b.jsonl", "a.jsonl", "B.txt", "sub/a.jsonl")
    inputs = [
        Input(f"{folder}/*.jsonl", "web"),
        Input(f"{folder}/**/*.txt", "books"),
        Input(f"{folder}/sub/*.jsonl", "also"),
    ]

    found = paths(inputs)

    assert found == paths(inputs[::-1])
    assert found == [
        ("also", "a.jsonl"),
        ("books", "B.txt"),
        ("web", "a.jsonl"),
        ("web", "b.jsonl"),
    ]


def test_a_path_is_relative_to_the_longest_part_of_the_glob_without_wildcards(tree):
    folder = tree("in/2024/x/a.jsonl", "in/2025/x/a.jsonl")

    assert paths([Input(f"{folder}/in/*/x/a.jsonl")]) == [
        ("corpus", "2024/x/a.jsonl"),
        ("corpus", "2025/x/a.jsonl"),
    ]
    assert paths([Input(f"{folder}/in/2024/x/a.jsonl")]) == [("corpus", "a.jsonl")]
    assert paths([Input(f"{folder}/**/[a]*.jsonl")]) == [
        ("corpus", "in/2024/x/a.jsonl"),
        ("corpus", "in/2025/x/a.jsonl"),
    ]


def test_a_path_does_not_tell_where_the_folder_stands(tree, monkeypatch):
    folder = tree("one/in/a.jsonl", "two/in/a.jsonl")
    monkeypatch.chdir(folder / "one")

    relative = paths([Input("in/*.jsonl")])

    assert relative == paths([Input(f"{folder}/two/in/*.jsonl")]) == [("corpus", "a.jsonl")]


def test_brackets_in_the_name_of_the_working_folder_are_no_wildcards(tree, monkeypatch):
    folder = tree("run[1]/a.jsonl")
    monkeypatch.chdir(folder / "run[1]")

    assert paths([Input("*.jsonl")]) == [("corpus", "a.jsonl")]


def test_a_declared_root_is_what_paths_are_relative_to(tree):
    folder = tree("in/2024/a.jsonl", "in/2025/a.jsonl")
    sources = {"web": Source(root=str(folder / "in"))}
    inputs = [Input(f"{folder}/in/2024/*.jsonl", "web"), Input(f"{folder}/in/2025/*.jsonl", "web")]

    found = paths(inputs, sources)

    assert found == [("web", "2024/a.jsonl"), ("web", "2025/a.jsonl")]


def test_a_file_outside_the_declared_root_is_refused_naming_the_key(tree):
    folder = tree("in/a.jsonl", "other/b.jsonl")
    sources = {"web": Source(root=str(folder / "in"))}

    message = refusal_of([Input(f"{folder}/*/*.jsonl", "web")], sources)

    assert message == f"recipe.sources.web.root: {folder}/other/b.jsonl does not lie below it"


def test_a_file_of_two_inputs_is_read_once(tree):
    folder = tree("a.jsonl", "b.jsonl")

    found = paths([Input(f"{folder}/*.jsonl"), Input(f"{folder}/a.jsonl")])

    assert found == [("corpus", "a.jsonl"), ("corpus", "b.jsonl")]


def test_two_files_of_one_name_in_one_source_are_refused(tree):
    folder = tree("one/a.jsonl", "two/a.jsonl")
    inputs = [Input(f"{folder}/one/*.jsonl", "web"), Input(f"{folder}/two/*.jsonl", "web")]

    assert refusal_of(inputs) == "web: two files are called a.jsonl; set its root"


def test_two_files_of_one_name_in_two_sources_are_two_files(tree):
    folder = tree("one/a.jsonl", "two/a.jsonl")
    inputs = [Input(f"{folder}/one/*.jsonl", "x"), Input(f"{folder}/two/*.jsonl", "y")]

    assert paths(inputs) == [("x", "a.jsonl"), ("y", "a.jsonl")]


@pytest.mark.parametrize("pattern", ["*.parquet", "absent.jsonl", "nowhere/*.jsonl", ""])
def test_a_glob_that_matches_no_file_is_refused(tree, pattern, monkeypatch):
    monkeypatch.chdir(tree("a.jsonl"))

    assert (
        refusal_of([Input("*.jsonl"), Input(pattern)]) == f"--input {pattern}: it matches no file"
    )


def test_a_folder_is_refused_with_a_hint(tree):
    folder = tree("in/a.jsonl")

    message = refusal_of([Input(f"{folder}/in")])

    assert message == (
        f"--input {folder}/in: it is a folder, and no Delta table; write folder/*.jsonl.gz"
    )


@pytest.mark.parametrize(
    "name", ["a.pdf", "a", "a.jsonl.xz", "a.json", "jsonl", "a.parquet.gz", "a.warc.wat.gz"]
)
def test_a_file_of_an_unknown_kind_is_refused_with_the_known_ones(tree, name):
    folder = tree(name)

    message = refusal_of([Input(f"{folder}/{name}")])

    assert message.startswith(f"--input {folder}/{name}: unknown kind; read are ")
    kinds = (".jsonl", ".txt", ".md", ".html", ".warc", ".wet", ".parquet", ".gz", ".zst")
    assert all(kind in message for kind in kinds)


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        *((f"a{ending}", reader) for ending, reader in ENDINGS.items()),
        ("A.JSONL.GZ", "jsonl"),
        ("a.b.txt", "plain"),
        ("a.jsonl.zst", "jsonl"),
        ("CC-MAIN-0.warc.wet.gz", "warc"),
        ("CC-MAIN-0.warc.gz", "warc"),
        ("a.md", "plain"),
        ("a.htm", "html"),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_name(tree, name, reader):
    folder = tree(name)

    assert [file.reader for file in list_files([Input(f"{folder}/*")], {})] == [reader]


def test_a_broken_link_is_refused(tree):
    folder = tree("a.jsonl")
    (folder / "b.jsonl").symlink_to(folder / "nowhere")

    message = refusal_of([Input(f"{folder}/*.jsonl")])

    assert message == f"--input {folder}/b.jsonl: not a regular file"


def test_a_pipe_is_refused_and_not_waited_for(tree):
    folder = tree("a.jsonl")
    os.mkfifo(folder / "b.jsonl")

    message = refusal_of([Input(f"{folder}/*.jsonl")])

    assert message == f"--input {folder}/b.jsonl: not a regular file"


def test_a_folder_called_like_a_file_is_passed_over(tree):
    folder = tree("a.jsonl", "b.jsonl/c.txt")

    assert paths([Input(f"{folder}/*.jsonl")]) == [("corpus", "a.jsonl")]


def declared(reader="jsonl", source=None, rules=None, extractor=None, others=None):
    file = InputFile("web", "/in/a", "/in", "a", reader)
    sources = {"web": source or Source(), **(others or {})}
    return declaration(file, sources, rules or IngestRules(), extractor or {})


def test_whatever_decides_what_is_read_is_declared_and_the_root_is_not():
    different = [
        declared(source=Source(kind="web")),
        declared(source=Source(origin="human")),
        declared(source=Source(licence="MIT")),
        declared(source=Source(columns=Columns(text="body"))),
        declared(rules=IngestRules(characters=5_000)),
        declared(rules=IngestRules(too_long="quarantine")),
    ]

    assert declared() == declared(source=Source(root="/in"))
    assert declared() == declared(rules=IngestRules(changed_files="revise"))
    assert len({declared(), *different}) == len(different) + 1


def test_another_extractor_is_another_reading_of_pages_only():
    assert declared(extractor={"trafilatura": "1"}) == declared(extractor={"trafilatura": "2"})
    for reader in ("html", "warc"):
        digests = {declared(reader, extractor={"trafilatura": v}) for v in "12"}
        assert len(digests) == 2


def test_other_sources_count_where_records_name_theirs():
    named = Source(columns=Columns(source="from"))
    others = {"book": Source(kind="book")}

    assert declared(others=others) == declared()
    assert declared(source=named, others=others) != declared(source=named)


@pytest.mark.parametrize("pattern", ["lake/**/*.parquet", "lake/news/day=1/*", "lake/news/_*/*"])
def test_files_of_a_delta_table_are_refused_for_they_may_hold_deleted_rows(tree, pattern):
    folder = tree("lake/news/_delta_log/0.json", "lake/news/day=1/part-0.parquet", "lake/a.parquet")

    with pytest.raises(Refused, match=r"in the Delta table .*/lake/news, .*; name the table's"):
        list_files([Input(f"{folder}/{pattern}", "web")], {})


def test_a_delta_table_is_an_input_with_a_version(tree):
    folder = tree("lake/news/_delta_log/0.json")

    found = list_files([Input(f"{folder}/lake/*", "web", version=3, since=1)], {})

    assert found == [
        InputFile("web", f"{folder}/lake/news", f"{folder}/lake", "news@1..3", DELTA, 3, 1)
    ]
    assert list_files([Input(source="web", table="main.raw.news")], {}) == [
        InputFile("web", "main.raw.news", "", "main.raw.news", DELTA)
    ]


def test_only_tables_have_versions(tree):
    folder = tree("a.jsonl")

    message = refusal_of([Input(f"{folder}/a.jsonl", version=3)])

    assert message == f"--input {folder}/a.jsonl: only a Delta table has versions"


def test_a_name_that_leaves_its_root_is_refused(tree):
    folder = tree("in/a.jsonl", "other/b.jsonl")

    message = refusal_of(
        [Input(f"{folder}/in/../other/b.jsonl", "web")], {"web": Source(root=f"{folder}/in")}
    )

    assert message.startswith("recipe.sources.web.root: ")


def test_the_location_is_where_the_file_can_be_opened_from_anywhere(tree, monkeypatch):
    monkeypatch.chdir(tree("in/a.jsonl"))

    found = list_files([Input("in/*.jsonl")], {})[0]

    assert Path(found.location).is_absolute()
    assert Path(found.location).is_file()
