"""Train a byte-level BPE tokenizer on texts, reproducibly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from corpusmill.tokens.rules import TokenizerRules

_KEY_DIGITS = 13  # 52 bits of the keyed hash: exact in every number type on the way


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


def sample(documents: DataFrame, purpose: str, seed: int, share: tuple[int, int]) -> DataFrame:
    """About ``share`` (part, whole) of the documents, by keyed hash of doc_id, in a fixed order.

    Which documents and in which order depends on seed, purpose and ids alone.
    """
    part, whole = share
    digest = F.sha2(F.concat_ws("\0", F.lit(str(seed)), F.lit(purpose), "doc_id"), 256)
    keyed = documents.withColumn("sample_key", F.substring(digest, 1, _KEY_DIGITS))
    limit = min(16**_KEY_DIGITS, 16**_KEY_DIGITS * part // max(1, whole))
    if limit < 16**_KEY_DIGITS:
        keyed = keyed.where(F.col("sample_key") < f"{limit:0{_KEY_DIGITS}x}")
    return keyed.orderBy("sample_key", "doc_id").drop("sample_key")
