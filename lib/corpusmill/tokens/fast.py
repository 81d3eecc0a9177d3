"""Byte-level BPE by ``tiktoken``: the same ids several times as fast, where it can express it.

``tokenizers`` merges pairs in the order of its list; ``tiktoken`` merges whatever makes an entry,
the entries in one order. Both come to the same if every entry is made by merges that stand together
in the list, and is what the list makes of its own bytes: whatever pair could make an entry then is
the one that the list would merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import tiktoken
from numpy.typing import NDArray
from tokenizers import models

from corpusmill.tokens.description import Description

_SEARCHED = "<|nothing|>"  # never allowed, so it is only text; without any, the search is slow
_PLAIN = ("continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "dropout")


def _byte_signs() -> dict[str, int]:
    """The characters that stand for bytes in byte-level vocabularies, as GPT-2 chose them."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    signs = [*printed, *range(256, 256 + len(others))]
    return {chr(sign): byte for sign, byte in zip(signs, [*printed, *others], strict=True)}


_BYTE_OF = _byte_signs()


class Fast:
    """A tokenizer in ``tiktoken``."""

    def __init__(self, pattern: str, ranks: Mapping[bytes, int], ids: NDArray[np.int32]) -> None:
        """``ranks`` order the entries, ``ids`` are their ids by rank."""
        special = {_SEARCHED: len(ranks)}
        self._encoding = tiktoken.Encoding(
            "fast", pat_str=pattern, mergeable_ranks=dict(ranks), special_tokens=special
        )
        self._ids = ids

    def encode(self, text: str) -> NDArray[np.int32]:
        """The ids of a normalised text. Very long runs of white space end the process's stack."""
        return self._ids[self._encoding.encode_to_numpy(text, disallowed_special=())]


def express(described: Description) -> Fast | None:
    """The tokenizer in ``tiktoken``, None where that cannot be sure to give the same ids."""
    model, pattern = described.model, described.pattern
    if pattern is None or model["type"] != "BPE" or not described.has_all_bytes:
        return None
    if any(model.get(key) for key in _PLAIN):
        return None
    merges = [(left, right) for left, right in model["merges"]]
    entries = _in_order(merges)
    if entries is None or not _makes_all(model["vocab"], merges, entries):
        return None
    made = {*_BYTE_OF, *entries}
    added = {token["content"] for token in described.said["added_tokens"]}
    if model.get("ignore_merges") and not described.tokens <= made | added:
        return None  # a whole word can be an entry that no merges make
    names = [*_BYTE_OF, *entries]
    ranks = {_as_bytes(name): rank for rank, name in enumerate(names)}
    return Fast(pattern, ranks, np.array([model["vocab"][name] for name in names], np.int32))


def _in_order(merges: Iterable[tuple[str, str]]) -> list[str] | None:
    """What merges make, in order; None where the merges of one entry do not stand together."""
    made = [left + right for left, right in merges]
    entries = [name for n, name in enumerate(made) if n == 0 or made[n - 1] != name]
    return entries if len(set(entries)) == len(entries) else None


def _makes_all(
    vocabulary: dict[str, int], merges: list[tuple[str, str]], entries: Iterable[str]
) -> bool:
    by_merges = models.BPE(vocabulary, merges)
    return all(len(by_merges.tokenize(name)) == 1 for name in entries)


def _as_bytes(name: str) -> bytes:
    return bytes(_BYTE_OF[sign] for sign in name)
