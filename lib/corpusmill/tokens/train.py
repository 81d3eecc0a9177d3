"""Train a tokenizer on texts, reproducibly.

All kinds work on bytes, after one and the same pre-tokenizer: each has all 256 of them in its
vocabulary. The trainer of ``tokenizers`` is reproducible for BPE. Its WordPiece is once the order
of single bytes is given to it; its Unigram is not, on any number of threads, so that one is
trained by SentencePiece, which is.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from corpusmill.tokens.patterns import BY_DIGITS
from corpusmill.tokens.rules import TokenizerRules

UNKNOWN = "[UNK]"
_ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
_INSIDE = "⁀"  # before a piece that begins no word: no byte is written so, unlike BERT's ##
_LONGEST_WORD = 1_000  # bytes; WordPiece takes the square of it in steps
# Trainers take the square of a word's length in steps: one page of base64 would last hours.
_ENDLESS = re.compile(r"\S{1000}|\s{1000}")
_NORMALISERS = {"nfc": normalizers.NFC, "nfkc": normalizers.NFKC}


def train(texts: Iterable[str], rules: TokenizerRules, folder: Path) -> Path:
    """A ``tokenizer.json`` in ``folder``, fitted on the texts in the given order.

    The end-of-document token has id 0, the other special tokens those after it. No text is unknown
    but, to WordPiece, a word of more than 1,000 bytes. What goes on without white space, or with
    nothing else, is cut after each 1,000 characters.
    """
    fit = {"bpe": _bpe, "unigram": _unigram, "wordpiece": _wordpiece}[rules.kind]
    path = folder / "tokenizer.json"
    fit(_cut(texts), rules).save(str(path), pretty=False)
    return path


def _cut(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        begin = 0
        for endless in _ENDLESS.finditer(text):
            yield text[begin : endless.end()]
            begin = endless.end()
        yield text[begin:]


def _around(model: models.Model, rules: TokenizerRules) -> Tokenizer:
    tokenizer = Tokenizer(model)
    if rules.normaliser in _NORMALISERS:
        tokenizer.normalizer = _NORMALISERS[rules.normaliser]()
    tokenizer.pre_tokenizer = _pre_tokenizer(rules.digits)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _pre_tokenizer(digits: str) -> pre_tokenizers.PreTokenizer:
    if digits == "runs":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    split = pre_tokenizers.Split(Regex(BY_DIGITS[digits]), "isolated")
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([split, as_bytes])


def _bpe(texts: Iterable[str], rules: TokenizerRules) -> Tokenizer:
    tokenizer = _around(models.BPE(), rules)
    trainer = trainers.BpeTrainer(
        vocab_size=rules.vocab_size,
        special_tokens=list(rules.specials),
        initial_alphabet=_ALPHABET,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _wordpiece(texts: Iterable[str], rules: TokenizerRules) -> Tokenizer:
    """Single bytes are special while it is trained: only those have ids in the order given."""
    specials = [*rules.specials, UNKNOWN]
    trainer = trainers.WordPieceTrainer(
        vocab_size=rules.vocab_size,
        special_tokens=[*specials, *(_INSIDE + each for each in _ALPHABET)],
        initial_alphabet=_ALPHABET,
        continuing_subword_prefix=_INSIDE,
        show_progress=False,
    )
    trained = _around(models.WordPiece(unk_token=UNKNOWN, continuing_subword_prefix=_INSIDE), rules)
    trained.train_from_iterator(texts, trainer)
    vocabulary = trained.get_vocab()
    model = models.WordPiece(
        vocabulary,
        unk_token=UNKNOWN,
        max_input_chars_per_word=_LONGEST_WORD,
        continuing_subword_prefix=_INSIDE,
    )
    tokenizer = _around(model, rules)
    tokenizer.add_special_tokens(specials)
    tokenizer.decoder = decoders.Sequence([decoders.Replace(_INSIDE, ""), decoders.ByteLevel()])
    return tokenizer


def _unigram(texts: Iterable[str], rules: TokenizerRules) -> Tokenizer:
    words = _around(models.Unigram(), rules)
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=_counted(texts, words),
        input_format="tsv",
        model_writer=written,
        model_type="unigram",
        vocab_size=rules.vocab_size - len(rules.specials) + 1,  # it counts an unknown piece too
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        split_by_unicode_script=False,
        split_by_number=False,
        split_by_whitespace=False,
        bos_id=-1,
        eos_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    found = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    pieces = [(found.id_to_piece(n), found.get_score(n)) for n in range(1, len(found))]
    vocabulary = [*((name, 0.0) for name in rules.specials), *pieces]
    tokenizer = _around(models.Unigram(vocabulary, None, False), rules)
    tokenizer.add_special_tokens(list(rules.specials))
    return tokenizer


def _counted(texts: Iterable[str], words: Tokenizer) -> Iterator[str]:
    """Words in bytes with the times they occur, sorted; each byte occurs at least once."""
    counts = Counter(_ALPHABET)
    for text in texts:
        if words.normalizer is not None:
            text = words.normalizer.normalize_str(text)
        counts.update(word for word, _ in words.pre_tokenizer.pre_tokenize_str(text))
    return (f"{word}\t{count}" for word, count in sorted(counts.items()))
