"""The regular expressions that cut texts before the merges, and what is known of them.

Each of ``KNOWN`` has been read: it takes every character of a text, looks behind no character, and
none of its matches goes on from a character that is no white space to a space. Of all code points
the libraries ``tokenizers`` and ``tiktoken`` take the same view in them.
"""

from __future__ import annotations

_ENDINGS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_HEAD = r"[^\r\n\p{L}\p{N}]?"


def _gpt2(digits: str) -> str:
    words = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+"
    return rf"{words}|{digits}| ?[^\s\p{{L}}\p{{N}}]+|\s+(?!\S)|\s+"


def _llama3(digits: str) -> str:
    return rf"{_ENDINGS}|{_HEAD}\p{{L}}+|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_SPACES}"


BY_DIGITS = {
    "runs": _gpt2(r" ?\p{N}+"),
    "single": _gpt2(r"\p{N}"),
    "threes": _gpt2(r"\p{N}{1,3}"),
}
"""GPT-2's, with other views of digits."""

GPT2 = BY_DIGITS["runs"]
"""The pattern within ``ByteLevel``."""

LLAMA3 = _llama3(r"\p{N}{1,3}")
"""Llama 3's, which is that of GPT-4 (cl100k) in another spelling."""

O200K = (
    rf"{_HEAD}{_UPPER}*{_LOWER}+{_ENDINGS}?|{_HEAD}{_UPPER}+{_LOWER}*{_ENDINGS}?"
    rf"|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_SPACES}"
)
"""GPT-4o's."""

KNOWN = frozenset({*BY_DIGITS.values(), LLAMA3, _llama3(r"\p{N}"), O200K})
"""All of these, and Qwen 2's: Llama 3's with single digits."""
