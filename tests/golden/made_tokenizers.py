"""Tokenizers of the kinds people use, trained on the spot: none can be fetched in a test."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
EOS = "<|endoftext|>"


def gpt2_style(texts: Iterable[str], path: Path, size: int = 600, normaliser: str = "") -> Path:
    """Byte-level BPE as GPT-2's."""
    tokenizer = Tokenizer(models.BPE())
    if normaliser:
        tokenizer.normalizer = getattr(normalizers, normaliser)()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _trained_bpe(tokenizer, texts, path, size)


def llama3_style(texts: Iterable[str], path: Path, size: int = 600, pattern: str = LLAMA3) -> Path:
    """Byte-level BPE behind a regular expression, written as Llama 3's is.

    Its list holds every way to make an entry of two others, and whole words need no merges.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    _trained_bpe(tokenizer, texts, path, size)
    said = json.loads(path.read_text("utf-8"))
    vocabulary = said["model"]["vocab"]
    said["model"]["merges"] = [
        [name[:cut], name[cut:]]
        for name in sorted(vocabulary, key=vocabulary.__getitem__)
        for cut in range(1, len(name))
        if name != EOS and name[:cut] in vocabulary and name[cut:] in vocabulary
    ]
    said["model"]["ignore_merges"] = True
    path.write_text(json.dumps(said), "utf-8")
    return path


def unigram_style(texts: Iterable[str], path: Path, size: int = 600) -> Path:
    """Unigram behind ``▁`` for spaces, as SentencePiece has it, with an unknown token."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=["<unk>", EOS], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(path))
    return path


def _trained_bpe(tokenizer: Tokenizer, texts: Iterable[str], path: Path, size: int) -> Path:
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[EOS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(path))
    return path
