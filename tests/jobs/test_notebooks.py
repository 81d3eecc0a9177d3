"""The notebooks as a reader finds them, and what they show of the golden corpus."""

from __future__ import annotations

import ast
import importlib
import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from golden_corpus import CORPUS, RECIPE, manifest_of, places

from corpusmill.__main__ import main
from corpusmill.shards.manifest import read_manifest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = [
    "1_tour_of_a_run.ipynb",
    "2_one_document.ipynb",
    "3_tune_a_threshold.ipynb",
    "4_compare_two_versions.ipynb",
]


def cells(name, kind="code"):
    book = json.loads((NOTEBOOKS / name).read_text("utf-8"))
    return [cell for cell in book["cells"] if cell["cell_type"] == kind]


def test_these_are_the_notebooks():
    assert sorted(path.name for path in NOTEBOOKS.iterdir() if path.is_file()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_what_it_showed(name):
    assert {cell["execution_count"] for cell in cells(name)} == {None}
    assert [cell["outputs"] for cell in cells(name)] == [[]] * len(cells(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_takes_what_it_calls_from_the_library(name):
    trees = [ast.parse("".join(cell["source"])) for cell in cells(name)]
    asked = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in asked if node.module.startswith("corpusmill")]

    for node in ours:
        module = importlib.import_module(node.module)
        assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []
    assert ours


@pytest.mark.heavy
def test_a_notebook_calls_the_library_with_what_it_takes(tmp_path):
    for number, name in enumerate(NAMES):
        code = "\n".join("".join(cell["source"]) for cell in cells(name))
        (tmp_path / f"notebook_{number}.py").write_text(code, "utf-8")
    lenient = ["--allow-untyped-defs", "--allow-untyped-calls", "--ignore-missing-imports"]
    command = [sys.executable, "-m", "mypy", *lenient, *map(str, sorted(tmp_path.glob("*.py")))]

    told = subprocess.run(command, cwd=NOTEBOOKS.parent, capture_output=True, text=True).stdout

    assert "checked 4 source files" in told
    of_calls = [line for line in told.splitlines() if line.endswith(("[arg-type]", "[call-arg]"))]
    assert of_calls == []


class Shown:
    """A notebook that was executed in a kernel of its own, and what stands below its cells."""

    def __init__(self, name, folder, options=()):
        import nbformat
        from nbclient import NotebookClient

        told = {"CORPUSMILL_WAREHOUSE": str(folder / "warehouse")}
        told["CORPUSMILL_OPTIONS"] = shlex.join(options)
        book = nbformat.read(NOTEBOOKS / name, as_version=4)
        place = {"metadata": {"path": str(NOTEBOOKS)}}
        client = NotebookClient(book, timeout=600, kernel_name="python3", resources=place)
        client.execute(env={**os.environ, **told})
        self.all = json.dumps(book)
        self._cells = [cell for cell in book.cells if cell.cell_type == "code"]

    def _below(self, source):
        [cell] = [cell for cell in self._cells if source in cell.source.splitlines()[-1]]
        [output] = [out for out in cell.outputs if out.output_type == "execute_result"]
        return output.data

    def table(self, source):
        """The table below the cell whose last line holds this."""
        return pd.read_html(StringIO(self._below(source)["text/html"]), index_col=0)[0]

    def value(self, source):
        """The value below the cell whose last line holds this."""
        return ast.literal_eval(self._below(source)["text/plain"])


def rows(spark, folder, name):
    return spark.read.format("delta").load(f"{folder}/warehouse/{name}").collect()


@pytest.mark.slow
def test_the_tour_counts_what_the_tables_hold(spark, milled):
    selection = rows(spark, milled, "selection")

    shown = Shown(NAMES[0], milled)

    steps = shown.table("for step in steps").documents
    assert steps["documents"] == len(selection)
    assert steps["kept"] == sum(row.kept for row in selection)
    assert steps["clean_documents"] == len(rows(spark, milled, "clean_documents"))
    decided = Counter(row.decided_by[0] for row in selection if not row.kept)
    told = shown.table("sort_values").decided
    assert told[told > 0].to_dict() == decided
    manifest = read_manifest(manifest_of(milled))
    assert shown.table("totals").totals.to_dict() == manifest.content["totals"]


@pytest.mark.slow
def test_one_document_is_shown_with_its_redactions_and_without_what_they_hide(spark, milled):
    edits = Counter(row.doc_id for row in rows(spark, milled, "edits"))
    clean = {row.doc_id for row in rows(spark, milled, "clean_documents")}
    texts = {row.doc_id: row.text for row in rows(spark, milled, "documents")}
    expected = min(clean, key=lambda doc_id: (-edits[doc_id], doc_id))

    shown = Shown(NAMES[1], milled)

    assert shown.value("doc_id") == expected
    assert shown.table('rows_of("selection")').loc["kept"].item() == "True"
    spans = [row for row in rows(spark, milled, "pii_spans") if row.doc_id == expected]
    assert spans
    assert any(f"<{span.kind}>" in shown.value("text[start") for span in spans)
    for span in spans:
        assert texts[expected][span.start : span.end] not in shown.all


@pytest.mark.slow
def test_another_limit_lets_through_what_it_would_in_a_run(spark, milled):
    languages = {row.doc_id: row.language for row in rows(spark, milled, "languages")}
    quality = {row.doc_id: row for row in rows(spark, milled, "quality")}

    def lets_through(doc_id, least):
        row = quality.get(doc_id)
        if row is None or languages[doc_id] == "unknown":
            return False
        broken = {rule for rules in row.broken_rules.values() for rule in rules}
        return row.words >= least and broken <= {"too_few_words"}

    shown = Shown(NAMES[2], milled, RECIPE)

    told = shown.table("for value in VALUES")
    kept = sum(row.kept for row in rows(spark, milled, "selection"))
    assert shown.table("as it is").loc["as it is", "kept, about"] == kept
    assert told.loc["min_words 50", ["come in", "go", "kept, about"]].tolist() == [0, 0, kept]
    expected = {least: [d for d in languages if lets_through(d, least)] for least in (20, 80, 120)}
    assert len({*map(len, expected.values())}) > 1
    for least, found in expected.items():
        assert told.loc[f"min_words {least}", "eligible"] == len(found)


@pytest.mark.slow
def test_two_versions_are_compared_by_tokens_and_reasons(copied):
    first = manifest_of(copied)
    other = "--set=recipe.quality.limits={gopher_quality: {min_words: 85}}"
    again = ["run", *places(copied), *RECIPE, "--input", str(CORPUS), other]
    assert main(again) == 0
    [second] = {*(copied / "output" / "shards").glob("*/manifest.json")} - {first}
    totals = [read_manifest(path).content["mix"]["tokens"] for path in (first, second)]

    shown = Shown(NAMES[3], copied)

    assert shown.value("they differ") == "they differ"
    reasons = shown.table('pd.DataFrame(tokens["reason"])')
    assert reasons.delta.sum() == totals[1] - totals[0] != 0
    assert "gopher_quality.too_few_words" in reasons.index
