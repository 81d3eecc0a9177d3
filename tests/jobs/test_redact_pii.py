"""What the job does with findings, and that nothing it hides can be read anywhere it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from golden_corpus import CORPUS, RECIPE, places

from corpusmill.__main__ import main
from corpusmill.contracts import TABLES
from corpusmill.pii.surrogates import surrogate

KEY = "sixteen bytes or more"
MAIL, PHONE, ADDRESS = "office@village-school.example.com", "212-555-0187", "8.8.4.4"
ACTIONS = "{EMAIL_ADDRESS: surrogate, IP_ADDRESS: mask, PHONE_NUMBER: keep}"
SETTLED = [f"--set=recipe.pii.actions={ACTIONS}", "--set=recipe.pii.key=env:A_KEY"]


def clean(spark, folder):
    rows = spark.read.format("delta").load(f"{folder}/warehouse/clean_documents").collect()
    return {row.doc_id: row.text for row in rows}


def test_each_kind_meets_what_the_recipe_says_of_it(cli, spark, copied, monkeypatch):
    monkeypatch.setenv("A_KEY", KEY)
    before = clean(spark, copied)

    code, line = cli("redact-pii", *places(copied), *RECIPE, *SETTLED)

    after = clean(spark, copied)
    changed = {doc_id for doc_id in before if after[doc_id] != before[doc_id]}
    assert code == 0, line
    [contact] = [after[doc_id] for doc_id in changed if PHONE in after[doc_id]]
    stands = surrogate("EMAIL_ADDRESS", MAIL, KEY.encode())
    assert code == 0
    assert f"at {stands} or call {PHONE} before noon; the server answers at ******* and" in contact
    assert "go to <IBAN_CODE>." in contact
    assert (line["counts"]["failed"], line["counts"]["dropped"], len(changed)) == (0, 0, 2)


def test_a_document_with_too_many_findings_goes_and_is_told_apart_from_failures(cli, spark, copied):
    before = clean(spark, copied)
    few = "--set=recipe.pii.drop_beyond={CREDIT_CARD: 0}"

    code, line = cli("redact-pii", *places(copied), *RECIPE, few)

    [gone] = before.keys() - clean(spark, copied).keys()
    spans = spark.read.format("delta").load(f"{copied}/warehouse/pii_spans")
    found = {(row.kind, row.action) for row in spans.where(f"doc_id = '{gone}'").collect()}
    assert "<CREDIT_CARD>" in before[gone]
    assert found == {("CREDIT_CARD", "drop"), ("EMAIL_ADDRESS", "drop")}
    assert (code, line["counts"]["failed"], line["counts"]["dropped"]) == (0, 0, 1)


def test_rules_for_a_source_that_no_document_is_of_are_told(copied, capsys):
    rules = "--set=recipe.pii.sources={nosuch: {threshold: 0.5}}"

    assert main(["redact-pii", *places(copied), *RECIPE, rules]) == 0

    told = [line for line in capsys.readouterr().err.splitlines() if "no document" in line]
    assert len(told) == 1
    assert "recipe.pii.sources.nosuch: no document is of this source" in told[0]


@pytest.mark.parametrize("key", [[], ["--set=recipe.pii.key=env:NO_SUCH_KEY"]])
def test_surrogates_without_their_key_are_refused_at_the_door(cli, copied, key):
    code, line = cli("redact-pii", *places(copied), *RECIPE, SETTLED[0], *key)

    assert (code, line["status"]) == (2, "refused")
    assert line["message"].startswith("recipe.pii.key: ")


BODY = {
    "EMAIL_ADDRESS": "canary.body@plantedbird.org",
    "PHONE_NUMBER": "+49 30 901820 77",
    "CREDIT_CARD": "4012 8888 8888 1881",
    "IBAN_CODE": "GB33BUKB20201555555555",
    "IP_ADDRESS": "81.2.69.142",
    "US_SSN": "536-90-4399",
}
ELSEWHERE = [
    "canary.url@plantedbird.org",
    "canary.title@plantedbird.org",
    "canary.file@plantedbird",
]
KEPT = "--set=recipe.selection.keep_all=true"
RAW = ("raw_documents", "documents")


@pytest.fixture
def planted(tmp_path):
    """The golden corpus with one more document that has canaries wherever one can stand."""
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    base = next(row["text"] for row in rows if row["id"] == "contact").split("\n\n")[0]
    told = "; ".join(f"and {value} too" for value in BODY.values())
    url, title, name = ELSEWHERE
    row = {"id": "planted", "text": f"{base} The clerk wrote down {told}.", "title": title}
    row["url"] = f"https://example.com/{url}"
    file = tmp_path / f"{name}.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in [*rows, row]), "utf-8")
    return file


@pytest.mark.slow
def test_no_canary_is_found_in_anything_that_was_written_but_the_raw_tables(
    spark, tmp_path, planted
):
    settings = tmp_path / "settings"
    settings.mkdir()
    events = f"spark.eventLog.enabled true\nspark.eventLog.dir file:{settings}\n"
    (settings / "spark-defaults.conf").write_text(events, "utf-8")
    folder = tmp_path / "mill"
    command = [sys.executable, "-m", "corpusmill", "run", *places(folder), *RECIPE, KEPT]

    done = subprocess.run(
        [*command, "--input", str(planted), "--master", "local[2]"],
        capture_output=True,
        text=True,
        env={**os.environ, "SPARK_CONF_DIR": str(settings)},
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    canaries = [*BODY.values(), *ELSEWHERE]
    written = {"stdout": done.stdout, "stderr": done.stderr}
    for path in [*folder.rglob("*"), *settings.rglob("*")]:
        if path.is_file() and path.suffix not in (".parquet", ".crc"):
            written[str(path)] = path.read_bytes().decode("utf-8", "replace")
    for table in set(TABLES) - set(RAW):
        rows = spark.read.format("delta").load(f"{folder}/warehouse/{table}").collect()
        written[table] = repr(rows)
    found = {(place, one) for place, text in written.items() for one in canaries if one in text}
    found.discard(("quarantine", ELSEWHERE[2]))  # it names files: that is its purpose
    assert found == set()
    assert any("events" in name or "local-" in name for name in written)
    [text] = [text for text in clean(spark, folder).values() if "The clerk wrote down" in text]
    assert all(f"<{kind}>" in text for kind in BODY)
