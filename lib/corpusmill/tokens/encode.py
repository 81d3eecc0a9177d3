"""A tokenizer, loaded once a process, and the ids it gives to texts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

from tokenizers import Tokenizer

from corpusmill.artefacts import Artefact
from corpusmill.refusal import Refused


@lru_cache(maxsize=8)
def end_of_document(tokenizer: Artefact, token: str) -> tuple[int, int]:
    """Id of the end-of-document token and size of the vocabulary.

    Raises ``Refused`` for a file that is no tokenizer, or one without the token.
    """
    try:
        loaded = Tokenizer.from_file(str(tokenizer.path))
    except Exception:  # the library raises bare exceptions
        raise Refused(f"recipe.tokenizer.path: {tokenizer.path} is no tokenizer.json") from None
    found = loaded.token_to_id(token)
    if found is None:
        raise Refused(f"recipe.tokenizer.eos: {tokenizer.path.name} has no token {token!r}")
    return int(found), int(loaded.get_vocab_size())


@lru_cache(maxsize=2)
def load_tokenizer(tokenizer: Artefact) -> Tokenizer:
    """The tokenizer in a file, on one thread: Spark has the cores. Raises ``WrongArtefact``."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    loaded = Tokenizer.from_file(tokenizer.checked())
    loaded.encode_special_tokens = True  # a text that spells out a special token is only text
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Ids of each text. No special tokens are added: sequences get their ends when packed."""
    encoded = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return [encoding.ids for encoding in encoded]
