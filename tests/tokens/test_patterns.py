"""The patterns against the libraries: both cut at the same places around every code point."""

import pytest
import tiktoken
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from corpusmill.tokens.fast import _BYTE_OF
from corpusmill.tokens.patterns import GPT2, KNOWN, LLAMA3, O200K

AROUND = b"a1. \n"
SIGN_OF = {byte: sign for sign, byte in _BYTE_OF.items()}
# Merges over every border between one of these and another character tell whether it is cut.
MERGES = [(left, right) for left in AROUND for right in range(0x80, 0x100)] + [
    (left, right) for left in range(0x80, 0xC0) for right in AROUND
]


def entries():
    return [bytes([byte]) for byte in range(256)] + [bytes(pair) for pair in MERGES]


def told(pattern):
    """``tokenizers`` and ``tiktoken`` with this pattern and those merges."""
    names = ["".join(SIGN_OF[byte] for byte in entry) for entry in entries()]
    merges = [(SIGN_OF[left], SIGN_OF[right]) for left, right in MERGES]
    library = Tokenizer(models.BPE({name: n for n, name in enumerate(names)}, merges))
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    ranks = {entry: n for n, entry in enumerate(entries())}
    fast = tiktoken.Encoding(
        "t", pat_str=pattern, mergeable_ranks=ranks, special_tokens={"<>": 10**6}
    )
    return library, fast


@pytest.mark.slow
@pytest.mark.parametrize("pattern", sorted(KNOWN))
def test_both_libraries_cut_alike_around_every_code_point(pattern):
    library, fast = told(pattern)
    codes = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for start in range(0, len(codes), 4_096):
        block = codes[start : start + 4_096]
        probes = [f"a{c}a {c}a1{c}1.{c}.\n{c}\n{c} '{c} {c}" for c in block]
        found = library.encode_batch_fast(probes, add_special_tokens=False)
        assert [fast.encode_ordinary(probe) for probe in probes] == [each.ids for each in found]


def test_the_pattern_of_gpt2_is_that_of_the_library():
    text = "I'll, don't  stop\n\n 12 ¾ über'S 漢字…\t x"
    split = pre_tokenizers.Split(Regex(GPT2), "isolated")
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False)

    places = [place for _, place in split.pre_tokenize_str(text)]

    assert places == [place for _, place in whole.pre_tokenize_str(text)]


def test_the_patterns_are_those_that_were_published():
    from made_tokenizers import LLAMA3 as published

    assert published == LLAMA3
    assert len(KNOWN) == 6
    assert O200K in KNOWN
