"""What a ``tokenizer.json`` says of itself, as far as it decides how texts can be encoded."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, pre_tokenizers

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
        """The file at a path, in the spelling that ``tokenizers`` has today."""
        return cls(json.loads(Tokenizer.from_file(str(path)).to_str()))

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
        return self.tokens >= _BYTES and any(
            part["type"] == "ByteLevel"
            for part in (*_parts(self.said, "normalizer"), *_parts(self.said, "pre_tokenizer"))
        )

    @property
    def unfit(self) -> str | None:
        """Why no corpus should be encoded with it, None where it can be."""
        if self.model.get("dropout"):
            return "leaves out merges by chance (dropout): no text has the same ids twice"
        if self.unknown is None and not self.has_all_bytes and not self._falls_back:
            return "would lose characters: it has neither an unknown token nor all 256 bytes"
        made = self.specials & {left + right for left, right in self.model.get("merges", ())}
        if made:
            return f"makes the special token {min(made)!r} out of plain text"
        return None

    @property
    def _falls_back(self) -> bool:
        """Whether characters without an entry become bytes: Unigram asks for unknown ones first."""
        falls_back = self.model["type"] == "BPE" and self.model["byte_fallback"]
        return falls_back and self.tokens >= _FALLBACK

    @property
    def specials(self) -> frozenset[str]:
        """Tokens that stand for no text."""
        return frozenset(x["content"] for x in self.said["added_tokens"] if x["special"])

    @property
    def is_searched(self) -> bool:
        """Whether texts are searched for tokens before anything else."""
        return any(not token["special"] for token in self.said["added_tokens"])

    def without_specials(self) -> str:
        """The file with its special tokens under names that no text holds.

        A model would else take a word that is spelled like one for it. Where texts are searched for
        added tokens, the special ones stay in their list: the ids of others hang on it.
        """
        model, names = self.model, self.specials - {self.model.get("unk_token")}
        added = self.said["added_tokens"] if self.is_searched else []
        added = [{**token, "content": _hidden(token["content"], names)} for token in added]
        if isinstance(model["vocab"], Mapping):
            vocabulary: Any = {_hidden(n, names): id for n, id in model["vocab"].items()}
        else:
            vocabulary = [[_hidden(n, names), score] for n, score in model["vocab"]]
        hidden = {"model": {**model, "vocab": vocabulary}, "added_tokens": added}
        return json.dumps({**self.said, **hidden, "post_processor": None})

    @cached_property
    def pattern(self) -> str | None:
        """Which of the known patterns cuts texts before a model of bytes; None: another way.

        Where there is one, a text can also be cut before any space that follows no white space, and
        its parts be encoded one by one: no match reaches over such a place, and no Unicode form
        joins a space with what is before it.
        """
        forms = all(part["type"] in _FORMS for part in _parts(self.said, "normalizer"))
        if self.is_searched or not forms:
            return None
        return _pattern(_parts(self.said, "pre_tokenizer"))


def _hidden(name: str, names: Collection[str]) -> str:
    return f"\0{name}" if name in names else name


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
