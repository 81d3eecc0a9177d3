"""Raw documents to documents, one for one."""

import hashlib

from corpusmill.contracts import contract
from corpusmill.text.normalise import NormaliseRules
from corpusmill.text.transform import normalise_documents

RAW = (
    "doc_id string, source string, content_digest string, created string, content string, "
    "url string"
)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_each_raw_document_becomes_one_document_with_the_digest_of_its_stored_text(dealt):
    texts = {  # content -> stored text
        "plain": "plain",
        "one\r\ntwo\rthree": "one\ntwo\nthree",
        "cafe\u0301 \U0001f600": "café \U0001f600",
        "\ufeff\x00a": "a",
        "\x00": "",
    }
    rows = [
        (f"{n:032x}", "web", sha(content), None if n % 2 else "2001-02-03T04:05:06Z", content, "u")
        for n, content in enumerate(texts)
    ]

    found = normalise_documents(dealt(rows, RAW), NormaliseRules())

    assert found.columns == contract("documents").column_names
    expected = [
        (doc_id, source, digest, sha(texts[content]), len(texts[content]), texts[content])
        for doc_id, source, digest, _, content, _ in rows
    ]
    assert sorted(map(tuple, found.collect()), key=lambda row: row[0]) == expected


def test_no_documents_in_none_out(dealt):
    found = normalise_documents(dealt([], RAW), NormaliseRules())

    assert found.columns == contract("documents").column_names
    assert found.collect() == []


def test_equal_stored_texts_have_equal_digests_whatever_their_contents(dealt):
    rows = [
        (f"{n:032x}", "web", sha(c), None, c, None) for n, c in enumerate(["é", "e\u0301", "e"])
    ]

    found = normalise_documents(dealt(rows, RAW), NormaliseRules()).collect()

    digests = {row.doc_id: row.text_digest for row in found}
    assert digests[f"{0:032x}"] == digests[f"{1:032x}"] != digests[f"{2:032x}"]
    assert len({row.content_digest for row in found}) == 3
