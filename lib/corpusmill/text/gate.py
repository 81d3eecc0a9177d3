"""Which texts of a batch may not be in their stored form yet: two looks at their bytes.

Arrow matches with RE2, in one pass over the bytes and in linear time. The sets in the patterns are
spelled out, so they say the same with every version of Arrow.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpusmill.text import badness, composition, controls, html_tokens, markdown_tokens, spaces
from corpusmill.text.normalise import TextRules

_MARKUP = {"html": html_tokens.SUSPECT, "markdown": markdown_tokens.SUSPECT}


def with_odd_ends(texts: pa.Array, rules: TextRules) -> NDArray[np.bool_]:
    """True for texts that have carriage returns, or white space at ends that have to go."""
    return _matches(texts, "\r" if rules.whitespace == "keep" else rf"\r|{spaces.AT_ENDS}")


def suspects(texts: pa.Array, rules: TextRules) -> NDArray[np.bool_]:
    """False for texts that ``normalise`` would not change, but for their ends as above.

    True for the others and some more.
    """
    return _matches(texts, suspect(rules))


@lru_cache(maxsize=64)
def suspect(rules: TextRules) -> str:
    """The pattern that ``suspects`` match."""
    parts = [controls.SUSPECT, composition.suspect(), spaces.SUSPECT[rules.whitespace]]
    parts += [badness.SUSPECT] if rules.mojibake else []
    parts += [_MARKUP[name] for name in rules.markup]
    return "|".join(filter(None, parts))


def _matches(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    found = pc.match_substring_regex(texts, pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
