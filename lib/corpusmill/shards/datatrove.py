"""datatrove's ``.ds`` of ids, ``.ds.index`` of document ends and ``.ds.metadata``.

docs/formats.md has the layout.
"""

from __future__ import annotations

from pathlib import Path

from corpusmill.shards.canonical import CanonicalShard
from corpusmill.shards.made import Made, beside, named, write_tokens

_TOKENIZER = "Unknown Tokenizer"  # datatrove's words; the manifest has the digest
_UNITS = ("", "k", "M", "G", "T")


def write(shard: CanonicalShard, scratch: Path) -> list[Made]:
    """``shard-….ds`` and the two files that lie beside it."""
    write_tokens(shard, scratch / "ds")
    ends = shard.spans()["end"]
    (scratch / "index").write_bytes(ends.astype("<u8").tobytes())
    count = int(ends[-1]) if len(ends) else 0
    (scratch / "metadata").write_text(metadata(count, shard.dtype.itemsize), "utf-8")
    tokens = named(shard.stem, "ds", scratch / "ds")
    return [
        tokens,
        beside(tokens, ".ds", ".ds.index", scratch / "index"),
        beside(tokens, ".ds", ".ds.metadata", scratch / "metadata"),
    ]


def metadata(tokens: int, token_size: int) -> str:
    """datatrove's three lines: tokenizer and bytes of an id; tokens; tokens, rounded."""
    return f"{_TOKENIZER}|{token_size}\n{tokens}\n{_rounded(tokens)}"


def _rounded(tokens: int) -> str:
    """Three digits and a unit, as ``12.3 MT``: millions of tokens."""
    digits = max(0, len(str(tokens)) - 1)
    power = min(digits // 3, len(_UNITS) - 1)
    places = max(0, 2 - (digits - 3 * power))
    return f"{tokens / 1000**power:.{places}f} {_UNITS[power]}T"
