"""Documents to findings, findings to edits, edits to clean documents: all written out by hand."""

import hashlib

import pyarrow as pa
import pytest
import spacy

from corpusmill.contracts import contract
from corpusmill.pii.analyse import Analyser
from corpusmill.pii.rules import PiiPolicy, PiiRules
from corpusmill.pii.settle import settled
from corpusmill.pii.surrogates import surrogate
from corpusmill.pii.tally import Tally
from corpusmill.pii.transform import (
    _cleaning_kernel,
    _finding_kernel,
    by_step,
    clean_documents,
    dropped,
    edits_of,
    find_pii,
    precedence,
    surrogate_edits,
    tallies,
    with_edits,
    with_surrogates,
)

DOCUMENT = "doc_id string, text_digest string, source string, language string, text string"
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
COLUMNS = ("doc_id", "text_digest", "source", "language", "text")
pytestmark = pytest.mark.heavy

RULES = PiiRules(kinds=("EMAIL_ADDRESS", "IP_ADDRESS"))

# text -> (kind, where in the text) of everything in it
TEXTS = {
    "write to jo@example.org": [("EMAIL_ADDRESS", 9, 23)],
    "\U0001f600\U0001f600 é jo@example.org": [("EMAIL_ADDRESS", 5, 19)],
    "9.11.12.13 and\nann@example.com": [("IP_ADDRESS", 0, 10), ("EMAIL_ADDRESS", 15, 30)],
    "nothing to see, user@localhost": [],
    "": [],
}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def documents(texts):
    return [(f"{n:032x}", sha(text), "web", "en", text) for n, text in enumerate(texts)]


def test_findings_have_their_kind_and_place_in_code_points(dealt):
    rows = documents(list(TEXTS) * 2)

    found = find_pii(dealt(rows, DOCUMENT), RULES)

    expected = [
        (doc_id, digest, *where, "placeholder")
        for doc_id, digest, _, _, text in rows
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
        ("one", "d1", "US_SSN", 30, 34, "UsSsnRecognizer", 600_000, "mask"),
        ("one", "d1", "IP_ADDRESS", 40, 47, "IpRecognizer", 600_000, "keep"),
        ("two", "d2", "DOCUMENT", 0, 99, "IpRecognizer", 0, "drop"),
    ]

    found = edits_of(dealt(spans, SPAN))

    assert [tuple(row) for row in dropped(dealt(spans, SPAN)).collect()] == [("two", "d2", True)]
    assert found.columns == contract("edits").column_names
    assert sorted(map(tuple, found.collect())) == [
        ("one", "d1", "pii", 0, 7, "<IP_ADDRESS>"),
        ("one", "d1", "pii", 9, 23, "<EMAIL_ADDRESS>"),
        ("one", "d1", "pii", 30, 34, "****"),
    ]


def test_findings_are_counted_by_kind_and_action_and_failures_by_recogniser(dealt):
    spans = [
        ("two", "d2", "EMAIL_ADDRESS", 9, 23, "EmailRecognizer", 1_000_000, "placeholder"),
        ("one", "d1", "EMAIL_ADDRESS", 9, 23, "EmailRecognizer", 1_000_000, "placeholder"),
        ("one", "d1", "EMAIL_ADDRESS", 30, 34, "Another", 1_000_000, "keep"),
        ("six", "d6", "DOCUMENT", 0, 99, "IpRecognizer", 0, "drop"),
        ("ten", "dx", "DOCUMENT", 0, 99, "IpRecognizer", 0, "drop"),
        ("few", "d0", "DOCUMENT", 0, 99, "Gate", 0, "drop"),
    ]

    found = {Tally(*row) for row in tallies(dealt(spans, SPAN)).collect()}

    assert found == {
        Tally("EMAIL_ADDRESS", "placeholder", None, 2, "one"),
        Tally("EMAIL_ADDRESS", "keep", None, 1, "one"),
        Tally("DOCUMENT", "drop", "IpRecognizer", 2, "six"),
        Tally("DOCUMENT", "drop", "Gate", 1, "few"),
    }


def test_edits_are_counted_by_step(dealt):
    edits = [
        ("one", "d1", "pii", 30, 31, "<C>"),
        ("two", "d1", "pii", 4, 9, "<A>"),
        ("three", "d3", "lines", 1, 2, ""),
    ]

    assert [tuple(row) for row in by_step(dealt(edits, EDIT)).collect()] == [
        ("lines", 1, 1),
        ("pii", 2, 6),
    ]


def test_surrogates_are_made_of_the_values_where_they_stand(dealt):
    key, rules = b"sixteen bytes or more", PiiRules(actions={"EMAIL_ADDRESS": "surrogate"})
    rows = documents(["\U0001f600 jo@x.org, 8.8.8.8", "none", "ann@y.org and JO@x.org", "1.1.1.1"])
    frame = dealt(rows, DOCUMENT)
    spans = find_pii(frame, rules)

    lists = with_surrogates(spans)
    surrogates = surrogate_edits(frame.join(lists, ["doc_id", "text_digest"]), key)
    found = edits_of(spans).unionByName(surrogates)

    assert lists.columns == ["doc_id", "text_digest", "spans"]
    jo, ann = (surrogate("EMAIL_ADDRESS", value, key) for value in ("jo@x.org", "ann@y.org"))
    said = [tuple(row)[:1] + tuple(row)[3:] for row in found.collect()]
    assert found.columns == contract("edits").column_names
    assert sorted(said) == [
        (f"{0:032x}", 2, 10, jo),
        (f"{0:032x}", 12, 19, "<IP_ADDRESS>"),
        (f"{2:032x}", 0, 9, ann),
        (f"{2:032x}", 14, 22, jo),
        (f"{3:032x}", 0, 7, "<IP_ADDRESS>"),
    ]


