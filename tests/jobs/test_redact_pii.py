"""What the job does with findings, and that nothing it hides can be read anywhere it wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from golden_corpus import CORPUS, RECIPE, places

from corpusmill.__main__ import main
from corpusmill.contracts import TABLES
from corpusmill.pii.surrogates import surrogate

KEY = "sixteen bytes or more"
MAIL, PHONE, ADDRESS = "office@village-school.example.com", "212-555-0187", "8.8.4.4"
KEPT = "--set=recipe.selection.keep_all=true"
UPSTREAM = (
    *("normalise-documents", "identify-language", "score-quality", "dedup-minhash"),
    *("dedup-exact", "cluster-duplicates", "select-documents"),
)
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


def test_documents_whose_analysis_failed_stop_the_job_each_time_it_runs(cli, copied):
    little = ["--set=recipe.pii.work_limit=20"]

    ends = [cli("redact-pii", *places(copied), *RECIPE, *little) for _ in range(2)]
    more = "--set=runtime.guards.pii_failed_share=1"
    code, line = cli("redact-pii", *places(copied), *RECIPE, *little, more)

    assert [each for each, _ in ends] == [3, 3]
    assert ends[0][1]["message"] == ends[1][1]["message"]
    assert re.fullmatch(
        r"runtime\.guards\.pii_failed_share: analysis failed on \d+ of \d+ documents, more than "
        r"0\.01: (\w+ on \d+, one is [0-9a-f]{32}(; |$))+",
        ends[0][1]["message"],
    )
    assert "EmailRecognizer on " in ends[0][1]["message"]
    assert (code, line["counts"]["failed"]) == (0, line["counts"]["dropped"])
    assert line["counts"]["failed"] > 0


@pytest.mark.slow
def test_a_delivery_whose_analysis_failed_stops_the_job_however_large_the_corpus_is(
    cli, spark, copied, tmp_path
):
    rules = [*RECIPE, KEPT, "--set=recipe.pii.work_limit=1000"]
    rules.append("--set=runtime.guards.pii_failed_share=0.4")
    rules.append("--set=recipe.dedup.passages.repeats=lines")
    for job in UPSTREAM[1:]:
        assert cli(job, *places(copied), *rules)[0] == 0
    assert cli("redact-pii", *places(copied), *rules)[0] == 0
    before = clean(spark, copied)
    delivery = tmp_path / "delivery.jsonl"
    again = "A line that stands here twice.\n" * 2
    texts = [f"{again}{'jo@x.org 8.8.8.8 ' * 200}", f"{again}And so on, without end."]
    rows = [{"id": f"new-{n}", "text": text} for n, text in enumerate(texts)]
    delivery.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert cli("ingest-documents", *places(copied), *rules, "--input", str(delivery))[0] == 0
    for job in UPSTREAM:
        assert cli(job, *places(copied), *rules)[0] == 0

    ends = [cli("redact-pii", *places(copied), *rules) for _ in range(2)]
    more = "--set=runtime.guards.pii_failed_share=0.5"
    code, line = cli("redact-pii", *places(copied), *rules, more)

    assert [each for each, _ in ends] == [3, 3]
    assert all("analysis failed on 1 of 2 documents" in line["message"] for _, line in ends)
    counts = line["counts"]
    assert (code, counts["computed"], counts["failed"], counts["dropped"]) == (0, 2, 1, 1)
    after = clean(spark, copied)
    [new] = after.keys() - before.keys()
    assert after[new] == "A line that stands here twice.\nAnd so on, without end."
    edits = spark.read.format("delta").load(f"{copied}/warehouse/edits").collect()
    assert new in {row.doc_id for row in edits}
    assert {row.doc_id for row in edits} <= after.keys()  # none of the one that was dropped


def test_findings_and_edits_are_counted_as_the_tables_have_them(cli, spark, copied):
    rules = [*RECIPE, "--set=recipe.pii.drop_beyond={CREDIT_CARD: 0}"]
    rules.append("--set=recipe.dedup.passages.repeats=lines")

    code, line = cli("redact-pii", *places(copied), *rules)

    tables = {
        name: spark.read.format("delta").load(f"{copied}/warehouse/{name}").collect()
        for name in ("pii_spans", "edits", "clean_documents")
    }
    stay = {row.doc_id for row in tables["clean_documents"]}
    steps = Counter(row.step for row in tables["edits"])
    findings = Counter((row.kind, row.action) for row in tables["pii_spans"])
    told = line["counts"]["findings"]
    assert code == 0
    assert line["counts"]["dropped"] == 1
    assert {row.doc_id for row in tables["edits"]} <= stay
    assert {step: each["edits"] for step, each in line["counts"]["edits"].items()} == steps
    assert {(kind, act): n for kind, own in told.items() for act, n in own.items()} == findings


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


@pytest.fixture
def apart(tmp_path):
    """``apart("run", ...)``: the command line in a process of its own, with Spark's event log.

    What it ended with, and all that it wrote by name: streams, logs, events and files of a folder.
    """
    settings = tmp_path / "settings"
    (settings / "events").mkdir(parents=True)
    told = {"enabled": "true", "dir": f"file:{settings}/events", "compress": "false"}
    lines = [f"spark.eventLog.{key} {value}\n" for key, value in told.items()]
    (settings / "spark-defaults.conf").write_text("".join(lines), "utf-8")

    def call(folder, *words, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "corpusmill", *words, *places(folder), "--master", "local[2]"],
            capture_output=True,
            text=True,
            env={**os.environ, "SPARK_CONF_DIR": str(settings), **environment},
            check=False,
        )
        written = {"stdout": done.stdout, "stderr": done.stderr}
        for path in [*folder.rglob("*"), *settings.rglob("*")]:
            if path.is_file() and path.suffix not in (".parquet", ".crc"):
                written[str(path)] = path.read_bytes().decode("utf-8", "replace")
        events = "".join(text for name, text in written.items() if "/events/" in name)
        assert "MapInArrow" in events  # plans can be read there, so values could
        return done, written

    return call


def rows_written(spark, folder):
    """The rows of all tables but the raw ones, as text."""
    tables = sorted(set(TABLES) - set(RAW))
    frames = {
        name: spark.read.format("delta").load(f"{folder}/warehouse/{name}") for name in tables
    }
    return {name: repr(frame.collect()) for name, frame in frames.items()}


def found_in(written, canaries):
    return {(place, one) for place, text in written.items() for one in canaries if one in text}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "code"), [((), 0), (("--set=recipe.pii.work_limit=20",), 3)], ids=["done", "stopped"]
)
def test_no_value_is_found_in_what_a_redaction_wrote_or_said_when_it_was_stopped(
    spark, copied, apart, more, code
):
    allowed = "--set=recipe.pii.allow=[nobody@planted.example]"
    canaries = [MAIL, PHONE, ADDRESS, "nobody@planted.example"]

    done, written = apart(copied, "redact-pii", *RECIPE, allowed, *more)

    assert done.returncode == code, done.stderr[-2000:]
    assert found_in({**written, **rows_written(spark, copied)}, canaries) == set()


BROKEN = """
import corpusmill.pii.transform as transform

