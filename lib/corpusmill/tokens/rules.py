"""What ``recipe.tokenizer`` may say."""

from __future__ import annotations

from dataclasses import dataclass

MAX_VOCABULARY = 1_000_000


@dataclass(frozen=True)
class TokenizerRules:
    """A tokenizer given by ``path`` (checked against ``sha256``), or one to train.

    A trained one is a byte-level BPE of ``vocab_size`` entries, fitted on about ``sample_chars``
    code points of clean text chosen by keyed hash, and then pinned. ``eos`` is the token that ends
    each document.
    """

    path: str | None = None
    sha256: str | None = None
    vocab_size: int = 32_768
    eos: str = "<|endoftext|>"
    sample_chars: int = 32_000_000

    def __post_init__(self) -> None:
        if not 257 <= self.vocab_size <= MAX_VOCABULARY:
            raise ValueError(
                "vocab_size must be at least 257 (all bytes and the end of a document) and at most "
                f"{MAX_VOCABULARY}"
            )
        if self.sample_chars < 1:
            raise ValueError("sample_chars must be at least 1")
