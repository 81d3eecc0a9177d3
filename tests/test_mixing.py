"""What the mix of documents is planned from."""

from __future__ import annotations

import pytest

from corpusmill.mixing import _check_kept
from corpusmill.refusal import Refused
from corpusmill.warehouse import Snapshot


def test_tokens_of_documents_that_selection_lets_go_by_now_are_refused(dealt):
    documents = [("a", "1", True), ("b", "2", False), ("c", "4", True)]
    decided = dealt(documents, "doc_id string, text_digest string, kept boolean")
    tokens = dealt([("a", "1"), ("b", "2"), ("c", "3")], "doc_id string, text_digest string")
    selection = Snapshot("selection", 5, decided, str)

    said = "tokens has 2 documents that version 5 of selection does not keep; run redact-pii and"
    with pytest.raises(Refused, match=said):
        _check_kept(Snapshot("tokens", 3, tokens, str), selection)
    _check_kept(Snapshot("tokens", 2, tokens.where("doc_id = 'a'"), str), selection)