def broken(text, edits):
    raise ValueError(f"cannot edit {text}")

transform.apply_edits = broken
"""


@pytest.mark.slow
def test_no_value_is_found_in_what_a_redaction_that_broke_down_wrote(
    spark, copied, apart, tmp_path
):
    (tmp_path / "breaking").mkdir()
    (tmp_path / "breaking" / "sitecustomize.py").write_text(BROKEN, "utf-8")
    words = ["redact-pii", *RECIPE, "--set=recipe.pii.threshold=0.5", "--verbose"]

    done, written = apart(copied, *words, PYTHONPATH=str(tmp_path / "breaking"))

    assert done.returncode == 1
    assert "ValueError in broken" in json.loads(done.stdout.splitlines()[-1])["message"]
    assert found_in({**written, **rows_written(spark, copied)}, [MAIL, PHONE, ADDRESS]) == set()


@pytest.mark.slow
def test_no_canary_is_found_in_anything_that_was_written_but_the_raw_tables(
    spark, tmp_path, planted, apart
):
    folder = tmp_path / "mill"

    done, written = apart(folder, "run", *RECIPE, KEPT, "--input", str(planted))

    assert done.returncode == 0, done.stderr[-2000:]
    canaries = [*BODY.values(), *ELSEWHERE]
    found = found_in({**written, **rows_written(spark, folder)}, canaries)
    found.discard(("quarantine", ELSEWHERE[2]))  # it names files: that is its purpose
    assert found == set()
    [text] = [text for text in clean(spark, folder).values() if "The clerk wrote down" in text]
    assert all(f"<{kind}>" in text for kind in BODY)
