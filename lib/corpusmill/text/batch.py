"""A batch of raw documents as documents, column by column. No Spark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpusmill.contracts import arrow_schema
from corpusmill.digests import text_digest
from corpusmill.text.gate import suspects, with_odd_ends
from corpusmill.text.normalise import (
    Normalised,
    NormaliseRules,
    TextRules,
    normalise,
    with_plain_ends,
)


def documents_of(raw: pa.RecordBatch, rules: NormaliseRules) -> pa.RecordBatch:
    """Rows (doc_id, source, content_digest, content) as rows of ``documents``, one for one.

    A text in its stored form passes as it is, and its ``content_digest`` is its ``text_digest``:
    both are of the same bytes.
    """
    content, digests = raw.column("content"), raw.column("content_digest")
    odd, stored = _normalised(content, raw.column("source"), rules)
    text = _with(content, odd, [one.text for one in stored])
    columns = {
        "doc_id": raw.column("doc_id"),
        "source": raw.column("source"),
        "content_digest": digests,
        "text_digest": _with(digests, odd, [text_digest(one.text) for one in stored]),
        "chars": pc.cast(pc.utf8_length(text), pa.int64()),
        "changes": _maps(odd, [one.changes for one in stored]),
        "text": text,
    }
    return pa.RecordBatch.from_pydict(columns, schema=arrow_schema("documents"))


def _normalised(
    content: pa.Array, source: pa.Array, rules: NormaliseRules
) -> tuple[NDArray[np.bool_], list[Normalised]]:
    """Which of the texts may have had to be changed, and the stored forms of those, in order."""
    names = pc.unique(source).to_pylist()
    by_rules: dict[TextRules, list[str]] = {}
    for name in names:
        by_rules.setdefault(rules.of(name), []).append(name)
    suspect, odd = (np.zeros(len(content), dtype=np.bool_) for _ in range(2))
    for own, sources in by_rules.items():
        rows = pc.is_in(source, pa.array(sources, source.type)).to_numpy(zero_copy_only=False)
        texts = content if len(by_rules) == 1 else content.filter(rows)
        suspect[rows] = suspects(texts, own)
        odd[rows] = with_odd_ends(texts, own)
    odd |= suspect
    todo = (column.filter(odd).to_pylist() for column in (content, source, pa.array(suspect)))
    of = {name: rules.of(name) for name in names}
    return odd, [
        (normalise if deep else with_plain_ends)(text, of[name])
        for text, name, deep in zip(*todo, strict=True)
    ]


def _with(values: pa.Array, places: NDArray[np.bool_], others: Sequence[str]) -> pa.Array:
    """The values with others in these places; the same buffers where there are none."""
    if not others:
        return values
    return pc.replace_with_mask(values, pa.array(places), pa.array(others, values.type))


def _maps(places: NDArray[np.bool_], maps: Sequence[dict[str, int]]) -> pa.MapArray:
    """The maps in these places, empty ones elsewhere."""
    sizes = np.zeros(len(places) + 1, dtype=np.int32)
    sizes[1:][places] = [len(one) for one in maps]
    keys = pa.array([kind for one in maps for kind in one], pa.string())
    values = pa.array([number for one in maps for number in one.values()], pa.int64())
    return pa.MapArray.from_arrays(np.cumsum(sizes, dtype=np.int32), keys, values)
