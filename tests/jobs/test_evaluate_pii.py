"""The job that measures findings on labelled texts: no JVM, a report, and nothing of the texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpusmill import cli
from corpusmill.__main__ import main
from corpusmill.digests import canonical, digest, file_digest
from corpusmill.pii.analyse import Analyser
from corpusmill.pii.spans import AnalysisFailed

pytestmark = pytest.mark.heavy

CANARY = "zanzibar"
TEXT = f"{CANARY} writes from {CANARY}@example.com at 9.1.2.33, or 81.22.0.171"
SPANS = [
    {"type": "MAIL", "start": 21, "end": 41, "value": f"{CANARY}@example.com"},
    {"type": "IP_ADDRESS", "start": 45, "end": 53, "value": "9.1.2.33"},
    {"type": "PERSON", "start": 0, "end": 8, "value": CANARY},
]
ROWS = [
    {"id": "r1", "text": TEXT, "spans": SPANS, "source": "chat", "author": CANARY},
    {"id": "r2", "text": f"{CANARY} 42", "spans": [{"type": "IP_ADDRESS", "start": 9, "end": 11}]},
]


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """``call(*rows, words=[...])``: exit code, JSON line, stdout, stderr. No session is opened."""

    def trip(*_arguments):
        raise AssertionError("a session was asked for")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "open_session", trip)

    def call(*rows, words=("--label", "MAIL=EMAIL_ADDRESS")):
        Path("rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        code = main(["evaluate-pii", "--labelled", "*.jsonl", "--output", "out", *words])
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]), out, err

    return call


def test_figures_stand_in_the_line_the_table_and_the_report(call, tmp_path):
    code, line, _out, err = call(*ROWS)

    assert (code, line["status"], line["tables"]) == (0, "done", {})
    kinds = line["counts"]["kinds"]
    assert kinds["EMAIL_ADDRESS"]["strict"]["f2"] == 1_000_000
    found = kinds["IP_ADDRESS"]["overlap"]
    assert (found["hits"], found["misses"], found["false_alarms"]) == (1, 1, 1)
    assert (kinds["IP_ADDRESS"]["damage"], kinds["IP_ADDRESS"]["leaked"]) == (11, 2)
    assert line["counts"]["left_out"] == {"PERSON": 1}
    assert line["examples"]["missed"] == {"IP_ADDRESS": [{"id": "r2", "start": 9, "end": 11}]}
    assert line["examples"]["false_alarms"] == {
        "IP_ADDRESS": [{"id": "r1", "start": 58, "end": 69}]
    }
    assert len([row for row in err.splitlines() if row.startswith("IP_ADDRESS")]) == 1
    path = Path(line["report"])
    report = json.loads(path.read_text("utf-8"))
    assert path.parent == tmp_path / "out" / "reports"
    assert path.name == f"pii-evaluation-{digest(report)[:16]}.json"
    assert path.read_bytes() == canonical(report)
    assert (report["figures"], report["examples"]) == (line["counts"], line["examples"])
    assert report["files"] == [{"name": "rows.jsonl", "sha256": file_digest(Path("rows.jsonl"))}]
    assert report["rules"]["threshold"] == "0.4"
    assert "presidio-analyzer" in report["engines"]


def test_the_same_evaluation_has_the_same_report(call):
    first, second = call(*ROWS)[1], call(*ROWS)[1]
    other = call(*ROWS, words=("--set", "recipe.pii.threshold=1"))[1]

    assert (first["status"], second["status"], other["status"]) == ("done", "unchanged", "done")
    assert first["report"] == second["report"] != other["report"]


def test_nothing_of_text_or_value_is_told(call):
    _code, line, out, err = call(*ROWS)

    told = [out, err, Path(line["report"]).read_text("utf-8"), line["report"]]
    assert [word for word in (CANARY, "9.1.2.33") if any(word in text for text in told)] == []


def test_a_recipe_that_looks_for_fewer_kinds_is_measured_on_those(call):
    words = ("--set", "recipe.pii.kinds=[EMAIL_ADDRESS]", "--examples", "0")

    _code, line, _out, _err = call(*ROWS, words=words)

    assert list(line["counts"]["kinds"]) == ["EMAIL_ADDRESS", "all"]
    assert line["examples"] == {"missed": {}, "false_alarms": {}, "failed": []}


def test_texts_are_searched_by_the_rules_of_their_source_and_language_and_told_by_them(call):
    rows = [
        {**ROWS[0], "language": "en"},
        {**ROWS[0], "id": "r3", "language": "DE", "source": "mail"},
    ]
    policies = "{de: {kinds: [MAC_ADDRESS]}}"

    _code, line, _out, err = call(
        *rows, words=("--label", "MAIL=EMAIL_ADDRESS", "--set", f"recipe.pii.languages={policies}")
    )

    found = line["counts"]
    assert list(found["kinds"])[-2:] == ["MAC_ADDRESS", "all"]
    assert {name: of["kinds"]["all"]["found"] for name, of in found["languages"].items()} == {
        "de": 0,
        "en": 3,
    }
    assert {name: of["texts"] for name, of in found["sources"].items()} == {"chat": 1, "mail": 1}
    heads = [row.split()[0] for row in err.splitlines() if row.strip()]
    assert heads[heads.index("languages") :][:6] == [
        *("languages", "de", "en"),
        *("sources", "chat", "mail"),
    ]


def test_a_text_that_cannot_be_analysed_is_counted_apart(call, monkeypatch):
    def broken(_analyser, _text):
        raise AnalysisFailed("Fragile")

    monkeypatch.setattr(Analyser, "find_spans", broken)

    code, line, out, err = call(*ROWS)

    assert (code, line["counts"]["texts"], line["counts"]["failed"]) == (0, 0, 2)
    assert line["examples"]["failed"] == ["r1", "r2"]
    assert line["counts"]["kinds"]["all"]["damage_per_million"] is None
    assert "failed on 2" in err
    assert CANARY not in out + err


BAD = {**ROWS[0], "spans": [{**SPANS[0], "value": f"{CANARY}!"}]}


@pytest.mark.parametrize(
    ("rows", "words", "told"),
    [
        ([ROWS[0], BAD], (), ["rows.jsonl: line 2: spans[0].value"]),
        ([], (), ["--labelled *.jsonl", "holds no text"]),
        (ROWS, ("--labelled", "absent"), ["--labelled absent", "matches no file"]),
        (ROWS, ("--label", "MAIL"), ["--label MAIL", "TYPE=KIND"]),
        (ROWS, ("--label", "MAIL=PERSON"), ["--label MAIL=PERSON", "EMAIL_ADDRESS"]),
        (
            ROWS,
            ("--label", "A=IP_ADDRESS", "--label", "A=EMAIL_ADDRESS"),
            ["A is IP_ADDRESS already"],
        ),
        (ROWS, ("--examples", "many"), ["--examples", "0 to 999"]),
    ],
)
def test_what_cannot_be_measured_is_refused_and_nothing_written(call, tmp_path, rows, words, told):
    code, line, out, err = call(*rows, words=words)

    assert (code, line["status"]) == (2, "refused")
    assert [word for word in told if word not in line["message"]] == []
    assert CANARY not in out + err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
