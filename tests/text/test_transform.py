"""Raw documents to documents, one for one."""

import hashlib

from corpusmill.contracts import contract
from corpusmill.text.normalise import NormaliseRules, SourceRules
from corpusmill.text.transform import changes_by_kind, normalise_documents, without_documents

RAW = (
    "doc_id string, source string, content_digest string, created string, content string, "
    "url string"
)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def raw(contents):
    return [
        (f"{n:032x}", source, sha(content), None if n % 2 else "2001-02-03T04:05:06Z", content, "u")
        for n, (source, content) in enumerate(contents)
    ]


def test_each_raw_document_becomes_one_document_with_the_digest_of_its_stored_text(dealt):
    contents = {  # content -> stored text and changes
        "plain": ("plain", {}),
        "one\r\ntwo \rthree\n": ("one\ntwo\nthree", {"newline": 2, "white_space": 2}),
        "cafe\u0301 \U0001f600 schÃ¶n": ("café \U0001f600 schön", {"composed": 1, "mojibake": 1}),
        "\ufeff\x00a": ("a", {"byte_order_mark": 1, "control": 1}),
        "\x00": ("", {"control": 1}),
    }
    rows = raw([("web", content) for content in contents])

    found = normalise_documents(dealt(rows, RAW), NormaliseRules())

    assert found.columns == contract("documents").column_names
    expected = []
    for doc_id, source, digest, _, content, _ in rows:
        text, changes = contents[content]
        expected.append((doc_id, source, digest, sha(text), len(text), changes, text))
    assert sorted(map(tuple, found.collect()), key=lambda row: row[0]) == expected


def test_every_source_has_its_own_rules(dealt):
    sources = {"web": SourceRules(markup=("html",)), "code": SourceRules(whitespace="keep")}
    rows = raw([(source, "<p>a</p> \n") for source in ("web", "code", "news")])

    found = normalise_documents(dealt(rows, RAW), NormaliseRules(sources=sources))

    texts = {row.source: row.text for row in found.collect()}
    assert texts == {"web": "a", "code": "<p>a</p> \n", "news": "<p>a</p>"}


def test_no_documents_in_none_out(dealt):
    found = normalise_documents(dealt([], RAW), NormaliseRules())

    assert found.columns == contract("documents").column_names
    assert found.collect() == []


def test_equal_stored_texts_have_equal_digests_whatever_their_contents(dealt):
    rows = raw([("web", content) for content in ("é", "e\u0301", "e", "é\n")])

    found = normalise_documents(dealt(rows, RAW), NormaliseRules()).collect()

    digests = {row.doc_id: row.text_digest for row in found}
    assert digests[f"{0:032x}"] == digests[f"{1:032x}"] == digests[f"{3:032x}"] == sha("é")
    assert digests[f"{2:032x}"] == sha("e")
    assert len({row.content_digest for row in found}) == 4


def test_changes_are_summed_by_kind(dealt):
    rows = raw([("web", content) for content in ("a\r\nb\r\n", "c\r\nd", "plain", "\x00")])

    found = changes_by_kind(normalise_documents(dealt(rows, RAW), NormaliseRules()))

    assert dict(map(tuple, found.collect())) == {"newline": 3, "white_space": 1, "control": 1}


def test_rules_of_a_source_without_documents_are_named(dealt):
    rules = NormaliseRules(sources={name: SourceRules() for name in ("webb", "news", "cod")})

    found = normalise_documents(dealt(raw([("web", "a"), ("news", "b")]), RAW), rules)

    assert without_documents(found, rules.sources) == ["cod", "webb"]
    assert without_documents(found, {}) == []
