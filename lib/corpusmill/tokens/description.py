"""What a ``tokenizer.json`` says of itself, as far as it decides how texts can be encoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import pre_tokenizers

from corpusmill.tokens.patterns import GPT2, KNOWN

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_BYTES = frozenset(pre_tokenizers.ByteLevel.alphabet())
_FALLBACK = frozenset(f"<0x{byte:02X}>" for byte in range(256))


@dataclass(frozen=True)
class Description:
    """A ``tokenizer.json``, parsed."""

    said: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path | str) -> Description:
        """The file at a path, which ``tokenizers`` can read."""
        return cls(json.loads(Path(path).read_text("utf-8")))

    @property
    def model(self) -> Mapping[str, Any]:
        """The section of that name."""
        return self.said["model"]  # type: ignore[no-any-return]

    @cached_property
    def tokens(self) -> frozenset[str]:
        """The entries of the model's vocabulary."""
        vocabulary = self.model["vocab"]
        if isinstance(vocabulary, Mapping):
            return frozenset(vocabulary)
        return frozenset(token for token, _score in vocabulary)

    @property
    def unknown(self) -> int | None:
        """The id of the unknown token, None where there is none."""
        if self.model["type"] == "Unigram":
            return self.model.get("unk_id")
        found = self.model["vocab"].get(self.model.get("unk_token"))
        return None if found is None else int(found)

    @property
    def has_all_bytes(self) -> bool:
        """Whether texts reach the model as bytes and it has an entry for each."""
        return _BYTES <= self.tokens and any(
            part["type"] == "ByteLevel"
            for part in (*_parts(self.said, "normalizer"), *_parts(self.said, "pre_tokenizer"))
        )

    @property
    def unfit(self) -> str | None:
        """Why no corpus should be encoded with it, None where it can be."""
        if self.model.get("dropout"):
            return "leaves out merges by chance (dropout): no text has the same ids twice"
        falls_back = self.model.get("byte_fallback") and _FALLBACK <= self.tokens
        if self.unknown is None and not self.has_all_bytes and not falls_back:
            return "would lose characters: it has neither an unknown token nor all 256 bytes"
        return None

    @cached_property
    def pattern(self) -> str | None:
        """Which of the known patterns cuts texts before a model of bytes; None: another way.

        Where there is one, a text can also be cut before any space that follows no white space, and
        its parts be encoded one by one: no match reaches over such a place, and no Unicode form
        joins a space with what is before it.
        """
        forms = all(part["type"] in _FORMS for part in _parts(self.said, "normalizer"))
        searched = any(not token["special"] for token in self.said["added_tokens"])
        return None if searched or not forms else _pattern(_parts(self.said, "pre_tokenizer"))


def _pattern(parts: list[Mapping[str, Any]]) -> str | None:
    if not parts or parts[-1]["type"] != "ByteLevel" or parts[-1]["add_prefix_space"]:
        return None
    if len(parts) == 1 and parts[0].get("use_regex", True):
        return GPT2
    if len(parts) != 2 or parts[1].get("use_regex", True) or parts[0]["type"] != "Split":
        return None
    plain = (parts[0]["behavior"], parts[0]["invert"]) == ("Isolated", False)
    found = parts[0]["pattern"].get("Regex")
    return found if plain and found in KNOWN else None


def _parts(said: Mapping[str, Any], section: str) -> list[Mapping[str, Any]]:
    """The steps of a section in order, whether it is one step, a sequence or nothing."""
    found = said.get(section)
    if found is None:
        return []
    if found["type"] != "Sequence":
        return [found]
    steps = found["normalizers" if section == "normalizer" else "pretokenizers"]
    return [part for step in steps for part in _parts({section: step}, section)]
