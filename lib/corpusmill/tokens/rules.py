"""What ``recipe.tokenizer`` may say."""

from __future__ import annotations

from dataclasses import dataclass

MAX_VOCABULARY = 1_000_000
_FEWEST = {"bpe": 256, "unigram": 256, "wordpiece": 513}  # bytes, WordPiece's twice and unknown
KINDS = tuple(_FEWEST)
NORMALISERS = ("none", "nfc", "nfkc")
DIGITS = ("runs", "single", "threes")


@dataclass(frozen=True)
class TokenizerRules:
    """A tokenizer given by ``path`` (checked against ``sha256``), or one to train.

    A trained one has at most ``vocab_size`` entries and is fitted on about ``sample_chars`` code
    points of clean text chosen by keyed hash, and then pinned. ``kind`` is byte-level BPE, or
    Unigram or WordPiece over bytes too, so that no text is unknown to them but, to WordPiece, words
    over 1,000 bytes. Texts pass through the ``normaliser``; ``digits`` stay runs with a space
    before them, as in GPT-2, or are cut into single ones or groups of three from the left, as in
    Llama 3.

    The sample holds languages by their shares of the text to the power of ``balance``: 1 leaves
    them as they are, 0 makes them equal. ``eos`` is the token that ends each document;
    ``special_tokens`` have the ids after it.
    """

    path: str | None = None
    sha256: str | None = None
    kind: str = "bpe"
    vocab_size: int = 32_768
    normaliser: str = "none"
    digits: str = "runs"
    eos: str = "<|endoftext|>"
    special_tokens: tuple[str, ...] = ()
    sample_chars: int = 32_000_000
    balance: float = 1.0

    def __post_init__(self) -> None:
        for name, known in (("kind", KINDS), ("normaliser", NORMALISERS), ("digits", DIGITS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}")
        self._check_tokens()
        least = _FEWEST[self.kind] + len(self.specials)
        if not least <= self.vocab_size <= MAX_VOCABULARY:
            raise ValueError(
                f"vocab_size must be at least {least} (all bytes and special tokens) and at "
                f"most {MAX_VOCABULARY}"
            )
        if self.sha256 is not None and self.path is None:
            raise ValueError("sha256: is checked of a file that path names, and there is none")
        if self.sample_chars < 1:
            raise ValueError("sample_chars must be at least 1")
        if not 0 <= self.balance <= 1:
            raise ValueError("balance must lie between 0 and 1")

    def _check_tokens(self) -> None:
        specials = self.specials
        if not all(specials) or len(set(specials)) < len(specials):
            raise ValueError("special_tokens: each needs a name of its own, another than eos")
        if self.path is None and not all(map(_stands_apart, specials)):
            raise ValueError(
                "eos and special_tokens: write them with a letter between signs, such as <|end|>, "
                "so that no text is read as one"
            )

    @property
    def specials(self) -> tuple[str, ...]:
        """All special tokens, that of the end of a document first."""
        return (self.eos, *self.special_tokens)


def _stands_apart(token: str) -> bool:
    """Whether the patterns cut it wherever it is spelled out."""
    ends = (token[0], token[-1])
    return any(map(str.isalpha, token)) and not any(x.isalnum() or x.isspace() for x in ends)
