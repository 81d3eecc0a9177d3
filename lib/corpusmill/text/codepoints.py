"""A batch of texts as one array of code points: the form in which kernels read text.

One array for a whole Arrow batch lets numpy classify, split and hash every character of it without
a Python loop over words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpusmill.text.characters import matching_fold
from corpusmill.text.hashes import prefix_sums


@dataclass(frozen=True)
class CodePoints:
    """Texts laid end to end.

    codes   uint32[total]  the code points of all texts, in order
    starts  int64[n + 1]   text ``i`` is ``codes[starts[i]:starts[i + 1]]``
    """

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> CodePoints:
        """Lay the texts end to end. Lone surrogates pass (they belong to no character class)."""
        joined = "".join(texts).encode("utf-32-le", errors="surrogatepass")
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(np.frombuffer(joined, dtype="<u4"), starts)

    @cached_property
    def whole(self) -> str:
        """All texts as one string, character by character; U+FFFD for lone surrogates."""
        return self.codes.tobytes().decode("utf-32-le", "replace")

    @cached_property
    def prefix_sums(self) -> NDArray[np.uint64]:
        """What hashes of stretches are taken from (``corpusmill.text.hashes``)."""
        return prefix_sums(self.codes)

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.starts) - 1

    def folded(self) -> CodePoints:
        """The matching form of every text (see ``characters.matching_fold``), marks taken out."""
        points = CodePoints(matching_fold()[self.codes], self.starts)
        return points.chosen(points.codes != 0)

    def texts(self, numbers: NDArray[np.int64]) -> CodePoints:
        """Those of the texts, by their numbers."""
        lengths = np.diff(self.starts)[numbers]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        within = np.repeat(self.starts[:-1][numbers] - starts[:-1], lengths)
        return CodePoints(self.codes[np.arange(starts[-1]) + within], starts)

    def chosen(self, kept: NDArray[np.bool_]) -> CodePoints:
        """The texts with those of their code points only."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return CodePoints(self.codes[kept], before[self.starts].astype(np.int64))
