"""Train a byte-level BPE tokenizer on texts, reproducibly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from corpusmill.tokens.rules import TokenizerRules


def train(texts: Iterable[str], rules: TokenizerRules, folder: Path) -> Path:
    """A ``tokenizer.json`` in ``folder``, fitted on the texts in the given order.

    The end-of-document token has id 0; all 256 bytes are in the vocabulary, so no text is unknown.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=rules.vocab_size,
        special_tokens=[rules.eos],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    path = folder / "tokenizer.json"
    tokenizer.save(str(path), pretty=False)
    return path