def test_sources_and_languages_have_their_own_rules(dealt):
    rules = PiiRules(
        actions={"EMAIL_ADDRESS": "mask"},
        languages={"de": PiiPolicy(kinds=("IP_ADDRESS",))},
        sources={"books": PiiPolicy(drop_beyond={"EMAIL_ADDRESS": 1}, allow=("@x.org",))},
    )
    text = "jo@x.org, ann@y.org, 8.8.8.8"
    places = [("web", "en"), ("web", "de"), ("books", "en"), ("books", "de")]
    rows = [(f"{n:032x}", sha(text), *place, text) for n, place in enumerate(places)]
    rows.append((f"{9:032x}", "d", "books", "en", f"{text} joe@y.org"))

    found = find_pii(dealt(rows, DOCUMENT), rules)

    actions = {}
    for row in sorted(found.collect(), key=lambda row: (row.doc_id, row.start)):
        actions.setdefault(int(row.doc_id, 16), []).append(row.action)
    assert actions == {
        0: ["mask", "mask", "placeholder"],
        1: ["placeholder"],
        2: ["keep", "mask", "placeholder"],
        3: ["placeholder"],
        9: ["keep", "drop", "drop", "drop"],
    }
    assert [tuple(row) for row in dropped(found).collect()] == [(f"{9:032x}", "d", False)]


def test_names_are_found_by_the_model_that_the_settled_rules_name(dealt, tmp_path):
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler", name="ner").add_patterns(
        [{"label": "PERSON", "pattern": "Ada"}]
    )
    pipeline.to_disk(tmp_path)
    policy = PiiPolicy(kinds=("PERSON",))
    rules = settled(PiiRules(kinds=(), model=str(tmp_path), languages={"en": policy}))
    places = [("web", "en"), ("web", "de")] * 3
    rows = [(f"{n:032x}", "d", *place, "by Ada") for n, place in enumerate(places)]

    found = find_pii(dealt(rows, DOCUMENT), rules)

    said = sorted((int(row.doc_id, 16), row.kind, row.start, row.end) for row in found.collect())
    assert said == [(n, "PERSON", 3, 6) for n in (0, 2, 4)]


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
    rows = [dict(zip(("step", "start", "end", "replacement"), e[2:], strict=True)) for e in edits]
    ones = sorted(
        [row for row, e in zip(rows, edits, strict=True) if e[0] == "one"], key=precedence
    )
    assert [tuple(row.values()) for row in ones] == lists["one"]


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


@pytest.mark.parametrize("cut", [(0, 4), (1, 3), (1, 2), (0, 0)])
def test_texts_without_edits_pass_as_they_are_wherever_a_batch_is_cut(cut):
    texts = ["to jo@x.org!", "\U0001f600 as it was", "", "é"]
    edits = [[(3, 11, "pii", "<E>")], None, None, [(0, 1, "pii", "<X>"), (0, 1, "lines", "")]]
    keys = ("start", "end", "step", "replacement")
    rows = [
        {
            **dict.fromkeys(("doc_id", "source", "language", "text_digest"), str(n)),
            "text": text,
            "edits": own and [dict(zip(keys, edit, strict=True)) for edit in own],
        }
        for n, (text, own) in enumerate(zip(texts, edits, strict=True))
    ]
    edit = pa.struct([("start", pa.int64()), ("end", pa.int64()), ("step", pa.string())])
    edit = pa.struct([*edit, ("replacement", pa.string())])
    names = ("doc_id", "source", "language", "text_digest", "text")
    schema = pa.schema([*((name, pa.string()) for name in names), ("edits", pa.list_(edit))])
    batch = pa.RecordBatch.from_pylist(rows, schema=schema).slice(cut[0], cut[1] - cut[0])

    [clean] = _cleaning_kernel()(batch)

    expected = ["to <E>!", "\U0001f600 as it was", "", "<X>"]
    assert clean.column("text").to_pylist() == expected[slice(*cut)]
    assert clean.schema.names == contract("clean_documents").column_names


def test_from_document_to_clean_document(dealt):
    rows = documents(TEXTS)

    spans = find_pii(dealt(rows, DOCUMENT), RULES)
    frame = dealt(rows, DOCUMENT)
    edited = with_edits(frame, edits_of(spans))

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

    def break_down(analyser, detector, text, windows):
        if detector.name == broken and "poison" in text:
            raise ValueError(f"cannot read {text}")
        return detect(analyser, detector, text, windows)

    monkeypatch.setattr(Analyser, "_detect", break_down)
    texts = ["jo@example.org", "poison jo@example.org 9.11.12.13", "9.11.12.13"]
    batch = pa.RecordBatch.from_pylist(
        [dict(zip(COLUMNS, row, strict=True)) for row in documents(texts)]
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
