"""Documents to findings, findings to edits, edits to clean documents: all written out by hand."""

import hashlib

import pyarrow as pa
import pytest

from corpusmill.contracts import contract
from corpusmill.pii.analyse import Analyser
from corpusmill.pii.rules import PiiRules
from corpusmill.pii.transform import (
    _finding_kernel,
    clean_documents,
    edits_of,
    find_pii,
    with_edits,
)

DOCUMENT = "doc_id string, text_digest string, text string"
EDITED = (
    "doc_id string, source string, language string, text_digest string, text string, "
    "edits array<struct<start:bigint,end:bigint,step:string,replacement:string>>"
)
SPAN = (
    "doc_id string, text_digest string, kind string, start bigint, end bigint, "
    "recogniser string, score int, action string"
)
EDIT = (
    "doc_id string, text_digest string, step string, start bigint, end bigint, replacement string"
)
pytestmark = pytest.mark.heavy

RULES = PiiRules(kinds=("EMAIL_ADDRESS", "IP_ADDRESS"))

# text -> (kind, where in the text) of everything in it
TEXTS = {
    "write to jo@example.org": [("EMAIL_ADDRESS", 9, 23)],
    "\U0001f600\U0001f600 é jo@example.org": [("EMAIL_ADDRESS", 5, 19)],
    "10.11.12.13 and\nann@example.com": [("IP_ADDRESS", 0, 11), ("EMAIL_ADDRESS", 16, 31)],
    "nothing to see, user@localhost": [],
    "": [],
}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def documents(texts):
    return [(f"{n:032x}", sha(text), text) for n, text in enumerate(texts)]


def test_findings_have_their_kind_and_place_in_code_points(dealt):
    rows = documents(list(TEXTS) * 2)

    found = find_pii(dealt(rows, DOCUMENT), RULES)

    expected = [
        (doc_id, digest, *where, "placeholder")
        for doc_id, digest, text in rows
        for where in TEXTS[text]
    ]
    assert found.columns == contract("pii_spans").column_names
    said = found.select("doc_id", "text_digest", "kind", "start", "end", "action").collect()
    assert sorted(map(tuple, said)) == sorted(expected)
    assert all(400_000 <= row.score <= 1_000_000 and row.recogniser for row in found.collect())


def test_what_is_placed_becomes_an_edit_to_its_kind_and_what_is_dropped_none(dealt):
    spans = [
        ("one", "d1", "EMAIL_ADDRESS", 9, 23, "EmailRecognizer", 1_000_000, "placeholder"),
        ("one", "d1", "IP_ADDRESS", 0, 7, "IpRecognizer", 600_000, "placeholder"),
        ("two", "d2", "DOCUMENT", 0, 99, "IpRecognizer", 0, "drop"),
    ]

    found = edits_of(dealt(spans, SPAN))

    assert found.columns == contract("edits").column_names
    assert sorted(map(tuple, found.collect())) == [
        ("one", "d1", "pii", 0, 7, "<IP_ADDRESS>"),
        ("one", "d1", "pii", 9, 23, "<EMAIL_ADDRESS>"),
    ]


def test_each_document_gets_its_own_edits_by_step_and_place(dealt):
    ids = [("one", "d1", "en"), ("two", "d2", "de"), ("three", "d3", "en")]
    edits = [
        ("one", "d1", "pii", 30, 31, "<C>"),
        ("one", "d1", "pii", 4, 9, "<A>"),
        ("three", "d3", "pii", 1, 2, "<D>"),
        ("one", "d1", "pii", 12, 20, "<B>"),
        ("one", "d1", "lines", 14, 40, ""),
        ("one", "d1", "repeats", 3, 5, ""),
        ("one", "d1", "frequent", 2, 8, ""),
        ("gone", "d4", "pii", 1, 2, "<E>"),
    ]

    found = with_edits(
        dealt(ids, "doc_id string, text_digest string, language string"), dealt(edits, EDIT)
    )

    assert found.columns == ["doc_id", "text_digest", "language", "edits"]
    lists = {
        row.doc_id: row.edits and [tuple(edit) for edit in row.edits] for row in found.collect()
    }
    assert lists == {
        "one": [
            ("lines", 14, 40, ""),
            ("repeats", 3, 5, ""),
            ("frequent", 2, 8, ""),
            ("pii", 4, 9, "<A>"),
            ("pii", 12, 20, "<B>"),
            ("pii", 30, 31, "<C>"),
        ],
        "two": None,
        "three": [("pii", 1, 2, "<D>")],
    }


def test_clean_text_has_its_edits_applied_once(dealt):
    rows = [
        (
            "a",
            "web",
            "en",
            "d",
            "to jo@x.org, or 1.2.3.4!",
            [(3, 11, "pii", "<E>"), (16, 23, "pii", "<IP>")],
        ),
        ("b", "web", "de", "d", "\U0001f600é secret", [(3, 9, "pii", "<X>")]),
        ("c", "web", "fr", "d", "untouched", None),
        ("e", "web", "en", "d", "", []),
    ]

    found = clean_documents(dealt(rows, EDITED))

    assert found.columns == contract("clean_documents").column_names
    assert sorted(map(tuple, found.collect())) == [
        ("a", "web", "en", "d", "to <E>, or <IP>!"),
        ("b", "web", "de", "d", "\U0001f600é <X>"),
        ("c", "web", "fr", "d", "untouched"),
        ("e", "web", "en", "d", ""),
    ]


def test_from_document_to_clean_document(dealt):
    rows = documents(TEXTS)

    spans = find_pii(dealt(rows, DOCUMENT), RULES)
    edited = with_edits(dealt(rows, DOCUMENT), edits_of(spans)).selectExpr(
        "*", "'web' source", "'en' language"
    )

    assert {row.doc_id: row.text for row in clean_documents(edited).collect()} == {
        f"{0:032x}": "write to <EMAIL_ADDRESS>",
        f"{1:032x}": "\U0001f600\U0001f600 é <EMAIL_ADDRESS>",
        f"{2:032x}": "<IP_ADDRESS> and\n<EMAIL_ADDRESS>",
        f"{3:032x}": "nothing to see, user@localhost",
        f"{4:032x}": "",
    }


@pytest.mark.parametrize("broken", ["EmailRecognizer", "IpRecognizer"])
def test_a_document_that_could_not_be_analysed_is_dropped_whole_and_never_quoted(
    monkeypatch, broken
):
    detect = Analyser._detect

    def break_down(analyser, detector, text):
        if detector.name == broken and "poison" in text:
            raise ValueError(f"cannot read {text}")
        return detect(analyser, detector, text)

    monkeypatch.setattr(Analyser, "_detect", break_down)
    texts = ["jo@example.org", "poison jo@example.org 10.11.12.13", "10.11.12.13"]
    batch = pa.RecordBatch.from_pylist(
        [dict(zip(("doc_id", "text_digest", "text"), row, strict=True)) for row in documents(texts)]
    )

    [rows] = [out.to_pylist() for out in _finding_kernel(RULES)(batch)]

    first, dropped, last = rows
    assert (first["kind"], last["kind"]) == ("EMAIL_ADDRESS", "IP_ADDRESS")
    assert dropped == {
        "doc_id": f"{1:032x}",
        "text_digest": sha(texts[1]),
        "kind": "DOCUMENT",
        "start": 0,
        "end": len(texts[1]),
        "recogniser": broken,
        "score": 0,
        "action": "drop",
    }
