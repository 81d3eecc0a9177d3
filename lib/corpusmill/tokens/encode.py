"""A tokenizer, loaded once a process, and the ids it gives to texts.

The library ``tokenizers`` is the authority. Where a tokenizer can be expressed in ``tiktoken``,
which is several times as fast, a sample of the documents is encoded both ways, and one difference
is an error: the caller then has to encode everything with the authority.
"""

from __future__ import annotations

import os
import string
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from corpusmill.artefacts import Artefact
from corpusmill.batches import KernelFailed
from corpusmill.refusal import Refused
from corpusmill.tokens.cuts import pieces
from corpusmill.tokens.description import Description
from corpusmill.tokens.fast import Fast, express

PIECE = 100_000  # characters; tiktoken's stack ends at a million of white space
_AT_ONCE = 1_000_000  # characters; the authority keeps about 50 bytes for each until it is done
_PROVED = 64  # one of so many documents, and so many documents, are encoded both ways
_DIGITS = 8
_RUNS = (1, 2, 3, 4, 5, 7, 8, 16, 33)

Ids = NDArray[np.int32]


class FastPathDiffers(KernelFailed):
    """The two libraries do not give the same ids; names the document."""


class InvalidId(KernelFailed):
    """A tokenizer gave an id that is not in its vocabulary."""


@lru_cache(maxsize=8)
def check_tokenizer(tokenizer: Artefact, key: str) -> Tokenizer:
    """The tokenizer in a file, which ``key`` names.

    Raises ``Refused`` for one that is none, and one that no corpus should be encoded with.
    """
    try:
        loaded = Tokenizer.from_file(str(tokenizer.path))
    except Exception:  # the library raises bare exceptions
        raise Refused(f"{key}: {tokenizer.path} is no tokenizer.json") from None
    if unfit := Description.of(tokenizer.path).unfit:
        raise Refused(f"{key}: {tokenizer.path} {unfit}")
    return loaded


@lru_cache(maxsize=8)
def end_of_document(tokenizer: Artefact, token: str) -> tuple[int, int]:
    """Id of the end-of-document token, and the number above all ids.

    Raises ``Refused`` as ``check_tokenizer`` does, and for one without the token.
    """
    loaded = check_tokenizer(tokenizer, "recipe.tokenizer.path")
    found = loaded.token_to_id(token)
    if found is None or token not in Description.of(tokenizer.path).specials:
        specials = ", ".join(map(repr, sorted(Description.of(tokenizer.path).specials)[:5]))
        raise Refused(
            f"recipe.tokenizer.eos: {tokenizer.path.name} has no special token {token!r}, and what "
            f"is none could end a document in the middle; special are: {specials or 'no tokens'}"
        )
    return int(found), _above_all(loaded)


def proof_limit(documents: int) -> str:
    """Documents with an id below it are encoded both ways: one of 64, and about 64 of few."""
    part = 16**_DIGITS * _PROVED // max(1, documents)
    part = max(part, 16**_DIGITS // _PROVED)
    return f"{part:0{_DIGITS}x}" if part < 16**_DIGITS else "g"


@lru_cache(maxsize=2)
def load_tokenizer(tokenizer: Artefact) -> Tokenizer:
    """The tokenizer in a file, on one thread: Spark has the cores. Raises ``WrongArtefact``."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    loaded = Tokenizer.from_str(Description.of(tokenizer.checked()).without_specials())
    loaded.encode_special_tokens = True  # a text that spells out a special token is only text
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


@lru_cache(maxsize=2)
def load_encoder(tokenizer: Artefact) -> Encoder:
    """The tokenizer in a file as it encodes texts. Raises ``WrongArtefact``."""
    return Encoder(load_tokenizer(tokenizer), Description.of(tokenizer.checked()))


class Encoder:
    """Texts to ids. No special tokens are added: sequences get their ends when packed."""

    def __init__(self, authority: Tokenizer, described: Description) -> None:
        """``described`` is what the file of the tokenizer says."""
        self._authority = authority
        self._can_be_cut = described.pattern is not None
        self._above_all = _above_all(authority)
        self.unknown = described.unknown
        self._fast = express(described)
        if self._fast is not None and not self._agree(_hard_texts()):
            self._fast = None

    @property
    def is_fast(self) -> bool:
        """Whether ``tiktoken`` can express the tokenizer."""
        return self._fast is not None

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        """Ids of each text, by the authority alone."""
        return [ids for group in _grouped(texts) for ids in self._encode_group(group)]

    def encode_proved(self, doc_ids: Sequence[str], texts: Sequence[str], limit: str) -> list[Ids]:
        """Ids of each text, by ``tiktoken`` where it can express the tokenizer.

        Documents with an id below ``limit`` are encoded by the authority too. Raises
        ``FastPathDiffers``.
        """
        if self._fast is None:
            return self.encode(texts)
        found = [self._encode_fast(self._fast, text) for text in texts]
        for n, doc_id in enumerate(doc_ids):
            if doc_id < limit and not np.array_equal(found[n], self.encode([texts[n]])[0]):
                raise FastPathDiffers(f"tiktoken gives document {doc_id} other ids")
        return found

    def _encode_group(self, texts: Sequence[str]) -> Iterator[Ids]:
        parts = [list(self._pieces(text)) for text in texts]
        flat = [part for each in parts for part in each]
        encoded = iter(self._authority.encode_batch_fast(flat, add_special_tokens=False))
        for each in parts:
            ids = [np.array(next(encoded).ids, np.int32) for _ in each]
            yield self._checked(ids[0] if len(ids) == 1 else np.concatenate(ids))

    def _encode_fast(self, fast: Fast, text: str) -> Ids:
        normaliser = self._authority.normalizer
        found = []
        for part in self._pieces(text):
            if len(part) > PIECE:  # perhaps a run that tiktoken cannot take
                found += self.encode([part])
            else:
                found.append(fast.encode(normaliser.normalize_str(part) if normaliser else part))
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _pieces(self, text: str) -> Iterable[str]:
        return pieces(text, PIECE) if self._can_be_cut else (text,)

    def _checked(self, ids: Ids) -> Ids:
        if len(ids) and not 0 <= ids.min() <= ids.max() < self._above_all:
            raise InvalidId(f"an id is not below {self._above_all}")
        return ids

    def _agree(self, texts: Sequence[str]) -> bool:
        assert self._fast is not None
        both = zip(map(self._fast.encode, texts), self.encode(texts), strict=True)
        return all(np.array_equal(fast, slow) for fast, slow in both)


def _above_all(tokenizer: Tokenizer) -> int:
    """One more than the highest id: a vocabulary may have holes."""
    return max(tokenizer.get_vocab().values(), default=-1) + 1


def _grouped(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in order, in groups that are not much larger than the authority may take."""
    group: list[str] = []
    size = 0
    for text in texts:
        if group and size + len(text) > _AT_ONCE:
            yield group
            group, size = [], 0
        group.append(text)
        size += len(text)
    if group:
        yield group


def _hard_texts() -> list[str]:
    """Runs of every ASCII character, where the order of merges shows most."""
    return [sign * length for sign in string.printable for length in _RUNS]
